"""Asks the terminal that it runs in how many cells each character takes.

Arguments: the file in which those are noted of which the answer is not `cells`, then the first and the last
character of each range, as hexadecimal numbers.
"""

import os
import re
import sys
import termios
import tty
from pathlib import Path

from tcpviz.view.safe import cells, safe

BATCH = 200
"""Questions that are asked before the answers are read: fewer octets than a terminal keeps."""


def asked(chars: list[str]) -> list[int]:
    """How many cells each takes: where the cursor stands behind it."""
    os.write(1, "".join(f"\r{char}\x1b[6n" for char in chars).encode())
    answers = b""
    while answers.count(b"R") < len(chars):
        answers += os.read(0, 65536)
    return [int(column) - 1 for column in re.findall(rb"\x1b\[\d+;(\d+)R", answers)]


def main(noted: str, *ends: str) -> None:
    """See above."""
    numbers = [int(end, 16) for end in ends]
    chars = [
        chr(number)
        for first, last in zip(numbers[::2], numbers[1::2], strict=True)
        for number in range(first, last + 1)
        if not 0xD800 <= number < 0xE000 and safe(chr(number)) == chr(number)
    ]
    before = termios.tcgetattr(0)
    tty.setraw(0)
    wrong = []
    try:
        for at in range(0, len(chars), BATCH):
            batch = chars[at : at + BATCH]
            widths = zip(batch, asked(batch), strict=True)
            wrong += [f"U+{ord(char):04X}: {width}" for char, width in widths if width != cells(safe(char))]
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)
    Path(noted).write_text("\n".join(wrong))
    print(f"\r\nasked {len(chars)} characters")


if __name__ == "__main__":
    main(*sys.argv[1:])
