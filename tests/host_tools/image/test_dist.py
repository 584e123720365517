"""What is handed out is whole, sums included, and nothing of an earlier build lies beside it."""

import hashlib
import re
import resource
import subprocess
import sys

import pytest

from fakes.debian_archive import write
from host_tools.emulator import uf2 as reader
from host_tools.image import board, build, dist
from host_tools.image.errors import ImageError
from host_tools.image.version import version

PICO = board.named("pico")
LIMITED = """
import resource, sys
from pathlib import Path
from host_tools.image import board, build, dist
from host_tools.image.places import Places
places = Places(Path(sys.argv[1]))
built = build.image(board.named("pico"), places)
built.elf.write_bytes(b"x" * 100_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
dist.write(built, places)
"""


@pytest.fixture
def built(workshop):
    return build.image(PICO, workshop)


def test_the_files_carry_board_and_version(built, workshop):
    files = dist.write(built, workshop)
    stem = f"picodsc-pico-{version(workshop)}"
    assert [path.name for path in (files.uf2, files.elf, files.linker_map, files.sums)] == [
        f"{stem}.{suffix}" for suffix in ("uf2", "elf", "map", "sha256")
    ]
    assert files == dist.files("pico", workshop)


def test_the_uf2_holds_what_goes_into_flash(built, workshop):
    files = dist.write(built, workshop)
    content = b"".join(payload for _, payload in reader.read(files.uf2))
    assert content.rstrip(b"\0") == built.binary.read_bytes()
    assert files.elf.read_bytes() == built.elf.read_bytes()


def test_the_sums_are_of_the_files_and_in_the_form_that_sha256sum_checks(built, workshop):
    files = dist.write(built, workshop)
    subprocess.run(["sha256sum", "--check", "--strict", files.sums.name], cwd=workshop.dist, check=True)  # noqa: S607
    digest = hashlib.sha256(files.uf2.read_bytes()).hexdigest()
    assert files.sums.read_text().splitlines()[0] == f"{digest}  {files.uf2.name}"
    assert len(files.sums.read_text().splitlines()) == 3


def test_the_map_has_names_in_the_place_of_folders(built, workshop):
    tree = built.tree.micropython
    built.linker_map.write_text(
        f"{workshop.root}/firmware\n{tree}/py\n{built.tree.sdk}/src\n{built.folder}/cmake/a.o\n/usr/lib/libc.a\n"
    )
    assert dist.write(built, workshop).linker_map.read_text().splitlines() == [
        "/picodsc/firmware",
        "/micropython/py",
        "/pico-sdk/src",
        "/build/a.o",
        "/usr/lib/libc.a",
    ]


def test_files_of_an_earlier_version_are_taken_away_and_those_of_another_board_stay(built, workshop):
    for name in ("picodsc-pico-0.0.9.uf2", "picodsc-pico2-0.0.9.uf2", "notes.txt"):
        write(workshop.dist / name, b"")
    dist.write(built, workshop)
    names = {path.name for path in workshop.dist.iterdir()}
    assert {"picodsc-pico2-0.0.9.uf2", "notes.txt", "licences"} < names
    assert "picodsc-pico-0.0.9.uf2" not in names
    assert len(names) == 7  # no leftovers of the writing


def test_a_full_disk_leaves_the_earlier_files_as_they_were(built, workshop):
    before = {path: path.read_bytes() for path in dist.write(built, workshop).__dict__.values()}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, workshop.root], capture_output=True, text=True, check=False
    )
    assert "File too large" in done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert not [path for path in workshop.dist.iterdir() if path.name.startswith(".")]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 50_000


def test_who_reads_while_the_files_are_written_again_finds_them_whole(built, workshop):
    files = dist.write(built, workshop)
    licence = workshop.dist / "licences" / "picodsc.txt"
    whole, terms = files.uf2.read_bytes(), licence.read_bytes()
    program = (
        "import sys; from pathlib import Path\nread = 0\nprint('reading', flush=True)\n"
        "while not Path(sys.argv[3]).exists():\n"
        "    print(len(Path(sys.argv[1]).read_bytes()), len(Path(sys.argv[2]).read_bytes()))\n"
    )
    stop = workshop.root / "stop"
    reading = subprocess.Popen(
        [sys.executable, "-c", program, files.uf2, licence, stop], stdout=subprocess.PIPE, text=True
    )
    assert reading.stdout.readline() == "reading\n"
    for _ in range(100):
        dist.write(built, workshop)
    stop.touch()
    seen = set(reading.communicate()[0].splitlines())
    assert reading.returncode == 0
    assert seen == {f"{len(whole)} {len(terms)}"}


def test_a_tree_without_a_version_has_no_files(workshop):
    path = workshop.root / "firmware" / "dsc" / "version.py"
    path.write_text(re.sub("VERSION =", "RELEASE =", path.read_text()))
    with pytest.raises(ImageError, match="says no VERSION"):
        dist.files("pico", workshop)
