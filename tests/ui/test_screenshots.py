"""The README's pictures show the program as it is: `make screenshots` makes them anew."""

from pathlib import Path

import pytest

from screenshots.shots import SHOTS, Shot, take

FOLDER = Path(__file__).parents[2] / "screenshots"


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
async def test_a_picture_is_current(shot: Shot) -> None:
    assert await take(shot) == (FOLDER / f"{shot.name}.svg").read_text(encoding="utf-8")


def test_the_readme_shows_pictures_that_are_there() -> None:
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    shown = {name for shot in SHOTS if (name := f"screenshots/{shot.name}.svg") in readme}
    assert len(shown) >= 3
