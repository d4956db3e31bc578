"""The peer of the fetch benchmark: an HTTP GET by a plain kernel socket.

Prints the seconds it took, and those that the process computed.
"""

import socket
import sys
import time


def main() -> None:
    """`kernel_client ADDRESS PORT PATH`."""
    address, port, path = sys.argv[1:]
    began, before = time.monotonic(), time.process_time()
    with socket.create_connection((address, int(port))) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        while sock.recv(256 << 10):
            pass
    print(time.monotonic() - began, time.process_time() - before)


if __name__ == "__main__":
    main()
