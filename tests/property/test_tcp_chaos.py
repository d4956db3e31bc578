"""Two thousand worlds of two engines and a path of chaos; `helpers.two_engines` says what has to hold.

`make soak N=...` tries any number more; a seed that fails there fails again in the same way.
"""

import pytest
from helpers.two_engines import world_of

WORLDS = 2000
AT_ONCE = 50
"""So that they spread evenly over the workers."""


@pytest.mark.parametrize("first", range(0, WORLDS, AT_ONCE))
def test_every_world_comes_to_a_good_end(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        try:
            world_of(seed).finish()
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
