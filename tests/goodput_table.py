"""Compute the table in docs/goodput.md anew, after a change that is meant to move it: `make goodput`."""

from pathlib import Path

from helpers.goodput import LOSSES, ROUND_TRIPS, head, row

TABLE = Path(__file__).parents[1] / "docs" / "goodput.md"


def main() -> None:
    """Replace each row."""
    lines = TABLE.read_text().splitlines()
    for rtt in ROUND_TRIPS:
        for loss in LOSSES:
            (place,) = (at for at, line in enumerate(lines) if line.startswith(f"{head(rtt, loss)} "))
            lines[place] = row(rtt, loss)
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
