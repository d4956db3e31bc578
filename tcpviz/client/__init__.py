"""From a URL to its response, over connections of our own TCP. Knows hosts and flows; no socket, no clock."""
