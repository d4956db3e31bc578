"""What `make fuzz` tries for long, tried shortly: inputs near the seeds, damaged by chance."""

import pytest
from fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

_places = st.floats(0, 1, exclude_max=True)
_damage = st.lists(
    st.tuples(_places, st.sampled_from(("put", "cut", "insert", "repeat")), st.binary(max_size=4)), max_size=4
)


def damaged(data: bytes, damage: list[tuple[float, str, bytes]]) -> bytes:
    for part, what, octets in damage:
        at = int(part * len(data))
        match what:
            case "put":
                data = data[:at] + octets + data[at + len(octets) :]
            case "cut":
                data = data[:at]
            case "insert":
                data = data[:at] + octets + data[at:]
            case "repeat":
                data = data[:at] + data[at : at + 40] + data[at:]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_themselves(name: str) -> None:
    seeds = list(TARGETS[name].seeds())
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_seeds(name: str) -> None:
    target = TARGETS[name]
    seeds = list(target.seeds())

    @settings(max_examples=60)
    @given(seed=st.sampled_from(seeds), damage=_damage)
    def any_damage(seed: bytes, damage: list[tuple[float, str, bytes]]) -> None:
        target.run(damaged(seed, damage))

    any_damage()
