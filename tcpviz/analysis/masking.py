"""Frames without what is private in them: other addresses, no payload, and the same TCP.

Every frame keeps its length, its headers but for the addresses, and whether its checksums are right, so that
an analysis finds the same. An address gets the same mask wherever it stands.
"""

from struct import Struct
from typing import Final

from tcpviz.analysis.layers import ETHERNET, Passed, Place, walk
from tcpviz.analysis.layers.internet import SOURCE_ROUTES, arp, icmp, icmpv6, ipv4, ipv6, tcp
from tcpviz.analysis.layers.link import cooked, cooked_2, ethernet, wlan
from tcpviz.analysis.layers.table import NAMES
from tcpviz.analysis.private import first_of_segment, private_octets
from tcpviz.wire.checksum import internet_checksum, pseudo_header

_GROUP: Final = 1
_SOLICITED_MAC: Final = bytes.fromhex("3333ff")
_SOLICITED: Final = bytes.fromhex("ff0200000000000000000001ff")
_HEADERS: Final = {"arp": 28, "eth": 14, "icmp": 8, "icmpv6": 8, "ip": 20, "ipv6": 40, "udp": 8, "vlan": 4}
_CHECKSUM_AT: Final = {"icmp": 2, "icmpv6": 2, "ip": 10, "tcp": 16, "udp": 6}
_PROTOCOLS: Final = {"icmpv6": 58, "tcp": 6, "udp": 17}
_NO_OPERATION: Final = 1
_REDIRECT: Final = b"\x05"
_NEIGHBOUR: Final = (b"\x87", b"\x88")
_OF_NETWORK: Final = 0x30
"""Flags of a group whose address has that of a network, or of a router, in it."""
_SHORT: Final = Struct("!H")


class Masks:
    """Which address stands for which: made up as they come, so that order and number tell nothing of them."""

    def __init__(self) -> None:
        self._masks: dict[bytes, bytes] = {}

    def frame(self, data: bytes, linktype: int = ETHERNET, length: int | None = None) -> bytes:
        """The frame with its private parts masked; arguments as for `layers.walk`."""
        octets = bytearray(data)
        passed = [each for each in walk(data, linktype, length) if each.data == data]
        end = 0
        for each in passed:
            for start, stop in private_octets(each):
                octets[start:stop] = bytes(len(octets[start:stop]))
            self._addresses(octets, each)
            end = max(end, _header_end(each))
        octets[end:] = bytes(max(len(octets) - end, 0))
        named = [(NAMES[layer], whole, at, stop) for layer, whole, at, stop in passed if layer in NAMES]
        _mend_checksums(data, octets, named)
        return bytes(octets)

    def _addresses(self, octets: bytearray, passed: Passed) -> None:
        layer, data, at, _ = passed
        for place in _macs(passed):
            self._put(octets, place, self._mac(data[place : place + 6]))
        if layer is arp:
            for ip in (at + 14, at + 24):
                self._put(octets, ip, self._ipv4(data[ip : ip + 4]))
        elif layer is ipv4:
            for ip in (at + 12, at + 16):
                self._put(octets, ip, self._ipv4(data[ip : ip + 4]))
            self._options(octets, data, at + 20, min(at + (data[at] & 15) * 4, len(octets)))
        elif layer is ipv6:
            for ip in (at + 8, at + 24):
                self._put(octets, ip, self._ipv6(data[ip : ip + 16]))
        elif layer is icmp and data[at : at + 1] == _REDIRECT:
            self._put(octets, at + 4, self._ipv4(data[at + 4 : at + 8]))
        elif layer is icmpv6 and data[at : at + 1] in _NEIGHBOUR:
            self._put(octets, at + 8, self._ipv6(data[at + 8 : at + 24]))

    def _options(self, octets: bytearray, data: bytes, at: int, end: int) -> None:
        """Those of IPv4. Nothing is left of them but source routes, which say where TCP's packet goes to."""
        octets[at:end] = bytes([_NO_OPERATION]) * (end - at)
        while at + 2 < end and data[at]:
            size = 1 if data[at] == _NO_OPERATION else data[at + 1]
            if data[at] in SOURCE_ROUTES and 3 <= size <= end - at:
                octets[at : at + 3] = data[at : at + 3]
                for hop in range(at + 3, at + size - 3, 4):
                    self._put(octets, hop, self._ipv4(data[hop : hop + 4]))
            at += max(size, 1)

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
        if len(address) == 16 and address[0] == 0xFF and address[1] & _OF_NETWORK:  # RFC 3306
            return address[:2] + bytes(10) + address[12:]
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


def _macs(passed: Passed) -> tuple[int, ...]:
    """Where MAC addresses stand in a header."""
    layer, data, at, _ = passed
    if layer is wlan:
        between_access_points = data[at + 1] & 0x03 == 0x03
        return (at + 4, at + 10, at + 16, at + 24) if between_access_points else (at + 4, at + 10, at + 16)
    if layer is arp:
        return (at + 8, at + 18)
    if layer is cooked and data[at + 4 : at + 6] == b"\0\6":
        return (at + 6,)
    if layer is cooked_2 and data[at + 11 : at + 12] == b"\6":
        return (at + 12,)
    return (at, at + 6) if layer is ethernet else ()


def _header_end(passed: Passed) -> int:
    """Where the octets of a protocol end that are kept; 0 where it says nothing by itself."""
    layer, data, at, _ = passed
    name = NAMES.get(layer)
    if layer is tcp:
        return _tcp_end(data, at)
    if layer in (ipv4, ipv6) and data[at] >> 4 != (4 if layer is ipv4 else 6):
        return 0  # it only should have been IP
    if layer is ipv4:
        start = first_of_segment(data, at)
        return _tcp_end(data, start) if start else min(at + (data[at] & 15) * 4, len(data))
    if layer is icmpv6 and data[at : at + 1] in _NEIGHBOUR:
        return min(at + 24, len(data))
    return min(at + _HEADERS[name], len(data)) if name else 0


def _tcp_end(data: bytes, at: int) -> int:
    return min(at + max((data[at + 12] >> 4) * 4, 20), len(data)) if at + 12 < len(data) else len(data)


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
