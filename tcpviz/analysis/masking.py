"""Frames without what is private in them: other addresses, no payload, and the same TCP.

Every frame keeps its length, its headers but for the addresses, and whether its checksums are right, so that
an analysis finds the same. An address gets the same mask wherever it stands.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Final

from tcpviz.analysis.layers import ETHERNET, Place, trace
from tcpviz.wire import ipv4
from tcpviz.wire.checksum import internet_checksum, pseudo_header

_MACS_AT: Final = {ETHERNET: (0, 6), 113: (6,), 276: (12,), 105: (4, 10, 16)}
"""Where MAC addresses stand, by link header."""
_GROUP: Final = 1
_SOLICITED_MAC: Final = bytes.fromhex("3333ff")
_SOLICITED: Final = bytes.fromhex("ff0200000000000000000001ff")
_HEADERS: Final = {"arp": 28, "eth": 14, "icmp": 8, "icmpv6": 8, "ip": 20, "ipv6": 40, "udp": 8, "vlan": 4}
_KEPT_OPTIONS: Final = frozenset({0, 1, 2, 3, 4, 5, 8})
"""End, no-operation, MSS, window scale, SACK and timestamps: the analysis reads no other."""
_EXPERIMENTS: Final = (253, 254)
"""Options that begin with a number of whose experiment they are (RFC 6994)."""
_CHECKSUM_AT: Final = {"icmp": 2, "icmpv6": 2, "ip": 10, "tcp": 16, "udp": 6}
_PROTOCOLS: Final = {"icmpv6": 58, "tcp": 6, "udp": 17}
_NEIGHBOUR: Final = (135, 136)
_SHORT: Final = Struct("!H")


class Masks:
    """Which address stands for which: made up as they come, so that order and number tell nothing of them."""

    def __init__(self) -> None:
        self._masks: dict[bytes, bytes] = {}

    def frame(self, data: bytes, linktype: int = ETHERNET, length: int | None = None) -> bytes:
        """The frame with its private parts masked; arguments as for `layers.trace`."""
        octets = bytearray(data)
        places = [place for place in trace(data, linktype, length) if place[1] == data]
        for at in _MACS_AT.get(linktype, ()):
            self._put(octets, at, self._mac(data[at : at + 6]))
        end = 14 if linktype == ETHERNET else 0
        for place in places:
            self._header(octets, place)
            end = max(end, _header_end(data, place))
        octets[end:] = bytes(max(len(octets) - end, 0))
        _mend_checksums(data, octets, places)
        return bytes(octets)

    def _header(self, octets: bytearray, place: Place) -> None:
        name, data, at, end = place
        if name == "eth":
            for mac in (at, at + 6):
                self._put(octets, mac, self._mac(data[mac : mac + 6]))
        elif name == "arp":
            for mac, ip in ((at + 8, at + 14), (at + 18, at + 24)):
                self._put(octets, mac, self._mac(data[mac : mac + 6]))
                self._put(octets, ip, self._ipv4(data[ip : ip + 4]))
        elif name == "ip":
            for ip in (at + 12, at + 16):
                self._put(octets, ip, self._ipv4(data[ip : ip + 4]))
            options = range(at + 20, min(at + (data[at] & 15) * 4, len(octets)))
            octets[options.start : options.stop] = bytes([1]) * len(options)
        elif name == "ipv6":
            for ip in (at + 8, at + 24):
                self._put(octets, ip, self._ipv6(data[ip : ip + 16]))
        elif name == "icmpv6" and data[at] in _NEIGHBOUR:
            self._put(octets, at + 8, self._ipv6(data[at + 8 : at + 24]))
        elif name == "tcp":
            for start, stop in _other_options(data, at, end):
                octets[start:stop] = bytes(stop - start)

    @staticmethod
    def _put(octets: bytearray, at: int, mask: bytes) -> None:
        """Write as much of it as was captured."""
        room = octets[at : at + len(mask)]
        octets[at : at + len(room)] = mask[: len(room)]

    def _mac(self, mac: bytes) -> bytes:
        if mac.startswith(_SOLICITED_MAC):  # made of an IPv6 address
            return _SOLICITED_MAC + bytes(3)
        if not any(mac) or mac[0] & _GROUP:
            return mac
        return self._mask(mac, b"\x02\0\0", 6)

    def _ipv4(self, address: bytes) -> bytes:
        if not any(address) or address[0] == 127 or address[0] >= 224:
            return address
        return self._mask(address, b"\x0a", 4)

    def _ipv6(self, address: bytes) -> bytes:
        if address.startswith(_SOLICITED):
            return _SOLICITED + bytes(3)
        if address[:1] == b"\xff" or not any(address[:15]):  # a group; :: and ::1
            return address
        prefix = b"\xfe\x80" if address.startswith(b"\xfe\x80") else b"\x20\x01\x0d\xb8"
        return self._mask(address, prefix, 16)

    def _mask(self, address: bytes, prefix: bytes, size: int) -> bytes:
        if len(address) < size:  # cut off
            return bytes(len(address))
        if address not in self._masks:
            number = len(self._masks) + 1
            self._masks[address] = prefix + number.to_bytes(size - len(prefix))
        return self._masks[address]


def _header_end(data: bytes, place: Place) -> int:
    """Where the octets of a protocol end that are kept."""
    name, _, at, _ = place
    if name == "tcp":
        return min(at + max((data[at + 12] >> 4) * 4, 20), len(data)) if at + 12 < len(data) else len(data)
    if name == "ip":
        return _segment_end(data, at, at + (data[at] & 15) * 4)
    if name == "icmpv6" and data[at] in _NEIGHBOUR:
        return min(at + 24, len(data))
    return min(at + _HEADERS[name], len(data))


def _segment_end(data: bytes, at: int, payload: int) -> int:
    """The end of an IPv4 header, or that of the TCP header in the first fragment of a segment."""
    first_fragment = _SHORT.unpack_from(data, at + 6)[0] & 0x3FFF == ipv4.MORE_FRAGMENTS
    if first_fragment and data[at + 9] == ipv4.TCP and len(data) > payload + 12:
        return min(payload + max((data[payload + 12] >> 4) * 4, 20), len(data))
    return min(payload, len(data))


def _other_options(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where in a TCP header bodies of options stand that are nobody's business: cookies, keys, signatures."""
    if at + 12 >= len(data):
        return
    stop = min(at + (data[at + 12] >> 4) * 4, end)
    at += 20
    while at + 1 < stop and data[at]:
        size = 1 if data[at] == 1 else data[at + 1]
        if data[at] != 1 and size < 2:  # no length: nobody knows what the rest is
            yield min(at + 2, stop), stop
            return
        if data[at] not in _KEPT_OPTIONS:
            named, behind = 2 if data[at] in _EXPERIMENTS else 0, min(at + size, stop)
            yield min(at + 2 + named, behind), behind
        at += size


