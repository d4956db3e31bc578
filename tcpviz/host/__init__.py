"""What stands between a link and the engine: ARP, IPv4, ICMP, and which connection a segment is for."""
