"""A real PKCS#11 module, SoftHSM, with tokens of the tests' own in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Self

import pkcs11

from host_tools.inventory.custody import Ask
from host_tools.inventory.module_address import ModuleAddress

PIN = "sesame-sesame"
OFFICERS_PIN = "officer-officer"
CONFIGURED_BY = "SOFTHSM2_CONF"  # in the environment; the module reads it whenever it is initialised
ODDITY = "ODD_MODULE"  # in the environment
PLACES = ("softhsm", "*/softhsm", "*/pkcs11", "pkcs11")


class MissingSoftHsmError(Exception):
    """SoftHSM is not installed."""


def module_file() -> Path:
    """The module's file, which Debian and others keep in different places. Raises MissingSoftHsmError."""
    for base in (Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"), Path("/opt/homebrew/lib")):
        for place in PLACES:
            for found in sorted(base.glob(f"{place}/libsofthsm2.so")):
                return found
    raise MissingSoftHsmError("SoftHSM is not installed (Debian: apt-get install softhsm2)")


class SoftHsm:
    """SoftHSM with the token `station`, from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        self.module = module_file()
        tool = shutil.which("softhsm2-util")
        if tool is None:
            raise MissingSoftHsmError("softhsm2-util is not installed (Debian: apt-get install softhsm2)")
        self._tool = tool
        self._folder = folder
        self._before = os.environ.get(CONFIGURED_BY)

    def __enter__(self) -> Self:
        (self._folder / "tokens").mkdir(parents=True)
        os.environ[CONFIGURED_BY] = str(self._folder / "softhsm2.conf")
        self.configure()
        self.add_token("station")
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        if self._before is None:
            del os.environ[CONFIGURED_BY]
        else:
            os.environ[CONFIGURED_BY] = self._before

    def configure(self, **options: str) -> None:
        """Write the configuration; `slots_mechanisms="CKM_AES_GCM"` is the option slots.mechanisms."""
        lines = {"directories.tokendir": str(self._folder / "tokens"), "log.level": "ERROR"}
        lines |= {name.replace("_", "."): value for name, value in options.items()}
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        (self._folder / "softhsm2.conf").write_text(text)

    def add_token(self, label: str) -> None:
        """Initialise one more token; seen when the module is initialised the next time."""
        subprocess.run(
            [self._tool, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", OFFICERS_PIN],
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def address(self, label: str = "master", token: str = "station") -> ModuleAddress:
        """Where a master key may be."""
        return ModuleAddress(self.module, label, token)

    def unplug(self) -> None:
        """End every session of this process, as pulling the token out does."""
        library = pkcs11.lib(str(self.module))
        library.finalize()

    def elsewhere(self, code: str) -> str:
        """What another program prints that has a `session` with the token `station`."""
        opening = (
            "import sys, pkcs11\n"
            "from pkcs11 import Attribute, KeyType, MechanismFlag\n"
            "token = pkcs11.lib(sys.argv[1]).get_token(token_label='station')\n"
            "session = token.open(rw=True, user_pin=sys.argv[2])\n"
            "keys = list(session.get_objects({Attribute.LABEL: 'master'}))\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", opening + code, str(self.module), PIN],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return ran.stdout


class OddHsm(SoftHsm):
    """SoftHSM behind a module that misbehaves as `oddity` says; `programs/odd_module.c` has their names."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        compiler = shutil.which("cc")
        if compiler is None:
            raise MissingSoftHsmError("no C compiler is installed (Debian: apt-get install gcc libc6-dev)")
        folder.mkdir(parents=True)
        built = folder / "odd_module.so"
        source = Path(__file__).with_name("programs") / "odd_module.c"
        real = f'-DREAL_MODULE="{self.module}"'
        subprocess.run([compiler, "-shared", "-fPIC", real, "-o", built, source, "-ldl"], check=True)
        self.module = built

    def __exit__(self, *arguments: object) -> None:
        os.environ.pop(ODDITY, None)
        super().__exit__(*arguments)

    def be(self, oddity: str) -> None:
        """Misbehave so from now on."""
        os.environ[ODDITY] = oddity


def pin(text: str = PIN) -> Ask:
    """Whoever gives this PIN."""
    return lambda: bytearray(text.encode())
