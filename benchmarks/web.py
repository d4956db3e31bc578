"""The lab's pages on the kernel's TCP, in whatever namespace this runs. Says "ready", serves until killed."""

import sys
import threading

from tcpviz.lab.kernel_peer import serve


def main() -> None:
    """`web PORT [CONGESTION]`."""
    serve(int(sys.argv[1]), "".join(sys.argv[2:]))
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
