"""A Debian archive that is the tests' own, an apt that knows no other, and a list of pins that fits."""

import hashlib
import os
import shutil

import pytest
from elftools.elf.elffile import ELFFile

from fakes import elf as fake_elf
from fakes.build_tools import BuildTools
from fakes.debian_archive import DebianArchive, deb, tar, write
from fakes.openpgp import SigningKey
from host_tools.image import pins as lists
from host_tools.image import release, tree
from host_tools.image.pins import Pin, Pins
from host_tools.image.places import ROOT, Places

SUITE = "trixie"


@pytest.fixture(autouse=True)
def cache_of_the_test(monkeypatch, tmp_path):
    """What a test fetches, or finds to be wrong, is not the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))


@pytest.fixture(scope="session")
def signer():
    return SigningKey()


@pytest.fixture
def keyring(signer, tmp_path):
    """The file that says whom to believe."""
    return signer.write_keyring(tmp_path / "archive-keyring.gpg")


@pytest.fixture
def make_archive(signer):
    made = []

    def make() -> DebianArchive:
        made.append(DebianArchive(signer))
        return made[-1]

    yield make
    for archive in made:
        archive.close()


@pytest.fixture
def archive(make_archive):
    """An archive with the four files that an image is made of, as small as they can be."""
    archive = make_archive()
    archive.files |= {
        "pool/main/m/micropython/micropython_1.25.0+ds.orig.tar.xz": tar(
            {
                "micropython-1.25.0/LICENSE": b"MIT\n",
                "micropython-1.25.0/py/runtime.c": b"int runtime;\n",
                "micropython-1.25.0/ports/rp2/CMakeLists.txt": b"project(firmware)\n",
                "micropython-1.25.0/tools/makemanifest.py": b"#!/usr/bin/env python3\n",
                "micropython-1.25.0/ports/esp32/main.c": b"int not_ours;\n",
            }
        ),
        "pool/main/m/mbedtls/mbedtls_3.6.6.orig.tar.bz2": tar(
            {
                "mbedtls/LICENSE": b"Apache\n",
                "mbedtls/library/sha256.c": b"int sha;\n",
                "mbedtls/tests/x.c": b"",
            },
            "bz2",
        ),
        "pool/main/p/pico-sdk/pico-sdk-source_2.1.1-1_all.deb": deb(
            {
                "./usr/src/pico-sdk/pico_sdk_init.cmake": b"set(PICO_SDK 1)\n",
                "./usr/src/pico-sdk/lib/tinyusb": "../../tinyusb",
                "./usr/share/doc/pico-sdk-source/copyright": b"BSD\n",
                "./usr/share/doc/pico-sdk-source/changelog": b"nothing\n",
            }
        ),
        "pool/main/t/tinyusb/tinyusb-source_0.18.0+dfsg-1_all.deb": deb(
            {
                "./usr/src/tinyusb/src/tusb.c": b"int usb;\n",
                "./usr/share/doc/tinyusb-source/copyright": b"MIT\n",
            }
        ),
    }
    return archive


@pytest.fixture
def pins(archive):
    """What `archive` has."""
    packages = {
        "micropython": ("micropython", "1.25.0+ds-1"),
        "mbedtls": ("mbedtls", "3.6.6-0.1~deb13u1"),
        "pico-sdk": ("pico-sdk-source", "2.1.1-1"),
        "tinyusb": ("tinyusb-source", "0.18.0+dfsg-1"),
    }
    return Pins(
        SUITE,
        {
            name: Pin(package, version, file, len(data), hashlib.sha256(data).hexdigest())
            for (name, (package, version)), (file, data) in zip(
                packages.items(), archive.files.items(), strict=True
            )
        },
    )


@pytest.fixture
def configure_apt(monkeypatch, tmp_path):
    """Gives apt the archives of a test and no others; it asks each once."""

    def configure(*addresses: str) -> None:
        (tmp_path / "apt" / "empty").mkdir(parents=True, exist_ok=True)
        sources = tmp_path / "apt" / "sources.list"
        sources.write_text("".join(f"deb {address} bookworm main\n" for address in addresses))
        configuration = tmp_path / "apt" / "apt.conf"
        configuration.write_text(
            f'Dir::Etc::SourceList "{sources}";\nDir::Etc::SourceParts "{tmp_path / "apt" / "empty"}";\n'
            'Acquire::Retries "0";\n'
        )
        monkeypatch.setenv("APT_CONFIG", str(configuration))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)

    configure()
    return configure


@pytest.fixture
def apt(archive, configure_apt):
    """An apt that is configured with `archive`."""
    configure_apt(archive.address)


@pytest.fixture(scope="session")
def micropython_sources(image):
    """MicroPython as the image was built from it."""
    return tree.chosen(lists.read(Places().pins), Places().work / "sources").micropython


@pytest.fixture(scope="session")
def elf(image):
    """The image's program with its symbols."""
    with image.with_suffix(".elf").open("rb") as stream:
        yield ELFFile(stream)


@pytest.fixture
def elf_bytes():
    """A program with 12 bytes of code, 4 of data with their copy in flash, 8 that are cleared, and a heap."""
    sections = [
        fake_elf.Section(".text", 0x1000_0000, b"program text"),
        fake_elf.Section(".data", 0x2000_0000, b"data"),
        fake_elf.Section(".bss", 0x2000_0004, size=8),
        fake_elf.Section(".comment", 0, b"by nobody", flags=0),
    ]
    return fake_elf.make(sections, {"__GcHeapStart": 0x2000_0010, "__GcHeapEnd": 0x2000_0110})


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Build tools that are fakes."""
    tools = BuildTools(tmp_path / "usr")
    monkeypatch.setenv("PATH", tools.path(os.environ["PATH"]))
    return tools


@pytest.fixture
def workshop(tmp_path, tools, micropython_sources, monkeypatch):
    """A tree of its own, with all that an image is made of, and tools that are fakes."""
    root = tmp_path / "tree"
    for name in ("firmware", "boards", "host_tools/image", "build/device-libs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", ".gitignore", "host_tools/__init__.py"):
        shutil.copyfile(ROOT / name, root / name)
    checkout = tmp_path / "micropython"
    for name in (
        "LICENSE",
        "tools/manifestfile.py",
        "ports/rp2/modules/rp2.py",
        release.HEADER,
        *tree.IMAGE_NEEDS,
    ):
        write(checkout / name, (micropython_sources / name).read_bytes())
    for name in ("pico-sdk/pico_sdk_init.cmake", "pico-sdk/LICENSE", "tinyusb/LICENSE", "mbedtls/LICENSE"):
        write(checkout / "lib" / name, name.encode())
    monkeypatch.setenv("MICROPYTHON_DIR", str(checkout))
    monkeypatch.delenv("PICO_SDK_PATH", raising=False)
    return Places(root)
