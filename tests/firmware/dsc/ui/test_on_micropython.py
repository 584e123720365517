"""Every text of every language makes the same pictures on CPython and on the real MicroPython interpreter."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
PORT = ROOT / "host_tools" / "cpython_port"

PROGRAM = """
import binascii, hashlib, sys
sys.path[:0] = sys.argv[1:]
import framebuf
from dsc.ui import texts
from dsc.ui.canvas import Canvas, fitted, width_of, wrap
from dsc.ui.languages import english

class Panel(framebuf.FrameBuffer):
    def __init__(self):
        self.width, self.height = 128, 64
        self.buffer = bytearray(1024)
        self.pixels = memoryview(self.buffer)
        super().__init__(self.buffer, 128, 64, framebuf.MONO_VLSB)

panel = Panel()
canvas = Canvas(panel)
for language in range(len(texts.LANGUAGES)):
    texts.use(language)
    for name in sorted(english.table()):
        text = texts.text(name, 12, "X")
        canvas.clear()
        for row, line in enumerate(wrap(text, 128)):
            canvas.text(0, 8 * row, line, inverse=row % 2 == 1)
        canvas.text_medium(0, 48, fitted(text, 64))
        digest = binascii.hexlify(hashlib.sha256(panel.buffer).digest()).decode()
        print(language, name, width_of(text), digest)
"""


def pictures(command: list[str], paths: list[Path], tmp_path: Path) -> list[str]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    answer = subprocess.run(
        [*command, str(program), *map(str, paths)], capture_output=True, text=True, check=True, timeout=60
    )
    return answer.stdout.splitlines()


def test_all_texts_make_the_same_pictures_on_both_interpreters(micropython, tmp_path):
    firmware = ROOT / "firmware"
    real = pictures([str(micropython)], [firmware], tmp_path)
    assert len(real) > 200
    assert pictures([sys.executable], [firmware, PORT], tmp_path) == real
