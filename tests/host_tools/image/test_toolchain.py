"""What is missing is said at once, all of it, with the packages that bring it."""

import shutil

import pytest

from host_tools.image import toolchain
from host_tools.image.errors import ToolMissingError


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A folder of programs that is all of the PATH; `put` adds a script, or a link to the real program."""
    real = {name: shutil.which(name) for name in ("sh",)}

    def put(name: str, script: str) -> None:
        path = tmp_path / "bin" / name
        path.write_text(f"#!{real['sh']}\n{script}\n")
        path.chmod(0o755)

    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return put


def with_compiler(bench, libraries: str) -> None:
    for name in (*toolchain.HOST_TOOLS, *toolchain.CROSS_TOOLS):
        bench(name, "exit 0")
    bench(toolchain.COMPILER, f'case "$1" in {libraries} *) echo "${{1#-print-file-name=}}";; esac')


def test_on_a_bare_machine_everything_is_named_in_one_line_that_installs_it(bench):
    with pytest.raises(ToolMissingError) as caught:
        toolchain.require_cross()
    assert str(caught.value).endswith(
        "sudo apt-get install gcc make pkg-config cmake ninja-build gcc-arm-none-eabi "
        "libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib"
    )
    assert set(caught.value.tools) == {
        *("gcc", "make", "pkg-config", "cmake", "ninja", "arm-none-eabi-gcc"),
        *("libc_nano.a", "libstdc++_nano.a"),
    }


def test_a_compiler_without_its_libraries_is_not_enough(bench):
    with_compiler(bench, "")
    with pytest.raises(ToolMissingError) as caught:
        toolchain.require_cross()
    assert caught.value.tools == toolchain.CROSS_LIBRARIES


def test_one_missing_library_and_one_missing_program_are_named_together(bench, tmp_path):
    with_compiler(bench, "*libc_nano.a) echo /usr/lib/libc_nano.a;;")
    (tmp_path / "bin" / "ninja").unlink()
    with pytest.raises(ToolMissingError) as caught:
        toolchain.require_cross()
    assert caught.value.tools == {
        "ninja": "ninja-build",
        "libstdc++_nano.a": "libstdc++-arm-none-eabi-newlib",
    }


def test_a_complete_machine_gives_the_paths(bench, tmp_path):
    with_compiler(bench, "*nano.a) echo /usr/lib/x.a;;")
    found = toolchain.require_cross()
    assert found[toolchain.COMPILER] == tmp_path / "bin" / "arm-none-eabi-gcc"
    assert set(found) == {*toolchain.HOST_TOOLS, *toolchain.CROSS_TOOLS}


def test_the_version_names_compiler_library_and_linker(bench):
    bench(
        toolchain.COMPILER,
        'case "$1" in --version) printf "gcc 12.2\\nCopyright\\n";; -Wl,--version) echo "GNU ld 2.40";; '
        '*) echo "#define _NEWLIB_VERSION \\"3.3.0\\"";; esac',
    )
    assert toolchain.compiler_version() == "gcc 12.2, newlib 3.3.0, GNU ld 2.40"


@pytest.mark.usefixtures("image")
def test_the_real_compiler_says_all_three():
    version = toolchain.compiler_version()
    assert version.startswith("arm-none-eabi-gcc")
    assert "newlib ?" not in version
    assert "ld" in version.rpartition(", ")[2]
    assert "\n" not in version
