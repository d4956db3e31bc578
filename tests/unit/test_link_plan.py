import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpviz.link.plan import Plan, Rules, parse_plan


def test_a_rule_without_prefix_is_for_both_directions() -> None:
    plan = parse_plan("loss=5%,delay=20ms")
    assert plan.outgoing == plan.incoming == Rules(loss=0.05, delay=20_000_000)


def test_a_prefix_makes_it_one_direction() -> None:
    plan = parse_plan("out.drop=7:2, in.corrupt=0.001")
    assert plan == Plan(outgoing=Rules(drop=(2, 7)), incoming=Rules(corrupt=0.001))


def test_the_last_of_two_counts() -> None:
    assert parse_plan("loss=5%,in.loss=0%") == Plan(outgoing=Rules(loss=0.05))


def test_nothing_is_the_plan_that_does_nothing() -> None:
    assert parse_plan("") == Plan()
    assert str(Plan()) == ""


@pytest.mark.parametrize(
    ("text", "nanoseconds"), [("7ns", 7), ("1.5us", 1500), ("20ms", 20_000_000), ("2s", 2_000_000_000)]
)
def test_times_have_units(text: str, nanoseconds: int) -> None:
    assert parse_plan(f"jitter={text}").incoming.jitter == nanoseconds


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("los=3%", "did you mean loss=3%?"),
        ("loss", "loss takes a probability"),
        ("loss=5", "Did you mean loss=5%?"),
        ("loss5%", "did you mean loss=5%?"),
        ("out.lss=7%", "did you mean out.loss=7%?"),
        ("delay=20", "Did you mean delay=20ms?"),
        ("latency=20ms", "write loss=5%"),
        ("loss=101%", "from 0% to 100%"),
        ("loss=nan", "from 0% to 100%"),
        ("dup=-1%", "from 0% to 100%"),
        ("delay=20", "a time with its unit"),
        ("delay=-1ms", "a time with its unit"),
        ("delay=infs", "a time with its unit"),
        ("delay=1e999980s", "a time with its unit"),
        ("rate=1e999980Gbit", "bits per second"),
        ("drop=0", "packet numbers from 1 on"),
        ("drop=2:x", "packet numbers from 1 on"),
        ("up.loss=3%", "in. or out."),
    ],
)
def test_an_error_names_the_token_and_what_is_allowed(spec: str, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_plan(f"reorder=1%,{spec}")
    assert repr(spec) in str(error.value)
    assert told in str(error.value)


probabilities = st.floats(0, 1)
times = st.integers(0, 10**10)
rules = st.builds(
    Rules,
    loss=probabilities,
    dup=probabilities,
    reorder=probabilities,
    corrupt=probabilities,
    mark=probabilities,
    delay=times,
    jitter=times,
    drop=st.sets(st.integers(1, 1000), max_size=3).map(lambda numbers: tuple(sorted(numbers))),
)


@given(st.builds(Plan, rules, rules))
def test_str_gives_a_spec_of_the_same_plan(plan: Plan) -> None:
    assert parse_plan(str(plan)) == plan


def test_rate_and_mtu() -> None:
    plan = parse_plan("rate=1500kbit,in.mtu=1400")
    assert (plan.outgoing.rate, plan.incoming.mtu, plan.outgoing.mtu) == (1_500_000, 1400, 0)
    assert str(plan) == "out.rate=1500kbit,in.rate=1500kbit,in.mtu=1400"


@pytest.mark.parametrize("spec", ["rate=5", "rate=2MB", "mtu=67", "mtu=1.5", "rate=-1bit"])
def test_rate_and_mtu_that_make_no_sense(spec: str) -> None:
    with pytest.raises(ValueError, match=r"takes (bits per second|octets)"):
        parse_plan(spec)
