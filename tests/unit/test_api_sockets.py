"""Sockets over our own TCP, on the simulated network: what users of the module `socket` expect of them."""

import http.client
import io
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import tcpviz
from tcpviz.lab.certificate import CA_FILE
from tcpviz.lab.site import pattern
from tcpviz.recording import Kind, Recording
from tcpviz.tcp.events import Cause, Retransmitted, StateChanged
from tcpviz.tcp.state import State

MEGABYTE = 1_000_000


def request(path: str, *fields: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: lab", *fields, "", "")).encode()


@pytest.fixture
def lab() -> Iterator[tcpviz.Socket]:
    with tcpviz.connect("lab", 80) as connection:
        yield connection


def over_http(connection: tcpviz.Socket) -> http.client.HTTPConnection:
    client = http.client.HTTPConnection("lab")
    client.sock = connection
    return client


def read_all(connection: tcpviz.Socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "tcpviz-network"]


@pytest.mark.parametrize(("name", "family"), [("lab", socket.AF_INET), ("lab6", socket.AF_INET6)])
def test_large_bodies_are_exact_both_ways_through_http_client(name: str, family: int) -> None:
    connection = tcpviz.connect(name, 80)
    assert connection.family == family
    client = over_http(connection)
    client.request("GET", f"/bytes/{MEGABYTE}")
    assert client.getresponse().read() == pattern(0, MEGABYTE)
    client.request("PUT", "/upload", body=pattern(0, MEGABYTE))
    assert sha256(pattern(0, MEGABYTE)).hexdigest() in client.getresponse().read().decode()
    client.close()
    assert not workers()


def test_a_bad_network_changes_no_octet_and_is_told_in_the_events() -> None:
    with tcpviz.connect("lab", 80, impair="loss=5%", seed=7) as connection:
        connection.sendall(request(f"/bytes/{MEGABYTE}", "Connection: close"))
        assert read_all(connection).endswith(pattern(0, MEGABYTE)[-1000:])
        connection.impair("")
    assert connection.snapshot().state in (State.CLOSED, State.TIME_WAIT)
    states = [event.new for event in connection.events if isinstance(event, StateChanged)]
    assert states[:2] == [State.SYN_SENT, State.ESTABLISHED]


def test_the_network_can_go_wrong_from_now_on(lab: tcpviz.Socket) -> None:
    lab.impair("out.drop=1")
    lab.sendall(request("/"))
    assert lab.recv(12) == b"HTTP/1.1 200"
    causes = [event.cause for event in lab.events if isinstance(event, Retransmitted)]
    assert causes in ([Cause.TIMEOUT], [Cause.TAIL_LOSS_PROBE])
    with pytest.raises(ValueError, match="lose"):
        lab.impair("lose=everything")


def test_half_close_keeps_the_other_direction(lab: tcpviz.Socket) -> None:
    lab.sendall(request("/bytes/50000", "Connection: close"))
    lab.shutdown(socket.SHUT_WR)
    with pytest.raises(BrokenPipeError):
        lab.send(b"more")
    assert read_all(lab).endswith(pattern(0, 50_000))
    assert lab.recv(1) == b""


def test_a_timeout_is_one_of_lab_time_and_the_connection_goes_on(lab: tcpviz.Socket) -> None:
    lab.settimeout(3600)
    with pytest.raises(TimeoutError, match="3600 s"):
        lab.recv(1)
    lab.sendall(request("/"))
    assert lab.recv(4) == b"HTTP"


def test_without_time_nothing_waits(lab: tcpviz.Socket) -> None:
    lab.setblocking(False)
    with pytest.raises(BlockingIOError):
        lab.recv(1)
    assert lab.gettimeout() == 0


def test_the_lab_stands_still_while_the_program_thinks() -> None:
    def run(think: threading.Event) -> list[tuple[object, ...]]:
        with tcpviz.connect("lab", 80) as connection:
            connection.sendall(request("/bytes/3000"))
            think.wait(0.2)
            connection.recv(65536)
        recording = connection.recording
        return [(*recording.row(i), recording.snapshot(i)) for i in range(len(recording))]

    at_once = threading.Event()
    at_once.set()
    assert run(threading.Event()) == run(at_once)


def test_nothing_piles_up_where_nobody_reads(lab: tcpviz.Socket) -> None:
    lab.settimeout(60)
    with pytest.raises(TimeoutError):  # the answers fill our window, and the server reads no further
        lab.sendall(request("/bytes/10000000") * 500_000)
    stuck = lab.snapshot()
    assert stuck.unread <= 4 << 20
    assert stuck.rcv_wnd < stuck.mss
    assert stuck.unsent > 0


def test_a_reset_of_the_peer(lab: tcpviz.Socket) -> None:
    lab.sendall(request("/reset"))
    with pytest.raises(ConnectionResetError, match=r"192\.0\.2\.1:80 reset"):
        read_all(lab)
    with pytest.raises(ConnectionResetError):
        lab.sendall(b"x")


def test_a_port_where_nobody_listens() -> None:
    with pytest.raises(ConnectionRefusedError, match=r"192\.0\.2\.1:81 refused"):
        tcpviz.connect("lab", 81)
    assert not workers()


def test_a_peer_that_does_not_answer() -> None:
    with pytest.raises(TimeoutError):
        tcpviz.connect("lab", 80, timeout=10, impair="out.loss=100%")
    assert not workers()


@pytest.mark.parametrize("name", ["elsewhere", "not a name", "lab/path", "user@lab", ""])
def test_a_host_that_is_none(name: str) -> None:
    with pytest.raises(socket.gaierror):
        tcpviz.connect(name, 80, link="sim")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (tcpviz.LinkOptions(link="pigeon"), "no link 'pigeon'"),
        (tcpviz.LinkOptions(impair="lose"), "impair"),
        (tcpviz.LinkOptions(link="sim", interface="eth0"), "--interface"),
        (tcpviz.LinkOptions(congestion="none"), "reno, cubic"),
    ],
)
def test_options_that_make_no_sense(options: tcpviz.LinkOptions, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        tcpviz.connect("lab", 80, **options)


def test_what_is_closed_stays_closed() -> None:
    connection = tcpviz.connect("lab", 80)
    connection.close()
    connection.close()
    with pytest.raises(OSError, match="closed"):
        connection.recv(1)
    assert not workers()


def test_a_connection_stays_open_until_its_files_are_closed() -> None:
    connection = tcpviz.connect("lab", 80)
    with connection.makefile("wb") as out, connection.makefile("r", encoding="ascii") as lines:
        connection.close()
        out.write(request("/"))
        out.flush()
        assert lines.readline() == "HTTP/1.1 200 OK\n"
        assert workers()
    assert not workers()


def test_there_is_no_descriptor_and_it_is_told_what_to_do_instead(lab: tcpviz.Socket) -> None:
    with pytest.raises(io.UnsupportedOperation, match="wrap_bio"):
        lab.fileno()


def test_a_buffer_takes_what_fits(lab: tcpviz.Socket) -> None:
    lab.sendall(request("/"))
    buffer = bytearray(8)
    with pytest.raises(ValueError, match="more than the buffer"):
        lab.recv_into(buffer, 9)
    assert (lab.recv_into(buffer, 4), lab.recv_into(memoryview(buffer)[4:])) == (4, 4)
    assert buffer == b"HTTP/1.1"


def test_names_of_both_ends() -> None:
    with tcpviz.connect("lab6", 80) as connection:
        assert connection.getpeername() == ("2001:db8::1", 80, 0, 0)
        assert connection.getsockname()[0] == "2001:db8::2"


def test_a_record_is_kept_and_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    with tcpviz.connect("lab", 80, record=path) as connection:
        connection.sendall(request("/"))
        connection.recv(1000)
    again = Recording.open(path)
    rows = [again.row(i) for i in range(len(again))]
    assert {row.kind for row in rows} >= {Kind.FRAME, Kind.CALL}
    assert again.ours
    again.close()


def test_without_a_record_there_is_none() -> None:
    with tcpviz.connect("lab", 80, record=False) as connection:
        connection.sendall(request("/"))
        assert connection.recv(4) == b"HTTP"
    assert (len(connection.recording), connection.events) == (0, ())


def test_a_record_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="can't record") as raised:
        tcpviz.connect("lab", 80, record=tmp_path / "no such folder" / "run.pcapng")
    assert isinstance(raised.value, FileNotFoundError)


