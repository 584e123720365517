"""Compiles rp2040py's native modules and our run loop for this very interpreter: `make emulator`.

The wheel's own modules are compiled for any CPython from 3.11 on, by way of its stable interface, which costs most
of their speed. This makes the same modules from the same sources, which the wheel brings along.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from host_tools.emulator.errors import BuildFailedError, BuildToolMissingError
from host_tools.emulator.fast import sources

# Results must be the same on every machine: nothing that depends on the processor, nothing that relaxes arithmetic.
FLAGS: Final = ("-O3", "-fPIC", "-fno-strict-aliasing", "-fwrapv", "-DNDEBUG", "-w")


def compiler() -> list[str]:
    """The C compiler's command; raises BuildToolMissingError."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if shutil.which(command[0]) is None:
        raise BuildToolMissingError(
            f"C compiler {command[0]!r}",
            "install one (Debian: sudo apt-get install gcc; macOS: xcode-select --install), or name it in CC",
        )
    return command[:1]


def headers() -> Path:
    """The folder with Python.h; raises BuildToolMissingError."""
    folder = Path(sysconfig.get_path("include"))
    if not (folder / "Python.h").exists():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise BuildToolMissingError(
            f"Python.h of CPython {version}", f"install it (Debian: sudo apt-get install python{version}-dev)"
        )
    return folder


def circumstances() -> dict[str, str]:
    """What else decides about the result: a build is made anew when one of these changes."""
    if importlib.util.find_spec("Cython") is None:
        raise BuildToolMissingError("Cython", "install it with `make setup-dev`")
    version = subprocess.run([*compiler(), "--version"], capture_output=True, text=True, check=False)
    return {
        "compiler": version.stdout.partition("\n")[0],
        "flags": " ".join(FLAGS),
        "cython": importlib.metadata.version("cython"),
        "python": sys.version,
        "headers": str(headers()),
    }


def is_current() -> bool:
    """Whether there is a complete build, made under the present circumstances."""
    stamp = sources.build_folder() / sources.STAMP
    return stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == circumstances()


def build() -> Path:
    """Make the modules and return their folder.

    Raises BuildToolMissingError, or BuildFailedError with what the compiler wrote.
    """
    made_with = circumstances()
    target = sources.build_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        work = Path(name)
        packages = work / "source"
        units = _copy_sources(packages)
        out = work / "out"
        out.mkdir()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda unit: _compile(packages, unit, out), units))
        (out / sources.STAMP).write_text(json.dumps(made_with, indent=1), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        out.rename(target)
    return target


def _copy_sources(packages: Path) -> list[Path]:
    """Lay the sources out as packages, so that they find each other; the .pyx files, the largest first."""
    native = packages / sources.PACKAGE.replace(".", "/")
    ours = packages / sources.OURS.rpartition(".")[0].replace(".", "/")
    for folder, paths in ((native, sources.native_sources()), (ours, sources.our_sources())):
        folder.mkdir(parents=True)
        for path in paths:
            shutil.copy(path, folder)
        while folder != packages:
            (folder / "__init__.py").touch()
            folder = folder.parent
    units = [ours / "thumb.pyx", *(native / f"{name}.pyx" for name in sources.NATIVE)]
    return sorted(units, key=lambda unit: unit.stat().st_size, reverse=True)


def _compile(packages: Path, unit: Path, out: Path) -> None:
    c_file = unit.with_suffix(".c")
    _run([sys.executable, "-m", "cython", "-3", str(unit.relative_to(packages)), "-o", str(c_file)], packages)
    link = shlex.split(sysconfig.get_config_var("LDSHARED") or "cc -shared")[1:]
    library = out / sources.built_module(unit.stem).name
    command = [*compiler(), *FLAGS, f"-I{headers()}", str(c_file), "-o", str(library), *link]
    _run(command, packages)


def _run(command: list[str], folder: Path) -> None:
    result = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode:
        raise BuildFailedError(shlex.join(command), result.stdout)


def main() -> int:
    """Build unless it is done; exit code 1 if that is not possible."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--force", action="store_true", help="build even if nothing changed")
    arguments = options.parse_args()
    try:
        if is_current() and not arguments.force:
            print("The fast emulator is up to date.")
        else:
            print("Compiling the emulator for this interpreter (about a minute) …", flush=True)
            print(f"Built {build()}.")
    except (BuildToolMissingError, BuildFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
