"""Frames as bytes: struct codecs, checksums, and scapy's tree for the one packet that is looked at.

Knows no connection, clock or device. Any bytes give a value or `ParseError`, nothing else.
"""
