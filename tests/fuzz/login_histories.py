"""Goes through thousands of histories of logins, in the product and in the model of its rules (Hypothesis).

    python login_histories.py [--count 3000] [--steps 30] [--seed N]

Exits 1 with the shortest history that it finds in which the two differ.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from fakes.login_histories import quick_passwords, template
from fakes.login_walks import LoginWalks


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    arguments, _ = parser.parse_known_args()
    wanted = settings(
        deadline=None, max_examples=arguments.count, stateful_step_count=arguments.steps, database=None,
        derandomize=False, print_blob=True, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, quick_passwords():
        LoginWalks.template = template(Path(folder))
        seeded = seed(arguments.seed)(LoginWalks)
        try:
            run_state_machine_as_test(seeded, settings=wanted)
        except AssertionError as error:
            print(f"{error}\nseed {arguments.seed}", file=sys.stderr)
            return 1
    took = time.monotonic() - begun
    which = f"up to {arguments.steps} steps each, seed {arguments.seed}"
    print(f"{arguments.count} histories of logins, {which}: {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
