"""UDP and DHCP: what goes in comes out, and what is wrong is refused."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from tcpviz.wire import dhcp, udp
from tcpviz.wire.dhcp import DhcpMessage, MessageType, Option
from tcpviz.wire.errors import ParseError

HERE, THERE = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
HERE6, THERE6 = (IPv6Address(f"2001:db8::{host}").packed for host in (2, 1))
MAC = bytes.fromhex("020000000002")


@pytest.mark.parametrize(("here", "there"), [(HERE, THERE), (HERE6, THERE6)], ids=["IPv4", "IPv6"])
def test_a_datagram_comes_back_with_a_right_checksum(here: bytes, there: bytes) -> None:
    data = udp.build(here, 5353, there, 53, b"question")
    source_port, destination_port, payload = udp.parse(data + b"padding")
    assert (source_port, destination_port, bytes(payload)) == (5353, 53, b"question")
    assert udp.checksum_ok(data + b"padding", here, there)
    assert not udp.checksum_ok(data[:-1] + b"?", here, there)


def test_no_checksum_is_right_in_ipv4_alone() -> None:
    data = bytearray(udp.build(HERE, 1, THERE, 2, b"x"))
    data[6:8] = bytes(2)
    assert udp.checksum_ok(bytes(data), HERE, THERE)
    assert not udp.checksum_ok(bytes(data), HERE6, THERE6)


def test_a_checksum_of_zero_is_sent_as_its_other_form() -> None:
    sums = {udp.build(HERE, 1, THERE, 2, number.to_bytes(2, "big"))[6:8] for number in range(1 << 16)}
    assert b"\xff\xff" in sums
    assert bytes(2) not in sums


@pytest.mark.parametrize("data", [bytes(7), bytes(8), b"\0\1\0\2\0\x09\0\0"], ids=["short", "0", "cut off"])
def test_a_datagram_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        udp.parse(data)


def test_a_datagram_that_is_too_large_is_not_built() -> None:
    with pytest.raises(ValueError, match="65536"):
        udp.build(HERE, 1, THERE, 2, bytes(0xFFFF - 7))


def test_a_dhcp_message_comes_back() -> None:
    options: dict[int, bytes] = {
        Option.MESSAGE_TYPE: bytes((MessageType.REQUEST,)),
        Option.DNS_SERVERS: HERE + THERE,
    }
    message = DhcpMessage(dhcp.REQUEST, 0xC0FFEE, MAC, options, 3, dhcp.BROADCAST, HERE, THERE, HERE)
    data = dhcp.build(message)
    assert len(data) == 300
    assert dhcp.parse(data) == message
    assert message.type is not None
    assert str(MessageType(message.type)) == "DHCPREQUEST"
    assert dhcp.addresses(options, Option.DNS_SERVERS) == (IPv4Address(HERE), IPv4Address(THERE))


def answer(options: bytes, *, sname: bytes = b"", file: bytes = b"") -> bytes:
    header = dhcp.build(DhcpMessage(dhcp.REPLY, 1, MAC, {}))[:236]
    return header[:44] + sname.ljust(64, b"\0") + file.ljust(128, b"\0") + b"\x63\x82\x53\x63" + options


def test_options_go_on_in_the_fields_for_names_and_are_put_together() -> None:
    data = answer(
        b"\x34\x01\x03\x06\x04" + HERE, file=b"\x06\x04" + THERE + b"\xff", sname=b"\x00\x1a\x02\x05\xdc"
    )
    options = dhcp.parse(data).options
    assert options[Option.DNS_SERVERS] == HERE + THERE
    assert dhcp.number(options, Option.MTU) == 1500


def test_options_of_a_wrong_size_say_nothing() -> None:
    options = dhcp.parse(answer(b"\x03\x03abc\x33\x05abcde\x1a\x00")).options
    assert dhcp.addresses(options, Option.ROUTERS) == ()
    assert dhcp.number(options, Option.LEASE_TIME) is None
    assert dhcp.number(options, Option.MTU) is None


@pytest.mark.parametrize(
    "data",
    [
        bytes(239),
        answer(b"\x06"),
        answer(b"\x06\x04abc"),
        b"\2\7" + answer(b"")[2:],
        answer(b"")[:236] + bytes(4),
    ],
    ids=["short", "cut option", "long option", "no Ethernet", "BOOTP"],
)
def test_what_is_no_dhcp_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        dhcp.parse(data)
