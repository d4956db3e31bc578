"""The Internet checksum against the numbers of RFC 1071 and a plain sum of words."""

from random import Random

import pytest

from tcpviz.wire.checksum import internet_checksum, pseudo_header


def plain_sum(data: bytes) -> int:
    """RFC 1071 section 4.1, word by word."""
    total = 0
    for at in range(0, len(data), 2):
        total += int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big")
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def test_example_of_rfc_1071() -> None:
    assert internet_checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


@pytest.mark.parametrize("length", [0, 1, 2, 3, 20, 1479, 1480, 65535])
def test_equals_the_sum_of_words(length: int) -> None:
    data = Random(length).randbytes(length)
    assert internet_checksum(data) == plain_sum(data)


@pytest.mark.parametrize("data", [bytes(8), b"\xff" * 8, b"\xff\xfe\x00\x01"])
def test_ends_of_the_range(data: bytes) -> None:
    assert internet_checksum(data) == plain_sum(data)


def test_right_data_gives_zero() -> None:
    data = bytearray(b"some octets that carry their checksum.")
    data[4:6] = bytes(2)
    data[4:6] = internet_checksum(bytes(data)).to_bytes(2, "big")
    assert internet_checksum(bytes(data)) == 0


def test_pseudo_header_is_the_sum_over_its_octets() -> None:
    source, destination, data = b"\xc0\x00\x02\x01", b"\xc6\x33\x64\xff", b"odd"
    spelled_out = source + destination + bytes((0, 6)) + len(data).to_bytes(2, "big")
    assert internet_checksum(data, pseudo_header(source, destination, 6, len(data))) == plain_sum(
        spelled_out + data
    )


def test_length_may_be_added_to_the_pseudo_header_later() -> None:
    source, destination = b"\x01\x02\x03\x04", b"\x05\x06\x07\x08"
    assert pseudo_header(source, destination, 6, 0) + 40 == pseudo_header(source, destination, 6, 40)
