"""Goodput under loss is what docs/goodput.md says: whatever moves it is looked at (`make goodput`)."""

from pathlib import Path

import pytest
from helpers.goodput import LOSSES, ROUND_TRIPS, row

TABLE = Path(__file__).parents[2] / "docs" / "goodput.md"


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("rtt", ROUND_TRIPS)
def test_goodput(rtt: int, loss: float) -> None:
    assert row(rtt, loss) in TABLE.read_text().splitlines()
