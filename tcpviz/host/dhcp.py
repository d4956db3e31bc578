"""An address from a DHCP server: asked for, checked, kept, given back (RFC 2131 section 4.4).

Makes its frames itself, for it speaks before there is an address to speak from. Does not probe for the
address: whoever does calls `checked`.
"""

import random
from collections.abc import Callable
from ipaddress import IPv4Address

from tcpviz.host.dhcp_state import LEASED, TRANSITIONS, DhcpState, DhcpTrigger
from tcpviz.host.events import (
    DhcpAddressTaken,
    DhcpBound,
    DhcpExpired,
    DhcpOffered,
    DhcpRefused,
    DhcpReleased,
    DhcpRenewed,
    DhcpUnanswered,
    HostEvent,
)
from tcpviz.host.lease import Lease, read_lease
from tcpviz.wire import dhcp, ethernet, ipv4, udp
from tcpviz.wire.dhcp import DhcpMessage, MessageType, Option
from tcpviz.wire.errors import ParseError
from tcpviz.wire.segment import Buffer

_SECOND = 1_000_000_000

FIRST_WAIT = 4 * _SECOND
"""RFC 2131 4.1: 4 s, then twice as long each time, each a second more or less at random."""
ATTEMPTS = 3
"""Messages without an answer after which nobody is expected to be there: half a minute."""
PAUSE = 10 * _SECOND
"""RFC 2131 3.1 (5): after an address that somebody had, or no answer, before it all begins anew."""
LEAST_RENEWAL_WAIT = 60 * _SECOND  # RFC 2131 4.4.5

_NOWHERE = bytes(4)
_EVERYBODY = b"\xff" * 4
_WISHES: dict[int, bytes] = {
    Option.PARAMETER_REQUEST: bytes(
        (
            Option.SUBNET_MASK,
            Option.ROUTERS,
            Option.DNS_SERVERS,
            Option.MTU,
            Option.LEASE_TIME,
            Option.RENEWAL_TIME,
            Option.REBINDING_TIME,
        )
    )
}

S, T = DhcpState, DhcpTrigger


