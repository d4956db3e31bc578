"""The fields below TCP: the frame, Ethernet, ARP, IP, ICMP, UDP."""

from collections.abc import Mapping
from typing import Final

from tcpviz.analysis.filter.field import (
    ABSENT,
    Field,
    Getter,
    Values,
    bit,
    both,
    header,
    number,
    octets,
    rest,
)
from tcpviz.analysis.filter.subject import Subject
from tcpviz.analysis.filter.values import DATE, ETHER, IPV4, IPV6, OCTETS, SECONDS, U8, U16, U24, U32


def _protocol(name: str, size: int) -> Field:
    return Field(OCTETS, header(name, lambda data, start: size), rest(name))


def _frame(subject: Subject) -> Values:
    return (subject.data,)


def _number(subject: Subject) -> Values:
    return (subject.number,) if subject.number else ABSENT


def _ends(kind_name: str, getters: tuple[Getter, Getter]) -> dict[str, Getter]:
    source, destination = getters
    return {
        f"{kind_name}.src": source,
        f"{kind_name}.dst": destination,
        f"{kind_name}.addr": both(source, destination),
    }


_ETHERNET_ENDS: Final = _ends("eth", (octets("eth", 6, 6), octets("eth", 0, 6)))
_IPV4_ENDS: Final = _ends("ip", (octets("ip", 12, 4), octets("ip", 16, 4)))
_IPV6_ENDS: Final = _ends("ipv6", (octets("ipv6", 8, 16), octets("ipv6", 24, 16)))
_UDP_SOURCE: Final = number("udp", 0, 2)
_UDP_DESTINATION: Final = number("udp", 2, 2)

FIELDS: Final[Mapping[str, Field]] = {
    "frame": Field(OCTETS, _frame),
    "frame.number": Field(U32, _number),
    "frame.len": Field(U32, lambda subject: (subject.length or len(subject.data),)),
    "frame.cap_len": Field(U32, lambda subject: (len(subject.data),)),
    "frame.time": Field(DATE, lambda subject: (subject.time,)),
    "frame.time_epoch": Field(SECONDS, lambda subject: (subject.time,)),
    "frame.time_relative": Field(SECONDS, lambda subject: (subject.since_first,)),
    "frame.time_delta": Field(SECONDS, lambda subject: (subject.since_previous,)),
    #
    "eth": _protocol("eth", 14),
    **{name: Field(ETHER, getter) for name, getter in _ETHERNET_ENDS.items()},
    "eth.type": Field(U16, number("eth", 12, 2)),
    "vlan": _protocol("vlan", 4),
    "vlan.id": Field(U16, number("vlan", 0, 2, 0, 0x0FFF)),
    "vlan.priority": Field(U16, number("vlan", 0, 2, 13)),
    "arp": _protocol("arp", 28),
    "arp.opcode": Field(U16, number("arp", 6, 2)),
    "arp.src.hw_mac": Field(ETHER, octets("arp", 8, 6)),
    "arp.src.proto_ipv4": Field(IPV4, octets("arp", 14, 4)),
    "arp.dst.hw_mac": Field(ETHER, octets("arp", 18, 6)),
    "arp.dst.proto_ipv4": Field(IPV4, octets("arp", 24, 4)),
    #
    "ip": Field(OCTETS, header("ip", lambda data, start: (data[start] & 0x0F) * 4), rest("ip")),
    "ip.version": Field(U8, number("ip", 0, 1, 4)),
    "ip.hdr_len": Field(U8, number("ip", 0, 1, 0, 0x0F, 4)),
    "ip.dsfield": Field(U8, number("ip", 1)),
    "ip.dsfield.dscp": Field(U8, number("ip", 1, 1, 2)),
    "ip.dsfield.ecn": Field(U8, number("ip", 1, 1, 0, 3)),
    "ip.len": Field(U16, number("ip", 2, 2)),
    "ip.id": Field(U16, number("ip", 4, 2)),
    "ip.flags": Field(U8, number("ip", 6, 1, 5)),
    "ip.flags.rb": bit("ip", 6, 7),
    "ip.flags.df": bit("ip", 6, 6),
    "ip.flags.mf": bit("ip", 6, 5),
    "ip.frag_offset": Field(U16, number("ip", 6, 2, 0, 0x1FFF, 8)),
    "ip.ttl": Field(U8, number("ip", 8)),
    "ip.proto": Field(U8, number("ip", 9)),
    "ip.checksum": Field(U16, number("ip", 10, 2)),
    **{name: Field(IPV4, getter) for name, getter in _IPV4_ENDS.items()},
    #
    "ipv6": _protocol("ipv6", 40),
    "ipv6.version": Field(U8, number("ipv6", 0, 1, 4)),
    "ipv6.tclass": Field(U32, number("ipv6", 0, 4, 20, 0xFF)),
    "ipv6.flow": Field(U24, number("ipv6", 0, 4, 0, 0xF_FFFF)),
    "ipv6.plen": Field(U16, number("ipv6", 4, 2)),
    "ipv6.nxt": Field(U8, number("ipv6", 6)),
    "ipv6.hlim": Field(U8, number("ipv6", 7)),
    **{name: Field(IPV6, getter) for name, getter in _IPV6_ENDS.items()},
    #
    "icmp": _protocol("icmp", 8),
    "icmp.type": Field(U8, number("icmp", 0)),
    "icmp.code": Field(U8, number("icmp", 1)),
    "icmpv6": _protocol("icmpv6", 8),
    "icmpv6.type": Field(U8, number("icmpv6", 0)),
    "icmpv6.code": Field(U8, number("icmpv6", 1)),
    #
    "udp": _protocol("udp", 8),
    "udp.srcport": Field(U16, _UDP_SOURCE),
    "udp.dstport": Field(U16, _UDP_DESTINATION),
    "udp.port": Field(U16, both(_UDP_SOURCE, _UDP_DESTINATION)),
    "udp.length": Field(U16, number("udp", 4, 2)),
    "udp.checksum": Field(U16, number("udp", 6, 2)),
}
