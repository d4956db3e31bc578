"""The TAP link on devices that are there, bridged, or made anew; the peer is the namespace's kernel."""

import errno
import fcntl
import random
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest
from helpers.driver import Driver, holes, one_processor
from helpers.netns import Namespace, namespace, serving, veth_pair

from tcpviz.host.host import Endpoint, Host
from tcpviz.link.base import LinkError, local_mac
from tcpviz.link.device import exists
from tcpviz.link.privileged import MadeDevice
from tcpviz.link.tap import TapLink
from tcpviz.link.tun import make_tap, open_tap
from tcpviz.link.wayout import Network
from tcpviz.tcp.config import Config

OUR_MAC = local_mac(random.Random(1))
OURS = IPv4Interface("10.66.0.2/24")
THEIRS = IPv4Address("10.66.0.1")


@pytest.fixture
def there() -> Iterator[Namespace]:
    with namespace() as made:
        yield made


@contextmanager
def tap_link(where: Namespace, name: str = "tap0", mac: bytes = OUR_MAC) -> Iterator[TapLink]:
    with where.entered():
        link = TapLink(name, mac=mac)
    yield link
    link.close()


def fetch(link: TapLink, server: Namespace, files: Path, content: bytes) -> bytes:
    """What our host gets when the server has `content`."""
    (files / "file").write_bytes(content)
    host = Host(
        mac=OUR_MAC, address=OURS, gateway=None, mtu=link.info.mtu, rng=random.Random(1), secret=bytes(16)
    )
    driver = Driver(host, link)
    with one_processor(), serving(server, (str(THEIRS), 9000), files):
        flow = host.connect(Endpoint(THEIRS.packed, 9000), Config(receive_buffer=1 << 20), driver.now)
        answer = driver.exchange(flow, b"GET /file HTTP/1.0\r\n\r\n")
    assert max(len(frame.data) for frame in driver.seen) <= 14 + link.info.mtu
    assert holes(driver.seen) == 0
    return answer.partition(b"\r\n\r\n")[2]


def test_a_device_that_is_there_is_taken_as_it_is_and_stays(there: Namespace, tmp_path: Path) -> None:
    there.run("ip tuntap add dev tap0 mode tap")
    there.run(f"ip address add {THEIRS}/24 dev tap0")
    there.run("ip link set dev tap0 up")
    content = random.Random(2).randbytes(3_000_000)
    with tap_link(there) as link:
        assert fetch(link, there, tmp_path, content) == content
        assert link.info.note == ""
    there.run("ip link show tap0")


def test_a_device_that_is_bridged_with_another(tmp_path: Path) -> None:
    content = random.Random(2).randbytes(1_000_000)
    with veth_pair(f"{THEIRS}/24") as (ours, theirs):
        ours.run("ip tuntap add dev tap0 mode tap")
        ours.run("ip link add br0 type bridge")
        for port in ("tap0", "va", "br0"):
            ours.run(f"ip link set dev {port} up" + ("" if port == "br0" else " master br0"))
        with tap_link(ours) as link:
            assert fetch(link, theirs, tmp_path, content) == content


def test_a_device_made_for_the_run_goes_away_with_it(there: Namespace, tmp_path: Path) -> None:
    network = Network(OURS, THEIRS)
    with there.entered():
        made = MadeDevice("tap9", network, THEIRS)
        link = TapLink(made.name, mac=OUR_MAC, made=made)
        assert "tap9 was made for this run" in link.info.note
        assert fetch(link, there, tmp_path, b"content") == b"content"
        link.close()
        link.close()
        assert not exists("tap9")


def test_the_mtu_is_the_device_s(there: Namespace) -> None:
    there.run("ip tuntap add dev tap0 mode tap")
    there.run("ip link set dev tap0 mtu 9000 up")
    with tap_link(there) as link:
        assert (link.info.mtu, link.info.mac, link.info.name) == (9000, OUR_MAC, "tap tap0")


def test_a_device_that_is_down_is_told_with_the_command_and_left_alone(there: Namespace) -> None:
    there.run("ip tuntap add dev tap0 mode tap")
    for _ in range(2):
        with pytest.raises(LinkError, match="sudo ip link set dev tap0 up"), tap_link(there):
            pass


def test_a_device_in_use_is_told(there: Namespace) -> None:
    there.run("ip tuntap add dev tap9 mode tap")
    there.run("ip link set dev tap9 up")
    with (
        tap_link(there, "tap9"),
        pytest.raises(LinkError, match="tap9 is in use by another program"),
        tap_link(there, "tap9"),
    ):
        pass


def test_a_device_that_is_not_there_is_told(there: Namespace) -> None:
    with pytest.raises(LinkError, match="there is no interface 'tap9'"), tap_link(there, "tap9"):
        pass


def test_what_is_no_tap_device_is_told(there: Namespace) -> None:
    there.run("ip link add va type veth peer name vb")
    there.run("ip link set dev va up")
    with pytest.raises(LinkError, match="va is no TAP device"), tap_link(there, "va"):
        pass


def test_the_kernel_s_own_mac_address_can_t_be_ours(there: Namespace) -> None:
    there.run("ip tuntap add dev tap0 mode tap")
    there.run(f"ip link set dev tap0 address {OUR_MAC.hex(':')} up")
    with pytest.raises(LinkError, match="ours has to be another"), tap_link(there):
        pass


@pytest.mark.parametrize(
    ("command", "told"),
    [("ip link set dev tap0 down", "tap0 is down"), ("ip link delete tap0", "tap0 is gone")],
)
def test_the_loss_of_the_device_is_told(there: Namespace, command: str, told: str) -> None:
    there.run("ip tuntap add dev tap0 mode tap")
    there.run("ip link set dev tap0 up")
    with tap_link(there) as link:
        there.run(command)
        with there.entered(), pytest.raises(LinkError, match=told):
            link.send([bytes(60)], 0)


@pytest.mark.parametrize(
    ("error", "told", "privilege"),
    [
        (PermissionError(errno.EPERM, "no"), "may not be opened; run it as: sudo ", True),
        (
            FileNotFoundError(errno.ENOENT, "no"),
            "there is no /dev/net/tun; load it with: sudo modprobe tun",
            False,
        ),
    ],
)
def test_what_hinders_the_device_file_is_told(
    monkeypatch: pytest.MonkeyPatch, error: OSError, told: str, privilege: bool
) -> None:
    def refuse(path: str, flags: int) -> int:
        raise error

    monkeypatch.setattr("tcpviz.link.tun.os.open", refuse)
    with pytest.raises(LinkError, match=told) as raised:
        make_tap("tap9")
    assert raised.value.privilege is privilege


@pytest.mark.parametrize(
    ("there_already", "told"),
    [
        (False, "making a TAP device needs the right CAP_NET_ADMIN"),
        (True, "tap9 belongs to another user"),
    ],
)
def test_a_missing_right_is_told_with_the_command(
    there: Namespace, monkeypatch: pytest.MonkeyPatch, there_already: bool, told: str
) -> None:
    if there_already:
        there.run("ip tuntap add dev tap9 mode tap")
        there.run("ip link set dev tap9 up")
    real = fcntl.ioctl

    def refuse(fd: int, request: int, argument: bytes) -> bytes:
        if request == 0x400454CA:  # TUNSETIFF
            raise PermissionError(errno.EPERM, "no")
        return real(fd, request, argument)

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    with pytest.raises(LinkError, match=f"{told}.*: sudo ") as error, there.entered():
        open_tap("tap9") if there_already else make_tap("tap9")
    assert error.value.privilege
