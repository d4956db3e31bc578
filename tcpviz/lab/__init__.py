"""The built-in network: a web site, its server on our own engine, the kernel's TCP as a peer, scenarios."""
