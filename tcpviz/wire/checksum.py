"""The Internet checksum (RFC 1071) and the pseudo header that TCP adds to it (RFC 9293 section 3.1)."""

from tcpviz.wire.segment import Buffer


def internet_checksum(data: Buffer, start: int = 0) -> int:
    """The 16-bit checksum of `data`, to be put into the header whose checksum field was 0.

    `start` is a sum to begin with: what `pseudo_header` returns. Data that carries a right checksum gives 0.
    """
    # 2^16 is 1 modulo 65535, so a big number modulo 65535 is the ones' complement sum of its 16-bit
    # words: six times as fast as adding them up.
    number = int.from_bytes(data, "big")
    if not number and not start:
        return 0xFFFF
    words = number % 0xFFFF
    if len(data) & 1:
        words <<= 8  # an odd last octet is padded with zero on the right
    return -(start + words) % 0xFFFF


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> int:
    """The sum over both addresses, the protocol and the length of header and data in octets.

    It is linear in `length`: what is computed for length 0 serves a whole connection by adding the length.
    """
    return int.from_bytes(source + destination, "big") + protocol + length
