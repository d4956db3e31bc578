"""An upload by a plain kernel socket. Prints the seconds from the SYN to the (right) answer."""

import hashlib
import socket
import sys
import time

from tcpviz.lab.site import pattern


def main() -> None:
    """`kernel_upload ADDRESS PORT SIZE CONGESTION`."""
    address, port, size, congestion = sys.argv[1:]
    data = pattern(0, int(size))
    with socket.socket() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, congestion.encode())
        began = time.monotonic()
        sock.connect((address, int(port)))
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        answer = sock.recv(1000).decode()
    print(time.monotonic() - began)
    if answer != hashlib.sha256(data).hexdigest():
        sys.exit("the server has received something else")


if __name__ == "__main__":
    main()
