"""The guide to the emulated Pico: its examples run and print what it says, and what it names is there."""

import ast
import contextlib
import io
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "emulator.md"
TESTS = Path(__file__).parent
TEXT = GUIDE.read_text(encoding="utf-8")
# An example, with what it prints if that is shown right below it.
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def named_tests() -> list[str]:
    return re.findall(r"`(test_\w+\.py::test_\w+)`", TEXT)


def test_every_example_runs_and_prints_what_the_guide_shows(rp2040, tmp_path, monkeypatch):
    shutil.copy(rp2040, tmp_path / "firmware.uf2")
    monkeypatch.chdir(tmp_path)
    examples = EXAMPLE.findall(TEXT)
    assert len(examples) == TEXT.count("```python")
    assert len(re.findall(r"^```text$", TEXT, re.MULTILINE)) == sum(bool(shown) for _, shown in examples)
    names: dict[str, object] = {"__name__": "guide"}
    for code, shown in examples:
        printed = io.StringIO()
        line = TEXT[: TEXT.index(code)].count("\n")
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + code, str(GUIDE), "exec"), names)  # noqa: S102 - the guide is ours
        assert printed.getvalue() == shown
    assert (tmp_path / "screen.png").stat().st_size > 0


@pytest.mark.parametrize("name", named_tests())
def test_every_test_that_shows_a_fault_or_its_cure_is_there(name):
    file, _, function = name.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_a_test():
    (table,) = re.findall(
        r"^\| fault \| cure \| tests \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE
    )
    rows = table.splitlines()
    assert len(rows) > 20
    assert [row for row in rows if "::test_" not in row] == []


def test_what_the_guide_links_to_is_there():
    headings = {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        assert (GUIDE.parent / path).exists(), target
        assert path or anchor in headings, target
