"""Takes uploads on the kernel's TCP: reads to the peer's end, answers with the SHA-256 in hex, and closes."""

import hashlib
import socket
import sys
import threading


def main() -> None:
    """`sink PORT`. Says "ready", serves until killed."""
    with socket.create_server(("", int(sys.argv[1])), backlog=128) as listener:
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_take, args=(connection,), daemon=True).start()


def _take(connection: socket.socket) -> None:
    digest = hashlib.sha256()
    with connection:
        while data := connection.recv(256 << 10):
            digest.update(data)
        connection.sendall(digest.hexdigest().encode())


if __name__ == "__main__":
    main()
