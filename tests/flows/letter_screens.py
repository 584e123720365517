"""The pictures of the PIN letter's screens: copies of golden frames, in the package that prints letters."""

from pathlib import Path

from flows import frames
from host_tools.station.paper import screens


def draw() -> list[Path]:
    """Write each picture that letters show, in every language, and drop all others. Raises OSError."""
    wanted = []
    for number, language in enumerate(frames.LANGUAGES):
        for name, frame in screens.PICTURES.items():
            path = screens.picture(language, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(frames.picture(number, frame).read_bytes())
            wanted.append(path)
    for old in set(Path(screens.__file__).parent.rglob("*.png")) - set(wanted):
        old.unlink()
    return wanted
