"""Boots with a million images that nobody wrote, chosen by what code they reach (atheris, libFuzzer).

    python vault_images.py [--count 1000000] [--seed N] [--jobs 2]

Prints how many images were booted and what came of them, and exits 1 on the first one for which a rule of
`any_image` does not hold; that image is left in a file, and booted again by `vault_images.py FILE`.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "firmware")]

# What libFuzzer makes of an image by itself is mostly noise to a reader that checks everything.
OWN_MUTATIONS = 0.9


def fuzz(count: int, seed: int, corpus: Path) -> None:
    """Run in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["dsc"]):
        import any_image
        import image_mutations

    bases = image_mutations.real_images()
    for number, image in enumerate(bases):
        (corpus / f"{number:03d}").write_bytes(image)
    outcomes: Counter[str] = Counter()

    def one(data: bytes) -> None:
        outcomes[any_image.boot((data + b"\xff" * image_mutations.SIZE)[: image_mutations.SIZE])] += 1
        if sum(outcomes.values()) % 10_000 == 0:
            (corpus.parent / f"{corpus.name}.outcomes").write_text(json.dumps(outcomes))

    def mutate(data: bytes, most: int, chosen: int) -> bytes:
        source = random.Random(chosen)
        if len(data) != image_mutations.SIZE or source.random() > OWN_MUTATIONS:
            return atheris.Mutate(data, most)
        return image_mutations.mutated(data, bases, source)

    size = image_mutations.SIZE
    flags = [f"-runs={count}", f"-seed={seed}", f"-max_len={size}", "-timeout=20", "-print_final_stats=1"]
    prefix = f"-artifact_prefix={corpus}.failed-"
    atheris.Setup([sys.argv[0], *flags, prefix, str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


def run(count: int, seed: int, jobs: int) -> int:
    """Share the images among processes; return the exit code."""
    outcomes: Counter[str] = Counter()
    folder = Path(tempfile.mkdtemp(prefix="vault-images-"))
    started = []
    for job in range(jobs):
        corpus = folder / f"job{job}"
        corpus.mkdir()
        log = (folder / f"job{job}.log").open("w")
        share = [f"--count={count // jobs}", f"--seed={seed + job}", f"--corpus={corpus}"]
        command = [sys.executable, __file__, *share]
        started.append((subprocess.Popen(command, stdout=log, stderr=log), log.name, corpus))
    failed = False
    booted = 0
    for process, log_name, corpus in started:
        failed |= process.wait() != 0
        log_text = Path(log_name).read_text(errors="replace")
        done = [line for line in log_text.splitlines() if "stat::number_of_executed_units" in line]
        booted += int(done[0].split()[-1]) if done else 0
        kept = folder / f"{corpus.name}.outcomes"
        outcomes.update(json.loads(kept.read_text()) if kept.exists() else {})
        for artifact in folder.glob(f"{corpus.name}.failed-*"):
            print(f"failed: {artifact}")
            failed = True
        if failed:
            print(log_text[-4000:])
    reached = ", ".join(f"{name} {number:,}" for name, number in outcomes.most_common())
    print(
        f"booted {booted:,} images, seeds {seed} to {seed + jobs - 1}; of each full ten thousand: {reached}"
    )
    return 1 if failed or booted < count // jobs * jobs else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("image", nargs="?", type=Path, help="boot with this image alone")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.image:
        import any_image

        print(any_image.boot(arguments.image.read_bytes()))
        return 0
    if arguments.corpus:
        fuzz(arguments.count, arguments.seed, arguments.corpus)
    return run(arguments.count, arguments.seed, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
