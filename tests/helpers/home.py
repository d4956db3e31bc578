"""A home network in namespaces: our host, a router that translates addresses, and a server beyond it.

host 192.168.66.10 (va) --- (vb) 192.168.66.1 router 203.0.113.1 (wa) --- (wb) 203.0.113.80 server
     fd66::10                    fd66::1             2001:db8:66::1            2001:db8:66::80
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from helpers.netns import Namespace, namespace, veth_pair

HOST, HOST6 = "192.168.66.10", "fd66::10"
ROUTER, ROUTER6 = "192.168.66.1", "fd66::1"
SERVER, SERVER6 = "203.0.113.80", "2001:db8:66::80"

# Every reply that belongs to no connection the kernel knows is dropped, as on many a machine.
_FIREWALL = """
table inet firewall {
    chain input {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        ct state invalid drop
        meta l4proto { icmp, icmpv6 } accept
    }
}
"""
_NAT = """
table inet nat {
    chain postrouting {
        type nat hook postrouting priority srcnat;
        oif wa masquerade
    }
}
"""


@dataclass(frozen=True)
class Home:
    """The three namespaces."""

    host: Namespace
    router: Namespace
    server: Namespace


@contextmanager
def home() -> Iterator[Home]:
    """The network, with a firewall on our host."""
    with veth_pair(f"{ROUTER}/24") as (host, router), namespace() as server:
        router.run(f"ip link add wa type veth peer name wb netns {server.path}")
        for where, device, address in (
            (host, "va", f"{HOST}/24"),
            (host, "va", f"{HOST6}/64"),
            (router, "vb", f"{ROUTER6}/64"),
            (router, "wa", "203.0.113.1/24"),
            (router, "wa", "2001:db8:66::1/64"),
            (server, "wb", f"{SERVER}/24"),
            (server, "wb", f"{SERVER6}/64"),
        ):
            where.run(f"ip address add {address} dev {device}" + (" nodad" if ":" in address else ""))
            where.run(f"ip link set dev {device} up")
            where.run("ip link set dev lo up")
        router.run("sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        host.run(f"ip route add default via {ROUTER}")
        host.run(f"ip -6 route add default via {ROUTER6}")
        router.feed("nft -f -", _NAT)
        host.feed("nft -f -", _FIREWALL)
        yield Home(host, router, server)
