"""The neighbours of an IPv6 host, by neighbour discovery (RFC 4861 section 7)."""

from collections.abc import Callable

from tcpviz.host.neighbours import Change, Neighbours
from tcpviz.wire import ethernet, ipv6, ndp
from tcpviz.wire.ndp import NeighbourAdvertisement, NeighbourSolicitation

_SECOND = 1_000_000_000


class NdpCache(Neighbours):
    """The neighbours of a host with `mac`.

    `local_address` says from which of our addresses to speak to a neighbour.
    """

    ethertype = ethernet.IPV6
    lifetime = 30 * _SECOND
    """RFC 4861 section 10: REACHABLE_TIME."""
    delay = 5 * _SECOND
    """RFC 4861 section 10: DELAY_FIRST_PROBE_TIME."""

    def __init__(
        self,
        mac: bytes,
        local_address: Callable[[bytes], bytes],
        send: Callable[[bytes], None],
        tell: Callable[[Change], None],
    ) -> None:
        super().__init__(mac, send, tell)
        self._local_address = local_address

    def on_link_address(self, address: bytes, mac: bytes | None, now: int) -> None:
        """`address` has told its MAC in passing, while it asked for something (RFC 4861 7.2.3, 6.3.4)."""
        if mac is not None and not mac[0] & 1:
            self._learn(address, mac, now, confirmed=False)

    def on_advertisement(self, said: NeighbourAdvertisement, now: int) -> None:
        """Learn from the answer to a question of ours (RFC 4861 7.2.5)."""
        neighbour = self._known.get(said.target)
        if neighbour is None:
            return  # nobody asked
        mac = said.link_address or neighbour.mac
        if mac is None or mac[0] & 1:
            return
        if neighbour.mac not in (None, mac) and not said.override:
            if not neighbour.unanswered:
                neighbour.deadline = None  # not to be believed, but a reason to ask again
            return
        self._learn(said.target, mac, now, confirmed=said.solicited)

    def _ask_for(self, address: bytes, mac: bytes | None, now: int) -> None:
        group = ipv6.solicited_node(address)
        packet = ndp.build(
            NeighbourSolicitation(address, self._mac),
            self._local_address(address),
            address if mac else group,
        )
        self._send(ethernet.build(mac or ipv6.group_mac(group), self._mac, ethernet.IPV6, packet))
