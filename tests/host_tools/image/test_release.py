"""An image says the version of the sources that it was made of, and no day on which that was done."""

import pytest

from fakes.debian_archive import write
from host_tools.image import pins, release
from host_tools.image.errors import IncompleteTreeError
from host_tools.image.places import Places

HEADER = b"""\
#define MICROPY_VERSION_MAJOR 1
#define MICROPY_VERSION_MINOR 26
#define MICROPY_VERSION_MICRO 3
#define MICROPY_VERSION_PRERELEASE 0
#define MICROPY_VERSION_STRING_BASE x
"""


def test_the_version_is_the_sources_own_and_git_is_not_asked(tmp_path):
    write(tmp_path / "py" / "mpconfig.h", HEADER)
    assert release.variables(tmp_path) == {
        "MICROPY_GIT_TAG": "v1.26.3",
        "MICROPY_GIT_HASH": "",
        "SOURCE_DATE_EPOCH": "1744675200",
    }


def test_sources_between_two_releases_say_so(tmp_path):
    write(tmp_path / "py" / "mpconfig.h", HEADER.replace(b"PRERELEASE 0", b"PRERELEASE 1"))
    assert release.variables(tmp_path)["MICROPY_GIT_TAG"] == "v1.26.3-preview"


@pytest.mark.parametrize("content", [None, b"", HEADER.replace(b"VERSION_MICRO", b"VERSION_TINY")])
def test_a_tree_without_a_version_is_no_micropython(tmp_path, content):
    if content is not None:
        write(tmp_path / "py" / "mpconfig.h", content)
    with pytest.raises(IncompleteTreeError, match="it is no MicroPython") as caught:
        release.variables(tmp_path)
    assert caught.value.missing[0].endswith("in py/mpconfig.h")


def test_the_pinned_sources_are_of_the_version_that_the_list_says(micropython_sources):
    pinned = pins.read(Places().pins).files["micropython"].version
    assert release.variables(micropython_sources)["MICROPY_GIT_TAG"] == f"v{pinned.partition('+')[0]}"
