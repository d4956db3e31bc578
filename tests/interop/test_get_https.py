"""`tcpviz get` from a real nginx over the raw link: what comes is what curl gets."""

import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from helpers.misbehaving import authority_file
from helpers.netns import Namespace, veth_pair
from helpers.nginx import nginx
from helpers.tools import need

SERVER = "10.66.0.1"
LINK = ("--link", "raw", "--interface", "va", "--address", "10.66.0.2/24", "--linger", "0")
BODY = random.Random(3).randbytes(3_000_000)
TEXT = "".join(f"line {number}\n" for number in range(20_000)).encode()


@dataclass
class Place:
    ours: Namespace
    theirs: Namespace
    ca: Path

    def get(self, *arguments: str) -> bytes:
        command = (
            sys.executable,
            "-m",
            "tcpviz",
            "get",
            "--fail",
            *LINK,
            "--cacert",
            str(self.ca),
            *arguments,
        )
        with self.ours.entered():
            done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def curl(self, *arguments: str) -> bytes:
        command = (need("curl"), "-sfL", "--cacert", str(self.ca), *arguments)
        with self.theirs.entered():
            return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture(scope="module", params=["TLSv1.2", "TLSv1.3"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    folder, files = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("files")
    (files / "file").write_bytes(BODY)
    (files / "text").write_bytes(TEXT)
    certificate = authority.issue_cert(SERVER)
    with veth_pair(f"{SERVER}/24") as (ours, theirs):
        theirs.run("ip link set dev lo up")
        with nginx(theirs, SERVER, files, folder, certificate, request.param):
            yield Place(ours, theirs, authority_file(authority, folder))


@pytest.mark.parametrize(
    "arguments",
    [
        (f"https://{SERVER}/file",),
        (f"http://{SERVER}/moved",),
        ("--compressed", f"https://{SERVER}/text"),
        ("--range", "1000-1999", f"https://{SERVER}/file"),
        (f"https://{SERVER}/text", f"https://{SERVER}/file", f"https://{SERVER}/text"),
    ],
    ids=["file", "redirect from http", "gzip", "range", "three over one connection"],
)
def test_the_body_is_curl_s(place: Place, arguments: tuple[str, ...]) -> None:
    assert digest(place.get(*arguments)) == digest(place.curl(*arguments))


def test_a_bad_network_changes_no_octet(place: Place) -> None:
    url = f"https://{SERVER}/file"
    assert digest(place.get(url, "--impair", "loss=2%,reorder=2%,dup=1%")) == digest(BODY)


def test_the_header_is_curl_s(place: Place) -> None:
    def fields(head: bytes) -> list[bytes]:
        return [line for line in head.splitlines() if not line.startswith(b"Date:")]

    url = f"https://{SERVER}/text"
    assert fields(place.get("-I", url)) == fields(place.curl("--http1.1", "-I", url))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
