"""Every exit code for real, and curl's own for the same server: they are the same."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from gzip import compress
from pathlib import Path

import pytest
import trustme
from helpers.misbehaving import (
    OK,
    Manner,
    authority_file,
    closes,
    keeps_silent,
    over_tls,
    resets,
    resets_at_once,
    says,
    says_at_once,
    servers,
)
from helpers.netns import Namespace, veth_pair
from helpers.tools import need

SERVER, NOBODY = "10.66.0.1", "10.66.0.77"
LINK = ("--interface", "va", "--address", "10.66.0.2/24", "--linger", "0")
AUTHORITY = trustme.CA(key_type=trustme.KeyType.ECDSA)
CERTIFICATE = AUTHORITY.issue_cert(SERVER)
WHOLE = OK + b"Content-Length: 2\r\n\r\nhi"
SHORT = OK + b"Content-Length: 10\r\n\r\n12345"

MANNERS: dict[int, Manner] = {
    9000: says(WHOLE),
    9001: closes,
    9002: resets,
    9003: says(SHORT),
    9004: says(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"),
    9005: keeps_silent,
    9006: says(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    9007: says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
    9008: says(OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n12345"),
    9009: says(OK + b"Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n" + compress(b"hi", mtime=0)),
    9010: over_tls(CERTIFICATE, says(WHOLE)),
    9011: over_tls(AUTHORITY.issue_cert("other.example"), says(WHOLE)),
    9012: over_tls(CERTIFICATE, says(SHORT)),
    9013: over_tls(CERTIFICATE, closes),
    9015: says_at_once(WHOLE),
    9016: resets_at_once,
    9017: over_tls(CERTIFICATE, says(b"HTTP/1.0 200 OK\r\n\r\nperhaps")),
    9014: says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
}


@dataclass
class Place:
    ours: Namespace
    theirs: Namespace
    ca: Path

    def tcpviz(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return self._run(self.ours, sys.executable, "-m", "tcpviz", "get", *LINK, *arguments)

    def curl(self, *arguments: str) -> int:
        return self._run(self.theirs, need("curl"), "-sL", *arguments).returncode

    def _run(self, where: Namespace, *command: str) -> subprocess.CompletedProcess[bytes]:
        with where.entered():
            return subprocess.run(command, capture_output=True, check=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("ca")
    with veth_pair(f"{SERVER}/24") as (ours, theirs):
        theirs.run("ip link set dev lo up")
        with servers(theirs, SERVER, MANNERS):
            yield Place(ours, theirs, authority_file(AUTHORITY, folder))


def http(port: int) -> str:
    return f"http://{SERVER}:{port}/"


def https(port: int) -> str:
    return f"https://{SERVER}:{port}/"


TABLE: list[tuple[int, list[str], str]] = [
    (0, [http(9000)], ""),
    (0, ["--compressed", http(9009)], ""),
    (0, ["--cacert", "CA", https(9010)], ""),
    (0, ["--insecure", https(9011)], ""),
    (1, ["foo://10.66.0.1/"], "foo is not supported"),
    (2, ["--no-such-option", http(9000)], "No such option"),
    (2, ["--max-time", "soon", http(9000)], "soon"),
    (3, ["http://"], "no host"),
    (6, ["http://nowhere.invalid/"], "nowhere.invalid"),
    (7, [http(1)], "refused"),
    (7, [f"http://{NOBODY}/"], "unreachable"),
    (18, [http(9003)], "after 5 of 10 octets"),
    (18, [http(9004)], "closed the connection early"),
    (22, ["--fail", http(9007)], "404 Not Found"),
    (23, ["-o", "/nonexistent/file", http(9000)], "/nonexistent"),
    (26, ["-T", "/nonexistent/file", http(9000)], "can't read /nonexistent/file"),
    (28, ["--max-time", "1", http(9005)], "the time is up"),
    (28, ["--connect-timeout", "1", f"http://{NOBODY}/"], "no connection in time"),
    (28, ["--connect-timeout", "1", https(9005)], "TLS"),
    (28, ["--max-time", "1", https(9005)], "TLS"),
    (35, [https(9015)], "does not speak TLS"),
    (35, [https(9016)], "middle of the TLS handshake"),
    (47, ["--max-redirs", "3", http(9006)], "more than 3 redirects"),
    (52, [http(9001)], "without an answer"),
    (56, [http(9002)], "reset by the peer"),
    (56, [http(9014)], "HTTP is broken"),
    (18, ["--cacert", "CA", https(9012)], "after 5 of 10 octets"),
    (52, ["--cacert", "CA", https(9013)], "without an answer"),
    (60, [https(9010)], "CA is not known here"),
    (60, ["--cacert", "CA", https(9011)], f"for another address than {SERVER}"),
    (61, ["--compressed", http(9008)], "not coded as its header says"),
    (77, ["--cacert", "/nonexistent/ca", https(9010)], "can't read /nonexistent/ca"),
]


@pytest.mark.parametrize(("code", "arguments", "words"), TABLE)
def test_exit_code_and_message(place: Place, code: int, arguments: list[str], words: str) -> None:
    arguments = [str(place.ca) if argument == "CA" else argument for argument in arguments]
    done = place.tcpviz(*arguments)
    stderr = done.stderr.decode()
    assert done.returncode == code, stderr
    assert words in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize(("code", "arguments", "words"), TABLE)
def test_curl_exits_with_the_same(place: Place, code: int, arguments: list[str], words: str) -> None:
    arguments = [str(place.ca) if argument == "CA" else argument for argument in arguments]
    assert place.curl(*arguments) == code


def test_a_body_that_ends_with_the_connection_wants_a_close_notify(place: Place) -> None:
    """Where curl, or its OpenSSL, may be content: nobody knows whether that was all."""
    done = place.tcpviz("--cacert", str(place.ca), https(9017))
    assert done.returncode == 56
    assert b"close_notify" in done.stderr
    assert done.stdout == b"perhaps"
