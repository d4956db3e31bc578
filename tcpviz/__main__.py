"""`python -m tcpviz` is the command `tcpviz`."""

from tcpviz.cli import main

main()