def _mend_checksums(data: bytes, octets: bytearray, places: list[Place]) -> None:
    """Right checksums stay right, wrong ones wrong. The inner ones first: the outer ones add them up."""
    for i in range(len(places) - 1, -1, -1):
        name, _, at, end = places[i]
        if name == "ip":
            end, before, after = at + (data[at] & 15) * 4, 0, 0
        elif name in _CHECKSUM_AT:
            network = next((place for place in places[i - 1 :: -1] if place[0] in ("ip", "ipv6")), None)
            before, after = (_addresses(whole, name, network, end - at) for whole in (data, bytes(octets)))
        else:
            continue
        field = at + _CHECKSUM_AT[name]
        if field + 2 <= end <= len(data) and internet_checksum(data[at:end], before) == 0:
            octets[field : field + 2] = bytes(2)
            octets[field : field + 2] = _SHORT.pack(internet_checksum(bytes(octets[at:end]), after))


def _addresses(data: bytes, name: str, network: "Place | None", length: int) -> int:
    """The pseudo header's sum; ICMP for IPv4 has none."""
    if network is None or name == "icmp":
        return 0
    size, first = (4, network[2] + 12) if network[0] == "ip" else (16, network[2] + 8)
    source, destination = data[first : first + size], data[first + size : first + 2 * size]
    return pseudo_header(source, destination, _PROTOCOLS[name], length)
