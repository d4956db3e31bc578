"""One TCP segment in everything that can carry it: link headers, VLANs, tunnels, IP in its forms."""

from collections.abc import Iterable
from pathlib import Path
from struct import pack
from zlib import compressobj

ETHERNET, RAW = 1, 101

MACS = b"\2\0\0\0\0\1\2\0\0\0\0\2"
_V6 = b"\x20\x01" + bytes(13) + b"\1" + b"\x20\x01" + bytes(13) + b"\2"


def tcp_segment(port: int, length: int = 3) -> bytes:
    return pack("!HHIIHHHH", port, 50_001, 1000, 500, 0x5010, 1000, 0, 0) + b"x" * length


def ipv4_packet(protocol: int, payload: bytes, fragment: int = 0, options: bytes = b"") -> bytes:
    first = 0x45 + len(options) // 4
    total = 20 + len(options) + len(payload)
    return (
        pack("!BBHHHBBH", first, 0, total, 7, fragment, 64, protocol, 0)
        + b"\x0a\0\0\1\x0a\0\0\2"
        + options
        + payload
    )


def ipv6_packet(protocol: int, payload: bytes) -> bytes:
    return pack("!IHBB", 6 << 28, len(payload), protocol, 64) + _V6 + payload


def udp_packet(port: int, payload: bytes) -> bytes:
    return ipv4_packet(17, pack("!HHHH", port, port, 8 + len(payload), 0) + payload)


def _deflate(data: bytes) -> bytes:
    packer = compressobj(9, 8, -15)
    return packer.compress(data) + packer.flush()


