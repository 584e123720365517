"""Sends the login service's application much that its OpenAPI document allows, and much that it does not.

    python login_api.py [--count 300] [--seed N]

`count` is of examples for each operation, of each kind. Ends with what was found, or how much was sent.
"""

import argparse
import random
import tempfile
from pathlib import Path

from fakes.login_api import api_in
from fakes.login_schema import NEGATIVE, POSITIVE, SchemaWalk


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"--seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, api_in(Path(folder)) as api:
        walk = SchemaWalk(api)
        for mode, known in ((POSITIVE, False), (POSITIVE, True), (NEGATIVE, False)):
            sent = walk.try_all(mode, options.count, known=known, seed=options.seed)
            print(
                f"{mode.value}{', of users that there are' if known else ''}: {sent:,} requests", flush=True
            )


if __name__ == "__main__":
    main()
