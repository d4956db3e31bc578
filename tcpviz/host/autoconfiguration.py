"""What routers advertise (RFC 4861 section 6.3), and the addresses that we make up from it (RFC 4862 5.5).

Knows prefixes, routers and their lifetimes; neither packets nor whether an address turns out to be taken.
"""

from collections.abc import Callable
from ipaddress import IPv6Network
from typing import TypeVar

from tcpviz.host.route6 import Route6
from tcpviz.wire.ndp import Prefix, RouterAdvertisement

_Key = TypeVar("_Key", bytes, IPv6Network)

_SECOND = 1_000_000_000
_FOR_EVER = 0xFFFF_FFFF

SOLICIT_NUM = 3
SOLICIT_INTERVAL = _SECOND
"""RFC 4861 section 10 has 4 s, after a random one; a person waits, and routers answer in half a second."""
LEAST_REMAINING = 2 * 3600 * _SECOND
"""What is left of an address's time at least, whatever an advertisement says that anybody can forge (RFC 4862
5.5.3 (e))."""
CAPACITY = 8
"""Routers, and prefixes of each kind, at most: somebody may advertise thousands."""


class Autoconfiguration:
    """Keeps `route` as the routers say, beside what it had at first.

    `solicit` sends the question for routers, where one is needed; `form` gets each network to have an address
    in, `expire` each whose time is over.
    """

    def __init__(
        self,
        route: Route6,
        solicit: Callable[[], None] | None,
        form: Callable[[IPv6Network], None],
        expire: Callable[[IPv6Network], None],
    ) -> None:
        self._route = route
        self._solicit = solicit
        self._form = form
        self._expire = expire
        self._fixed_routers, self._fixed_networks = list(route.routers), list(route.on_link)
        self._routers: dict[bytes, int | None] = {}
        self._on_link: dict[IPv6Network, int | None] = {}
        self._own: dict[IPv6Network, int | None] = {}
        self._asked = 0
        self._ask_at: int | None = 0 if solicit else None

    @property
    def asking(self) -> bool:
        """Whether a router may still answer."""
        return self._ask_at is not None

    def on_advertisement(self, router: bytes, said: RouterAdvertisement, now: int) -> None:
        """Take over what `router` says."""
        self._ask_at = None
        if said.lifetime:
            _keep(self._routers, router, now + said.lifetime * _SECOND)
        else:
            self._routers.pop(router, None)
        for prefix in said.prefixes:
            self._on_prefix(prefix, now)
        self._write_route()

    def _on_prefix(self, told: Prefix, now: int) -> None:
        if told.length > 128:
            return
        network = IPv6Network((told.prefix, told.length), strict=False)
        if network.is_link_local or network.is_multicast:
            return  # RFC 4861 6.3.4, RFC 4862 5.5.3 (b)
        until = _until(told.valid, now)
        if told.on_link and told.valid:
            _keep(self._on_link, network, until)
        elif told.on_link:
            self._on_link.pop(network, None)
        # RFC 4862 5.5.3 (c), (d): an identifier has 64 bits (RFC 4291 2.5.1)
        if told.autonomous and told.preferred <= told.valid and told.length == 64:
            self._have_address(network, until, now)

    def _have_address(self, network: IPv6Network, until: int | None, now: int) -> None:
        if network not in self._own:
            if until != now and len(self._own) < CAPACITY:
                self._own[network] = until
                self._form(network)
            return
        left = self._own[network]
        if until is None or until - now > LEAST_REMAINING or (left is not None and until > left):
            self._own[network] = until
        elif left is None or left - now > LEAST_REMAINING:
            self._own[network] = now + LEAST_REMAINING

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        moments = [*self._routers.values(), *self._on_link.values(), *self._own.values(), self._ask_at]
        return min((moment for moment in moments if moment is not None), default=None)

    def on_deadline(self, now: int) -> None:
        """Ask again, and forget what nobody has confirmed in time."""
        if self._ask_at is not None and now >= self._ask_at and self._solicit:
            if self._asked < SOLICIT_NUM:
                self._asked += 1
                self._ask_at = now + SOLICIT_INTERVAL
                self._solicit()
            else:
                self._ask_at = None
        for network in _over(self._own, now):
            self._expire(network)
        _over(self._routers, now)
        _over(self._on_link, now)
        self._write_route()

    def _write_route(self) -> None:
        self._route.routers = self._fixed_routers + list(self._routers)
        self._route.on_link = self._fixed_networks + list(self._on_link)


def _until(seconds: int, now: int) -> int | None:
    """The end of a lifetime; None for one without end."""
    return None if seconds == _FOR_EVER else now + seconds * _SECOND


def _keep(known: dict[_Key, int | None], key: _Key, until: int | None) -> None:
    if key in known or len(known) < CAPACITY:
        known[key] = until


def _over(known: dict[_Key, int | None], now: int) -> list[_Key]:
    """The keys whose time is over, taken out."""
    over = [key for key, until in known.items() if until is not None and until <= now]
    for key in over:
        del known[key]
    return over