def carriers() -> list[tuple[str, int, bytes]]:
    """What it is, its LINKTYPE, the frame. The segment's source port is 40000 and the place in the list."""
    frames: list[tuple[str, int, bytes]] = []

    def add(name: str, prefix: bytes, *, linktype: int = RAW, suffix: bytes = b"", ip: bool = True) -> None:
        tcp = tcp_segment(40_000 + len(frames))
        frames.append((name, linktype, prefix + (ipv4_packet(6, tcp) if ip else tcp) + suffix))

    def wrap(name: str, protocol: int, header: bytes, *, ethernet: bool = False) -> None:
        inner = ipv4_packet(6, tcp_segment(40_000 + len(frames)))
        frames.append(
            (name, RAW, ipv4_packet(protocol, header + (MACS + b"\x08\0" if ethernet else b"") + inner))
        )

    def tunnel(name: str, port: int, header: bytes, *, ethernet: bool = True) -> None:
        inner = ipv4_packet(6, tcp_segment(40_000 + len(frames)))
        frames.append((name, RAW, udp_packet(port, header + (MACS + b"\x08\0" if ethernet else b"") + inner)))

    add("Ethernet", MACS + b"\x08\0", linktype=ETHERNET)
    add("Ethernet with padding", MACS + b"\x08\0", linktype=ETHERNET, suffix=bytes(6))
    add("802.3 with SNAP", MACS + b"\0\x33\xaa\xaa\3\0\0\0\x08\0", linktype=ETHERNET)
    add("VLAN", MACS + b"\x81\0\0\5\x08\0", linktype=ETHERNET)
    add("QinQ", MACS + b"\x88\xa8\0\5\x81\0\0\6\x08\0", linktype=ETHERNET)
    add("802.1ah", MACS + b"\x88\xe7\0\0\0\1" + MACS + b"\x08\0", linktype=ETHERNET)
    add("VN-Tag", MACS + b"\x89\x26\0\0\0\1\x08\0", linktype=ETHERNET)
    add("E-Tag", MACS + b"\x89\x3f\0\0\0\1\0\0\x08\0", linktype=ETHERNET)
    add("Cisco metadata", MACS + b"\x89\x09\1\1\0\1\0\2\x08\0", linktype=ETHERNET)
    add("MPLS", MACS + b"\x88\x47\0\1\0\x40\0\1\1\x40", linktype=ETHERNET)
    add("PPPoE", MACS + b"\x88\x64\x11\0\0\1\0\x2d\0\x21", linktype=ETHERNET)
    add("ARCNET", b"\1\2\xc0\0\xd4\0\0\1", linktype=129)
    add("FabricPath", MACS + b"\x89\3\0\x41" + MACS + b"\x08\0", linktype=ETHERNET, suffix=bytes(4))
    add("PPP", b"\xff\3\0\x21", linktype=9)
    add("PPP with Cisco HDLC", b"\x0f\0\x08\0", linktype=9)
    add("SLL", b"\0\0\0\1\0\6" + bytes(8) + b"\x08\0", linktype=113)
    add("SLL2", b"\x08\0\0\0\0\0\0\1\0\1\0\6" + bytes(8), linktype=276)
    add("NULL", b"\2\0\0\0", linktype=0)
    add("LOOP", b"\0\0\0\2", linktype=108)
    add("raw IPv4", b"")
    add("LINKTYPE_IPV4", b"", linktype=228)
    add("NFLOG", b"\2\0\0\x28\5\0\x0a\0" + bytes(4) + b"\x2f\0\x09\0", linktype=239)
    add("802.11 data", b"\x08\1\0\0" + bytes(20) + b"\xaa\xaa\3\0\0\0\x08\0", linktype=105)
    wrap("IP in IP", 4, b"")
    wrap("GRE", 47, b"\0\0\x08\0")
    wrap("GRE with key and number", 47, b"\x30\0\x08\0" + bytes(8))
    wrap("GRE with Ethernet", 47, b"\0\0\x65\x58", ethernet=True)
    wrap("GRE with 802.11", 47, b"\0\0\x82\0\x08\1\0\0" + bytes(20) + b"\xaa\xaa\3\0\0\0\x08\0")
    wrap("PPTP", 47, b"\x30\1\x88\x0b\0\x30\0\1\0\0\0\1\xff\3\0\x21")
    wrap("ERSPAN I", 47, b"\0\0\x88\xbe", ethernet=True)
    wrap("ERSPAN II", 47, b"\x10\0\x88\xbe\0\0\0\1\x10\1" + bytes(6), ethernet=True)
    wrap("EtherIP", 97, b"\x30\0", ethernet=True)
    wrap("MPLS in IP", 137, b"\0\1\1\x40")
    tunnel("VXLAN", 4789, b"\x08\0\0\0\0\0\1\0")
    tunnel("GRE in UDP", 4754, b"\0\0\x65\x58")
    tunnel("Geneve", 6081, b"\0\0\x65\x58\0\0\1\0")
    tunnel("GTP-U", 2152, b"\x30\xff\0\x2b\0\0\0\1", ethernet=False)
    tunnel("L2TP", 1701, b"\0\2\0\1\0\1\xff\3\0\x21", ethernet=False)
    add("IPv6", ipv6_packet(6, b"")[:4] + b"\0\x17\6\x40" + _V6, ip=False)
    add(
        "IPv6 with extension headers",
        ipv6_packet(0, bytes(39))[:40] + b"\x3c\0\1\4\0\0\0\0\6\0\1\4\0\0\0\0",
        ip=False,
    )
    frames.append(("IPv6 in IPv4", RAW, ipv4_packet(41, ipv6_packet(6, tcp_segment(40_000 + len(frames))))))
    frames.append(
        ("IPv4 with options", RAW, ipv4_packet(6, tcp_segment(40_000 + len(frames)), options=b"\1" * 4))
    )
    frames.append(("AH", RAW, ipv4_packet(51, b"\6\1" + bytes(10) + tcp_segment(40_000 + len(frames)))))
    frames.append(
        ("IPComp", RAW, ipv4_packet(108, b"\6\0\0\2" + _deflate(tcp_segment(40_000 + len(frames)))))
    )
    whole = tcp_segment(40_000 + len(frames), 28)
    frames.append(("a first fragment", RAW, ipv4_packet(6, whole[:24], fragment=0x2000)))
    frames.append(("the fragment that completes it", RAW, ipv4_packet(6, whole[24:], fragment=3)))
    return frames


def write_pcapng(path: Path, frames: Iterable[tuple[int, bytes]]) -> None:
    """A pcapng file with one interface for each link type, by turns in µs and in ns."""
    frames = list(frames)
    interfaces = list(dict.fromkeys(linktype for linktype, _ in frames))
    blocks = [_block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for number, linktype in enumerate(interfaces):
        resolution = pack("<HHB3xHH", 9, 1, 9, 0, 0) if number % 2 else b""
        blocks.append(_block(1, pack("<HHI", linktype, 0, 0) + resolution))
    for seconds, (linktype, data) in enumerate(frames, 1_700_000_000):
        number = interfaces.index(linktype)
        ticks = seconds * (1_000_000_000 if number % 2 else 1_000_000)
        header = pack("<IIIII", number, ticks >> 32, ticks & 0xFFFF_FFFF, len(data), len(data))
        blocks.append(_block(6, header + data + bytes(-len(data) % 4)))
    path.write_bytes(b"".join(blocks))


def _block(kind: int, body: bytes) -> bytes:
    length = pack("<I", 12 + len(body))
    return pack("<I", kind) + length + body + length
