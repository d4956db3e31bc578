"""The real links from a host in a home network, curl beside them, with a wiretap in the router."""

from helpers.household import household
from helpers.tools import need
from helpers.wiretap import Wiretap
from soak_home import KINDS, Fetcher, seen, soak


def test_every_link_fetches_and_the_wire_shows_nothing_that_must_not_be() -> None:
    need("passt")
    # The others have tests of their own.
    assert soak(1, [kind for kind in KINDS if kind.name in ("own", "host", "tap", "passt", "leased")]) == []


def test_the_wiretap_sees_wrong_checksums() -> None:
    impaired = ("--link", "raw", "--impair", "out.corrupt=20%", "--seed", "1")
    with household() as there, Wiretap(there.home.router, "vb").open() as tap:
        done = Fetcher(there).get(there.urls((4,))[0], *impaired, sudo=True)
        shown = seen(tap, there)
    assert done.returncode == 0
    assert [line for line in shown if "wrong checksum" in line]
