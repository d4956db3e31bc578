"""Figures as people read them: milliseconds, kilobytes, thousands with commas."""

from tcpviz.view.safe import SafeText

_TIMES = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))
_SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_RATES = ((1_000_000_000, "Gbit/s"), (1_000_000, "Mbit/s"), (1_000, "kbit/s"))


def duration(ns: int) -> SafeText:
    """A span of time with three significant digits: "40 ms", "1.25 s", "0 ms"."""
    return _scaled(ns, _TIMES, "ns") if ns else SafeText("0 ms")


def size(octets: int) -> SafeText:
    """An amount of data: "65.2 kB", "536 B"."""
    return _scaled(octets, _SIZES, "B")


def rate(octets: int, ns: int) -> SafeText:
    """What `octets` in `ns` amount to, in bits a second."""
    return _scaled(octets * 8_000_000_000 // ns if ns > 0 else 0, _RATES, "bit/s")


def seconds(ns: int) -> SafeText:
    """A moment of the run in seconds with six decimals, as Wireshark's Time column has it."""
    return SafeText(f"{'-' if ns < 0 else ''}{abs(ns) // 1_000_000_000}.{abs(ns) // 1000 % 1_000_000:06d}")


def number(count: int) -> SafeText:
    """A count with its thousands set apart: "1,448"."""
    return SafeText(f"{count:,}")


def octets(count: int) -> SafeText:
    """A number of octets in words: "1 octet", "1,448 octets"."""
    return SafeText(f"{count:,} octet{'' if count == 1 else 's'}")


def ordinal(count: int) -> SafeText:
    """1st, 2nd, 3rd, 4th ..."""
    suffix = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return SafeText(f"{count:,}{suffix}")


def _scaled(value: int, steps: tuple[tuple[int, str], ...], smallest: str) -> SafeText:
    for step, unit in steps:
        if abs(value) >= step:
            return SafeText(f"{_three_digits(value / step)} {unit}")
    return SafeText(f"{value} {smallest}")


def _three_digits(value: float) -> str:
    whole = len(str(int(abs(value))))
    text = f"{value:.{max(0, 3 - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
