"""A real web server, nginx, in a namespace: HTTP and HTTPS from a private CA."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from helpers.netns import Namespace
from helpers.tools import need

_CONFIGURATION = """
daemon on;
user root;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    root {files};
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types *;
    gzip_min_length 1;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    ssl_protocols {protocols};
    server {{
        listen {address}:80;
        location /moved {{ return 301 https://$host/file; }}
    }}
    server {{
        listen {address}:443 ssl http2;
        keepalive_requests 1000;
    }}
}}
"""


@contextmanager
def nginx(
    where: Namespace,
    address: str,
    files: Path,
    folder: Path,
    certificate: trustme.LeafCert,
    protocols: str = "TLSv1.2 TLSv1.3",
) -> Iterator[None]:
    """Serves the folder `files`; what nginx needs for itself goes to `folder`."""
    program = need("nginx") if not Path("/usr/sbin/nginx").exists() else "/usr/sbin/nginx"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    configuration = folder / "nginx.conf"
    text = _CONFIGURATION.format(folder=folder, files=files, address=address, protocols=protocols)
    configuration.write_text(text)
    with where.entered():
        # It goes into the background when it listens.
        subprocess.run([program, "-c", str(configuration)], check=True, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
