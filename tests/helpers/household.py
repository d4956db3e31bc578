"""What stands in a home network beside our host: a router that lends addresses and tells names, nginx beyond
it with HTTP and HTTPS from a private CA, and curl on the host, which goes on by the kernel's TCP meanwhile.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from helpers.home import SERVER, SERVER6, Home, home
from helpers.netns import Namespace
from helpers.tools import need

NAME = "web.test"
BODY = random.Random(1).randbytes(100_000)
HTTP, HTTPS = "http", "https"
CURL_PORTS = range(20_000, 30_000)
"""What the kernel's own connections leave from, so that a packet tells whose it is."""

# Whom nobody has given any right.
NOBODY = 65534
_REPOSITORY = Path(__file__).parents[2]

_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp;
    uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
    server {{
        listen {server}:80; listen [{server6}]:80; listen {server}:443 ssl; listen [{server6}]:443 ssl;
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
        root {folder}/pages;
    }}
}}
"""


@dataclass(frozen=True)
class Household:
    """The network, and the CA's certificate that its host trusts."""

    home: Home
    folder: Path

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def urls(self, families: Sequence[int]) -> list[str]:
        """The page by each family and by HTTP and HTTPS."""
        servers = {4: SERVER, 6: f"[{SERVER6}]"}
        return [f"{scheme}://{servers[family]}/page" for family in families for scheme in (HTTP, HTTPS)]


@contextmanager
def household() -> Iterator[Household]:
    """All of it, running; its files in a folder that everybody may read."""
    with home() as network, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        made = Household(network, Path(folder))
        _write_files(made)
        with _nginx(made), _dnsmasq(made):
            yield made


def _write_files(household: Household) -> None:
    folder = household.folder
    (folder / "pages").mkdir()
    (folder / "pages" / "page").write_bytes(BODY)
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    authority.cert_pem.write_to_path(household.ca_file)
    certificate = authority.issue_cert(NAME, SERVER, SERVER6, key_type=trustme.KeyType.ECDSA)
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    names = {"folder": folder, "server": SERVER, "server6": SERVER6}
    (folder / "nginx.conf").write_text(_NGINX.format(**names))


@contextmanager
def _nginx(household: Household) -> Iterator[None]:
    log = household.folder / "nginx.log"
    command = (need("nginx"), "-e", str(log), "-c", str(household.folder / "nginx.conf"))
    # Its sockets are open before it names the process in its file.
    with _running(household.home.server, command, lambda: (household.folder / "nginx.pid").exists()):
        yield


@contextmanager
def _dnsmasq(household: Household) -> Iterator[None]:
    log = household.folder / "dnsmasq.log"
    log.touch()
    command = (
        need("dnsmasq"),
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--user=root",
        "--pid-file",
        "--interface=vb",
        "--bind-interfaces",
        "--no-resolv",
        "--no-hosts",
        "--no-ping",
        "--dhcp-authoritative",
        "--dhcp-range=192.168.66.100,192.168.66.200,1h",
        f"--dhcp-leasefile={household.folder / 'leases'}",
        "--enable-ra",
        "--dhcp-range=fd66::,ra-only",
        f"--host-record={NAME},{SERVER},{SERVER6}",
        "--local=/test/",
        f"--log-facility={log}",
    )
    with _running(household.home.router, command, lambda: "started" in log.read_text()):
        yield


@contextmanager
def _running(where: Namespace, command: Sequence[str], ready: Callable[[], bool]) -> Iterator[None]:
    with where.entered():
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not ready():
            assert child.poll() is None, f"{command[0]} has ended"
            time.sleep(0.02)
        yield
    finally:
        child.terminate()
        child.wait()


def python_for_all() -> str:
    """A Python of this version that everybody may run; skips the test where there is none."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            done = subprocess.run((path, "-c", ""), user=NOBODY, group=NOBODY, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return path
    pytest.skip(f"no {version} here that an ordinary user may run")


def surroundings() -> dict[str, str]:
    """The environment in which that Python finds tcpviz and what it needs."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return {"PYTHONPATH": ":".join([str(_REPOSITORY), *packages]), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


@dataclass
class Curl:
    """curl in a loop on the host, by the kernel's TCP."""

    household: Household
    fetched: int = 0
    failures: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator["Curl"]:
        """It fetches by turns, each family and scheme, until the end."""
        enough = threading.Event()
        thread = threading.Thread(target=self._run, args=(enough,))
        thread.start()
        try:
            yield self
        finally:
            enough.set()
            thread.join()

    def _run(self, enough: threading.Event) -> None:
        urls = self.household.urls((4, 6))
        ports = f"{CURL_PORTS.start}-{CURL_PORTS.stop - 1}"
        command = (need("curl"), "-sS", "--local-port", ports, "--cacert", str(self.household.ca_file))
        while not enough.wait(0.5):
            url = urls[self.fetched % len(urls)]
            with self.household.home.host.entered():
                done = subprocess.run((*command, url), capture_output=True, check=False)
            self.fetched += 1
            if (done.returncode, done.stdout) != (0, BODY):
                self.failures.append(f"curl {url}: exit code {done.returncode} {done.stderr.decode()}")
