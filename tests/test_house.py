"""The house keeps its own rules: what Makefile, pins, imports and CI promise is so."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFTEST = ROOT / "tests" / "conftest.py"


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


class RunTimeImports(ast.NodeVisitor):
    """Collects what is imported when the code runs; `if TYPE_CHECKING:` never does."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        typing_only = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for statement in node.orelse if typing_only else [*node.body, *node.orelse]:
            self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.names.add(node.module or ".")


def imported_modules(path: Path) -> set[str]:
    visitor = RunTimeImports()
    visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
    return visitor.names


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\\n]+)", text, re.MULTILINE))


def make(*words: str) -> str:
    run = subprocess.run(
        ["make", "--no-print-directory", *words],  # noqa: S607 - whichever make the developer uses
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert declared is not None
    targets = set(declared[1].split()) - {"force"}
    listed = re.findall(r"^make ([a-z-]+) +\S.*$", make("help"), re.MULTILINE)
    assert sorted(listed) == sorted(targets)
    assert set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == targets


@pytest.mark.parametrize(
    ("target", "variable"), [("flash", "DRIVE"), ("deploy", "PORT"), ("hil", "PORT"), ("firmware", "BOARD")]
)
def test_a_value_given_to_make_reaches_its_program_as_one_word_and_runs_nothing(tmp_path, target, variable):
    marker = tmp_path / "ran"
    value = f'it\'s "a" $(shell touch {marker}) `touch {marker}` $HOME; touch {marker}'
    recipe = make("--dry-run", target, f"{variable}={value}")
    assert not marker.exists()
    assert value in shlex.split(recipe.replace("\\\n", " "), comments=False)


def test_a_value_is_not_expanded_on_its_way_through_make_either(tmp_path):
    marker = tmp_path / "ran"
    run = subprocess.run(
        ["make", "firmware", f"BOARD=$(shell touch {marker})"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert f"no board '$(shell touch {marker})'" in run.stderr
    assert not marker.exists()


def test_plain_make_is_make_help():
    assert make() == make("help")


@pytest.mark.parametrize(
    "target", ["run", "test", "check", "coverage", "bench", "fuzz", "screenshots", "fonts"]
)
def test_a_target_that_needs_the_environment_makes_it(target):
    rule = re.search(rf"^{target}: (.*?) ##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert rule is not None
    assert rule[1] in ("setup", "setup-dev")


@pytest.mark.parametrize(
    "name", ["run.txt", "dev.txt", "device.txt", "typings.txt", "mutants.txt", "privacyidea.txt"]
)
def test_every_requirement_is_pinned_with_hashes(name):
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line and not line.startswith(("#", " "))]
    assert entries
    assert all("==" in entry for entry in entries)
    assert all(entry.endswith("\\") for entry in entries)  # the hashes are on the lines that follow


def test_tests_run_with_the_library_versions_that_users_get():
    users, developers = pins("run.txt"), pins("dev.txt")
    assert users.items() <= developers.items()


def test_no_build_file_names_an_address():
    files = [
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
        ROOT / ".ci" / "run",
        *(ROOT / "requirements").iterdir(),
    ]
    assert [path.name for path in files if re.search(r"https?://", path.read_text())] == []


def test_crypto_imports_only_hashlib_struct_and_itself():
    allowed = ("hashlib", "struct", "dsc.crypto")
    for path in python_files("firmware/dsc/crypto"):
        foreign = {m for m in imported_modules(path) if not (m in allowed or m.startswith("dsc.crypto."))}
        assert foreign == set(), path


# What the firmware may take from the platform; all else of the hardware comes through dsc.hal.
PLATFORM = {"hashlib", "struct", "binascii", "framebuf", "busio", "digitalio", "gc"}
DRIVERS = {"adafruit_ssd1306", "adafruit_matrixkeypad"}


def test_the_firmware_imports_only_itself_its_drivers_and_a_little_of_the_platform():
    for path in python_files("firmware/dsc"):
        outside = {name for name in imported_modules(path) if name.split(".")[0] != "dsc"}
        assert outside <= PLATFORM | DRIVERS, path


def test_only_the_user_interface_imports_the_drivers():
    importers = {
        path.parent.name for path in python_files("firmware", "boards") if imported_modules(path) & DRIVERS
    }
    assert importers == {"ui"}


def test_what_runs_on_the_token_never_imports_the_laptop_side():
    for path in python_files("firmware", "boards"):
        assert not {m for m in imported_modules(path) if m.split(".")[0] == "host_tools"}, path


def test_every_folder_of_an_import_package_says_so():
    """Without `__init__.py` a folder escapes the import contracts and mypy."""
    for path in python_files("firmware/dsc", "host_tools"):
        assert (path.parent / "__init__.py").exists(), path


@pytest.mark.parametrize(
    "path", python_files("firmware", "boards", "host_tools"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_module_opens_with_its_purpose_in_one_sentence(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, "the module has no docstring"
    first = docstring.split("\n\n")[0]
    assert first.endswith("."), f"the purpose is no sentence: {first!r}"


@pytest.fixture
def guarded(pytester, monkeypatch):
    """Runs a test module under the project's conftest, in CI or at a desk, and returns the outcomes."""
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\n")

    def run(source: str, ci: bool, *options: str):
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
        if ci:
            monkeypatch.setenv("CI", "true")
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess(*options)

    return run


SKIPPED_TEST = """
    import pytest

    def test_that_needs_what_is_not_there():
        pytest.importorskip("no_such_module")
"""
SKIPPED_MODULE = """
    import pytest

    pytest.importorskip("no_such_module")
"""
PASSING_AND_EXPECTED_FAILURE = """
    import pytest

    def test_that_passes():
        assert True

    @pytest.mark.xfail(reason="known")
    def test_that_is_known_to_fail():
        assert False
"""


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["in one process", "in parallel"])
def test_in_ci_a_skipped_test_is_a_failure_that_tells_the_reason(guarded, parallel):
    result = guarded(SKIPPED_TEST, True, *parallel)
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*CI runs every test, but this one was skipped.*no_such_module*"])


def test_in_ci_a_skipped_module_is_a_failure(guarded):
    result = guarded(SKIPPED_MODULE, True)
    result.assert_outcomes(errors=1)
    assert result.ret != pytest.ExitCode.OK


def test_in_ci_other_outcomes_are_left_alone(guarded):
    guarded(PASSING_AND_EXPECTED_FAILURE, True).assert_outcomes(passed=1, xfailed=1)


def test_at_a_desk_a_skipped_test_is_only_skipped(guarded):
    result = guarded(SKIPPED_TEST, False)
    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.OK


@pytest.fixture
def tree(tmp_path):
    """A folder with nothing but the script that makes virtual environments."""
    (tmp_path / "make-venv").write_bytes((ROOT / "scripts" / "make-venv").read_bytes())
    (tmp_path / "make-venv").chmod(0o755)
    return tmp_path


def make_venv(tree: Path, python: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./make-venv", ".venv"],
        cwd=tree,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )


def stand_in(tree: Path, script: str) -> Path:
    path = tree / "python-stand-in"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_sound_virtual_environment_is_kept_and_a_copied_one_made_anew(tree):
    assert make_venv(tree, Path(sys.executable)).returncode == 0
    mark = tree / ".venv" / "mark"
    mark.touch()
    assert make_venv(tree, Path(sys.executable)).returncode == 0
    assert mark.exists()

    pip = tree / ".venv" / "bin" / "pip"
    pip.write_text(pip.read_text().replace(str(tree), "/elsewhere"))
    assert make_venv(tree, Path(sys.executable)).returncode == 0
    assert not mark.exists()


def test_a_python_that_does_not_run_is_named(tree):
    run = make_venv(tree, stand_in(tree, "echo 'command not found' >&2; exit 127"))
    assert run.returncode == 1
    assert "not a working Python 3.11, 3.12 or 3.13" in run.stderr


def test_a_python_of_a_version_that_does_not_do_is_named_with_its_version(tree):
    as_old = f'exec {sys.executable} -c "import sys; sys.version_info = (3, 10); $2"'
    run = make_venv(tree, stand_in(tree, as_old))
    assert run.returncode == 1
    assert f"{tree}/python-stand-in is Python 3.10; it takes 3.11, 3.12 or 3.13" in run.stderr


def test_a_python_without_venv_brings_the_line_that_mends_it(tree):
    run = make_venv(
        tree, stand_in(tree, f'case "$2" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac')
    )
    assert run.returncode == 1
    assert "sudo apt-get install python3-venv" in run.stderr
