import pytest

from tcpviz.view import units


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ms"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (40_000_000, "40 ms"),
        (20_345_678, "20.3 ms"),
        (999_999_999, "1000 ms"),
        (1_250_000_000, "1.25 s"),
        (240_000_000_000, "240 s"),
    ],
)
def test_durations(ns: int, text: str) -> None:
    assert units.duration(ns) == text


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (536, "536 B"), (65_160, "65.2 kB"), (4_194_304, "4.19 MB")]
)
def test_sizes(octets: int, text: str) -> None:
    assert units.size(octets) == text


def test_rates_are_in_bits_a_second() -> None:
    assert units.rate(125_000, 1_000_000_000) == "1 Mbit/s"
    assert units.rate(0, 1_000_000_000) == "0 bit/s"
    assert units.rate(5, 0) == "0 bit/s"


def test_moments_have_six_decimals() -> None:
    assert units.seconds(1_234_567_890) == "1.234567"
    assert units.seconds(-1_500_000) == "-0.001500"


def test_counts_in_words() -> None:
    assert units.octets(1) == "1 octet"
    assert units.octets(1448) == "1,448 octets"
    assert [units.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "112th",
    ]