def test_a_connection_that_is_forgotten_ends_by_itself() -> None:
    connection = tcpviz.connect("lab", 80)
    (worker,) = workers()
    with pytest.warns(ResourceWarning, match="never closed"):
        del connection
    worker.join(30)
    assert not worker.is_alive()


def test_a_program_that_closes_nothing_ends() -> None:
    program = "import tcpviz; kept = tcpviz.connect('lab', 80); kept.sendall(b'x')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert done.stderr == b""


def test_importing_tcpviz_loads_none_of_this() -> None:
    program = "import sys, tcpviz; print([name for name in sys.modules if name.startswith('tcpviz')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['tcpviz.version', 'tcpviz']"


def trusting_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CA_FILE))


def test_tls_over_a_connection() -> None:
    connection = tcpviz.connect("lab", 443).starttls(trusting_context(), "lab")
    client = over_http(connection)
    client.request("GET", f"/bytes/{MEGABYTE}")
    assert client.getresponse().read() == pattern(0, MEGABYTE)
    client.close()
    assert connection.snapshot().state in (State.TIME_WAIT, State.CLOSED)


def test_tls_with_a_server_that_proves_nothing() -> None:
    with (
        tcpviz.connect("lab", 443) as connection,
        pytest.raises(ssl.SSLCertVerificationError, match="vouches"),
    ):
        connection.starttls(ssl.create_default_context(), "lab")


def test_listening_where_nobody_can_connect() -> None:
    with pytest.raises(ValueError, match="simulated network"):
        tcpviz.listen(80, link="sim")
    with pytest.raises(ValueError, match="an address of our own"):
        tcpviz.listen(80)
    with pytest.raises(ValueError, match="the kernel's"):
        tcpviz.listen(80, link="raw", interface="eth0")


def test_a_host_that_is_no_text_is_told_so() -> None:
    with pytest.raises(TypeError, match="the host has to be a name or an address, as a str, not None"):
        tcpviz.connect(None, 80)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the port has to be a number, as an int, not '80'"):
        tcpviz.connect("lab", "80")  # type: ignore[arg-type]
