"""A small image, a picotool with a board behind it, and the laptop without either."""

import random
import subprocess
import sys

import pytest

from fakes.picotool import PicotoolBench
from host_tools.device import drives, image_file
from host_tools.emulator.fast import loops
from host_tools.engines import interpreters
from host_tools.image import uf2

PAGES = 37  # ends within a sector


@pytest.fixture
def small_image(tmp_path):
    """A UF2 image of 37 pages."""
    path = tmp_path / "token.uf2"
    content = random.Random(1).randbytes(PAGES * 256 - 100)
    path.write_bytes(uf2.encode(content, 0x1000_0000, uf2.RP2040))
    return image_file.read(path)


@pytest.fixture
def no_drives(tmp_path, monkeypatch):
    """Drives are looked for in an empty folder only, which is returned."""
    media = tmp_path / "media"
    media.mkdir()
    monkeypatch.setattr(drives, "PLACES", (media,))
    return media


@pytest.fixture
def no_picotool(monkeypatch):
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A picotool on the PATH, with a blank Pico in BOOTSEL mode."""
    bench = PicotoolBench(tmp_path / "picotool")
    monkeypatch.setenv("PATH", str(bench.path.parent))
    return bench


@pytest.fixture(scope="session")
def stock():
    """The UF2 image of a stock MicroPython, where it runs at a speed that a test can wait for."""
    if loops.FAST not in loops.available():
        pytest.skip("the emulated Pico is too slow for this: run 'make emulator'")
    built = subprocess.run(
        [sys.executable, "-m", "host_tools.image", "stock"],
        cwd=interpreters.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        pytest.skip(f"a stock MicroPython can't be built here: {built.stderr.strip()}")
    return interpreters.ROOT / built.stdout.strip()
