"""Changes dsc.vault in a thousand small ways, and counts the changes that its tests do not notice.

    python mutants.py --cosmic-ray build/mutants/venv/bin/cosmic-ray [--jobs 2] [--only store.py,log.py] [--again]

Each change is made in a copy of the tree, one copy a job, and the quick tests of the vault are run on it. Prints how
many were noticed by module, and every one that was not as a diff; exits 1 if fewer than 90 % were noticed, or if one
survived that survivors.txt does not list with its reason.
"""

import argparse
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "mutants"
SURVIVORS = Path(__file__).with_name("survivors.txt")
COPIED = ("firmware", "tests", "boards", "host_tools", "pyproject.toml", "build/device-libs")
LEAST_KILLED = 0.9
TIMEOUT = 60  # seconds; a change that makes a boot endless is noticed by this

# Texts, and what has an effect under MicroPython only, where the tests on the image see it.
EXCLUDED = [f"firmware/dsc/vault/{name}.py" for name in ("__init__", "errors", "memory")]

# Quick tests first: the first one that fails ends a run.
TESTS = [
    *[
        f"tests/firmware/dsc/vault/test_{name}.py"
        for name in (
            "store",
            "log",
            "scan",
            "halves",
            "reset",
            "edges",
            "compaction",
            "attempts",
            "any_image",
        )
    ],
    "tests/firmware/dsc/vault/test_wear.py::test_a_reset_with_a_worn_sector_destroys_all_that_can_be_destroyed_and_stays_begun",
    *[
        "tests/firmware/dsc/vault/test_power_cuts.py"
        f"::test_a_boot_after_one_or_two_power_cuts_finds_the_vault_before_or_after_on_cpython[{history}]"
        for history in ("PIN change", "renaming", "unlocking", "attempts without marks", "compaction back")
    ],
]

# One other operator for each arithmetic one: all that there are would make the figure better, and tell no more. `is`
# for `==` is left out: for the small numbers that are compared here it is the same.
OPERATORS = re.compile(
    r"core/(NumberReplacer|AddNot|ZeroIterationForLoop|ReplaceComparisonOperator_\w+(?<!_Is)(?<!_IsNot)"
    r"|ReplaceAndWithOr|ReplaceOrWithAnd"
    r"|ReplaceUnaryOperator_\w+|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceBreakWithContinue"
    r"|ReplaceContinueWithBreak|ExceptionReplacer|RemoveDecorator"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Add|FloorDiv_Mul|Mod_FloorDiv|BitAnd_BitOr|BitXor_BitAnd))"
)


def prepare(job: int, jobs: int, cosmic_ray: Path, only: list[str]) -> Path:
    """Make a copy of the tree with this job's share of the changes in a session; return its folder."""
    folder = FOLDER / f"job{job}"
    shutil.rmtree(folder, ignore_errors=True)
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".stamp"))
        else:
            shutil.copy(source, target)
    python = Path(sys.executable)
    command = shlex.join(
        [str(python), *["-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"], *TESTS]
    )
    (folder / "cosmic-ray.toml").write_text(
        f"""[cosmic-ray]
module-path = "firmware/dsc/vault"
timeout = {TIMEOUT}.0
excluded-modules = {EXCLUDED}
test-command = {command!r}
[cosmic-ray.distributor]
name = "local"
"""
    )
    subprocess.run([cosmic_ray, "init", "cosmic-ray.toml", "session.sqlite"], cwd=folder, check=True)
    with sqlite3.connect(folder / "session.sqlite") as session:
        specs = session.execute(
            "select job_id, module_path, operator_name, start_pos_row from mutation_specs"
            " order by module_path, start_pos_row, start_pos_col, operator_name, occurrence"
        ).fetchall()
        wanted = [
            identity
            for identity, module, operator, row in specs
            if OPERATORS.fullmatch(operator)
            and (not only or Path(module).name in only)
            and "TYPE_CHECKING" not in (folder / module).read_text().splitlines()[row - 1]
        ]
        share = set(wanted[job::jobs])
        for identity, *_ in specs:
            if identity not in share:
                session.execute("delete from mutation_specs where job_id = ?", (identity,))
                session.execute("delete from work_items where job_id = ?", (identity,))
    return folder


def again(job: int) -> Path:
    """Take up the last run: put today's tests into its copy of the tree, and forget what survived yesterday's."""
    folder = FOLDER / f"job{job}"
    shutil.rmtree(folder / "tests")
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    with sqlite3.connect(folder / "session.sqlite") as session:
        session.execute("delete from work_results where test_outcome = 'SURVIVED'")
    return folder


def results(folder: Path) -> list[tuple[str, str, str]]:
    """Module, outcome and diff of each change."""
    with sqlite3.connect(folder / "session.sqlite") as session:
        return session.execute(
            "select module_path, coalesce(test_outcome, worker_outcome), diff"
            " from mutation_specs join work_results using (job_id)"
        ).fetchall()


def essence(diff: str) -> str:
    """The line that was changed and what it became, which a reader recognises after other lines have moved."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return " => ".join(line[1:].strip() for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cosmic-ray", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--again", action="store_true", help="only what survived the last run, after more tests"
    )
    parser.add_argument("--only", default="", help="modules, separated by commas")
    arguments = parser.parse_args()
    cosmic_ray = arguments.cosmic_ray.absolute()
    only = [name for name in arguments.only.split(",") if name]
    folders = [
        again(job) if arguments.again else prepare(job, arguments.jobs, cosmic_ray, only)
        for job in range(arguments.jobs)
    ]
    environment = os.environ | {"CI": "true"}  # the same examples in every run
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # a change within the same second must not meet old bytecode
    running = [
        subprocess.Popen(
            [cosmic_ray, "exec", "cosmic-ray.toml", "session.sqlite"], cwd=folder, env=environment
        )
        for folder in folders
    ]
    if any(process.wait() for process in running):
        return 1
    found = [result for folder in folders for result in results(folder)]
    return judge(found)


def judge(found: list[tuple[str, str, str]]) -> int:
    """Print the table and the survivors; return the exit code."""
    listed = {line for line in SURVIVORS.read_text().splitlines() if line and not line.startswith(("#", " "))}
    modules = sorted({module for module, _, _ in found})
    survivors = [(module, essence(diff)) for module, outcome, diff in found if outcome.upper() == "SURVIVED"]
    alive = Counter(module for module, _ in survivors)
    total = Counter(module for module, _, _ in found)
    names = sorted(f"{Path(module).name}: {change}" for module, change in survivors)
    unknown = [name for name in names if name not in listed]
    for module in modules:
        print(f"{Path(module).name:14} {total[module] - alive[module]:5} of {total[module]:5} noticed")
    killed = len(found) - len(survivors)
    print(f"{'together':14} {killed:5} of {len(found):5} noticed, {100 * killed / max(1, len(found)):.1f} %")
    for name in unknown:
        print(f"not looked at yet: {name}")
    return 1 if unknown or killed < LEAST_KILLED * len(found) else 0


if __name__ == "__main__":
    sys.exit(main())