class DhcpClient:
    """A client with the Ethernet address `mac`.

    `send` takes frames, `tell` what happened; `configure` gets a lease whose address has to be checked
    before it is used, and None when it may no longer be used. Time 0 begins it: at once, without the random
    seconds of RFC 2131 4.4.1, which are for many machines that are switched on together.
    """

    def __init__(
        self,
        mac: bytes,
        rng: random.Random,
        send: Callable[[bytes], None],
        tell: Callable[[HostEvent], None],
        configure: Callable[[Lease | None], None],
    ) -> None:
        self.state = S.INIT
        self.lease: Lease | None = None
        """What was offered, then what is lent."""
        self._mac = mac
        self._rng = rng
        self._send = send
        self._tell = tell
        self._configure = configure
        self._deadline: int | None = 0
        self._xid = 0
        self._began = 0
        self._asked_at = 0
        self._secs = 0
        self._attempts = 0
        self._way_to_server = ethernet.BROADCAST
        self._on_time = {
            S.INIT: self._begin,
            S.SELECTING: self._ask_again,
            S.REQUESTING: self._ask_again,
            S.BOUND: self._renew,
            S.RENEWING: self._renew_again,
            S.REBINDING: self._rebind_again,
        }

    @property
    def holds(self) -> bool:
        """Whether the address may be used."""
        return self.state in LEASED

    def next_deadline(self) -> int | None:
        """When `on_deadline` has to be called."""
        return self._deadline

    def on_deadline(self, now: int) -> None:
        """Ask, ask again, or ask for more time, if its moment has come."""
        if self._deadline is not None and now >= self._deadline:
            self._on_time[self.state](now)

    def on_message(self, data: Buffer, sender_mac: bytes, now: int) -> None:
        """Take in what a server says in a UDP payload. ParseError where it makes no sense."""
        message = dhcp.parse(data)
        if message.operation != dhcp.REPLY or (message.xid, message.mac) != (self._xid, self._mac):
            return  # an answer to somebody else, or to an earlier question
        match message.type:
            case MessageType.OFFER if self.state is S.SELECTING:
                self._on_offer(read_lease(message, now), now)
            case MessageType.ACK if self.state in (S.REQUESTING, S.RENEWING, S.REBINDING):
                self._on_ack(read_lease(message, self._asked_at), sender_mac, now)
            case MessageType.NAK if (self.state, T.NAK) in TRANSITIONS:
                self._on_nak(message, now)

    def checked(self, free: bool, now: int) -> None:
        """What came of the check of the lease's address; or, later, that it had to be given up."""
        if (self.state, T.FREE if free else T.TAKEN) not in TRANSITIONS:
            return
        lease = self._lent()
        if free:
            self._go(T.FREE, lease.renew_at)
            self._tell(DhcpBound(lease))
        else:
            self._message(MessageType.DECLINE, self._choice(lease))
            self._tell(DhcpAddressTaken(lease.address.ip, lease.server))
            self._start_over(T.TAKEN, now + PAUSE)

    def release(self) -> None:
        """Give the address back: the last thing that is sent from it."""
        if (self.state, T.RELEASE) in TRANSITIONS:
            lease = self._lent()
            server: dict[int, bytes] = {Option.SERVER: lease.server.packed}
            self._message(MessageType.RELEASE, server, lease.address.ip, to_server=True)
            self._go(T.RELEASE, None)
            self._tell(DhcpReleased(lease.address.ip, lease.server))

    # The first address

    def _begin(self, now: int) -> None:
        self._began = now
        self._attempts = 0
        self._go(T.BEGIN, None)
        self._xid = self._rng.getrandbits(32)
        self._ask(now)

    def _ask(self, now: int) -> None:
        """DISCOVER or REQUEST, and when to do it again."""
        self._asked_at = now
        if self.state is S.SELECTING:
            self._secs = (now - self._began) // _SECOND
            self._message(MessageType.DISCOVER, _WISHES)
        else:
            self._message(MessageType.REQUEST, self._choice(self._lent()) | _WISHES)
        self._deadline = now + (FIRST_WAIT << self._attempts) + self._rng.randrange(-_SECOND, _SECOND)
        self._attempts += 1

    def _ask_again(self, now: int) -> None:
        if self._attempts < ATTEMPTS:
            self._ask(now)
        else:
            self._tell(DhcpUnanswered(self._attempts, self.state is S.REQUESTING))
            self._start_over(T.NO_ANSWER, now + PAUSE)

    def _on_offer(self, lease: Lease, now: int) -> None:
        """The first offer is as good as any (RFC 2131 4.4.1)."""
        self._tell(DhcpOffered(lease))
        self.lease = lease
        self._attempts = 0
        self._go(T.OFFER, None)
        self._ask(now)

    def _on_ack(self, lease: Lease, sender_mac: bytes, now: int) -> None:
        agreed = self._lent()
        if lease.address.ip != agreed.address.ip:
            raise ParseError(f"a DHCP server lends {lease.address.ip} where {agreed.address.ip} is asked for")
        if self.state is not S.REBINDING and lease.server != agreed.server:
            raise ParseError(f"a DHCP answer from {lease.server}, which was not asked")
        first = self.state is S.REQUESTING
        self.lease = lease
        self._way_to_server = sender_mac
        self._go(T.ACK, None if first else lease.renew_at)
        if first:
            self._configure(lease)
        else:
            self._tell(DhcpRenewed(lease))

    def _on_nak(self, message: DhcpMessage, now: int) -> None:
        lease = self._lent()
        text = message.options.get(Option.MESSAGE, b"").decode("ascii", "replace")
        self._tell(DhcpRefused(lease.address.ip, lease.server, text))
        self._start_over(T.NAK, now + FIRST_WAIT)

    # More time

    def _renew(self, now: int) -> None:
        self._go(T.T1, None)
        self._xid = self._rng.getrandbits(32)
        self._began = now
        self._renew_again(now)

    def _renew_again(self, now: int) -> None:
        lease = self._lent()
        assert lease.rebind_at is not None
        if now >= lease.rebind_at:
            self._go(T.T2, None)
            self._rebind_again(now)
        else:
            self._ask_for_time(lease, now, lease.rebind_at)

    def _rebind_again(self, now: int) -> None:
        lease = self._lent()
        assert lease.expires_at is not None
        if now >= lease.expires_at:
            self._tell(DhcpExpired(lease.address.ip))
            self._start_over(T.EXPIRED, now)
        else:
            self._ask_for_time(lease, now, lease.expires_at)

    def _ask_for_time(self, lease: Lease, now: int, end: int) -> None:
        """RFC 2131 4.4.5: again after half of the time that is left, a minute at least."""
        self._asked_at = now
        self._secs = min((now - self._began) // _SECOND, 0xFFFF)
        to_server = self.state is S.RENEWING
        self._message(MessageType.REQUEST, _WISHES, lease.address.ip, to_server=to_server)
        self._deadline = min(end, now + max(LEAST_RENEWAL_WAIT, (end - now) // 2))

    # One step, one message

    def _go(self, trigger: DhcpTrigger, deadline: int | None) -> None:
        self.state = TRANSITIONS[self.state, trigger].new
        self._deadline = deadline

    def _start_over(self, trigger: DhcpTrigger, at: int) -> None:
        self._go(trigger, at)
        self.lease = None
        self._configure(None)

    def _lent(self) -> Lease:
        assert self.lease is not None
        return self.lease

    def _choice(self, lease: Lease) -> dict[int, bytes]:
        """Which address, and whose (RFC 2131 table 5)."""
        return {Option.REQUESTED_ADDRESS: lease.address.ip.packed, Option.SERVER: lease.server.packed}

    def _message(
        self,
        kind: MessageType,
        options: dict[int, bytes],
        client: IPv4Address | None = None,
        *,
        to_server: bool = False,
    ) -> None:
        """Send one; `client` is our address where it may be used already."""
        message = DhcpMessage(
            dhcp.REQUEST,
            self._xid,
            self._mac,
            {Option.MESSAGE_TYPE: bytes((kind,)), **options},
            secs=self._secs,
            flags=0 if client else dhcp.BROADCAST,
            client=client.packed if client else _NOWHERE,
        )
        source = message.client
        destination = self._lent().server.packed if to_server else _EVERYBODY
        data = udp.build(source, dhcp.CLIENT_PORT, destination, dhcp.SERVER_PORT, dhcp.build(message))
        packet = ipv4.build(source, destination, ipv4.UDP, data)
        mac = self._way_to_server if to_server else ethernet.BROADCAST
        self._send(ethernet.build(mac, self._mac, ethernet.IPV4, packet))
