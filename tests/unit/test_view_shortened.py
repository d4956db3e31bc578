"""Long addresses in little room."""

import pytest

from tcpviz.view.safe import SafeText, shortened

ADDRESS = SafeText("[2001:db8:1234:5678:abcd:ef01:2345:6789]:50000")


def test_what_fits_stays() -> None:
    assert shortened(SafeText("192.0.2.1:80"), 12) == "192.0.2.1:80"


def test_both_ends_of_what_is_too_long_stay() -> None:
    assert shortened(ADDRESS, 30) == "[2001:db8:1234..45:6789]:50000"


@pytest.mark.parametrize("width", range(50))
def test_it_is_never_longer_than_the_room(width: int) -> None:
    assert len(shortened(ADDRESS, width)) == min(width, len(ADDRESS))
