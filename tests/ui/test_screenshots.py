"""The README's pictures show the program as it is: `make screenshots` makes them anew."""

from itertools import zip_longest
from pathlib import Path

import pytest

from screenshots.shots import SHOTS, Shot, take

FOLDER = Path(__file__).parents[2] / "screenshots"


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
async def test_a_picture_is_current(shot: Shot) -> None:
    kept = (FOLDER / f"{shot.name}.svg").read_text(encoding="utf-8").splitlines()
    taken = (await take(shot)).splitlines()
    # One line, and not all that differs: pytest would look for hours at texts of this length.
    differs = next((pair for pair in zip_longest(taken, kept) if pair[0] != pair[1]), None)
    assert differs is None, f"screenshots/{shot.name}.svg is of another program: make screenshots"


def test_the_readme_shows_pictures_that_are_there() -> None:
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    shown = {name for shot in SHOTS if (name := f"screenshots/{shot.name}.svg") in readme}
    assert len(shown) >= 3
