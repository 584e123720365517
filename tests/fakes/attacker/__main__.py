"""Rank the PINs of a unit: `python -m fakes.attacker UID DUMP…`, the dumps oldest first."""

import argparse
from pathlib import Path

from fakes.attacker.attack import Attacker

MOST = 10


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="attacker", description=__doc__)
    parser.add_argument("uid", type=bytes.fromhex, help="the board's unique id in hexadecimal")
    parser.add_argument("dumps", nargs="+", type=Path, help="images of the vault's region, oldest first")
    options = parser.parse_args(arguments)
    ranking = Attacker((options.uid, [dump.read_bytes() for dump in options.dumps])).rank()
    for pin in ranking.order()[:MOST]:
        reasons = ", ".join(sorted(ranking.reasons.get(pin, ())))
        print(f"{pin.decode()}  {ranking.scores[pin]:7.1f} bits  {reasons}")


if __name__ == "__main__":
    main()
