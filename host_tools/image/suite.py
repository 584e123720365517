"""Asks the signed package lists of Debian's archive which files a suite has today, as any user."""

from __future__ import annotations

import functools
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from host_tools.image import archive
from host_tools.image.errors import NoArchiveError, NotInSuiteError, SourceFetchError, UnverifiedError
from host_tools.image.pins import Pin, Pins

# Debian's own keys, whatever else this machine's apt trusts; the package is debian-archive-keyring.
KEYRINGS: Final = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)
APT_CACHE: Final = "apt-cache"
# Where Debian puts what it mends between two point releases.
VARIANTS: Final = ("", "-updates", "-security")
# The lists must be signed and of today, whatever the machine's own configuration lets pass.
STRICT: Final = (
    "-oAcquire::AllowInsecureRepositories=false",
    "-oAcquire::AllowWeakRepositories=false",
    "-oAcquire::AllowDowngradeToInsecureRepositories=false",
    "-oAcquire::Check-Valid-Until=true",
    "-oAcquire::Check-Date=true",
    "-oAcquire::Languages=none",
    "-oAPT::Get::List-Cleanup=false",
    "-oAPT::Sandbox::User=root",  # apt's own user could not write into a user's folder
    "-oAPT::Update::Error-Mode=any",  # a list that could not be fetched is a failure, not a warning
)

Stanza = Mapping[str, str]


def keyring(candidates: Sequence[Path] = KEYRINGS) -> Path:
    """The file of Debian's archive keys. Raises NoArchiveError."""
    for path in candidates:
        if path.is_file():
            return path
    raise NoArchiveError(
        "Debian's archive keys are not on this machine (sudo apt-get install debian-archive-keyring)"
    )


def current(pins: Pins, archives: Sequence[str], keys: Path) -> Pins:
    """`pins` as the suite has them today, by lists that are signed with one of `keys`.

    Raises UnverifiedError if there are no such lists, NotInSuiteError if a package is not in them.
    """
    wanted = pins.files.values()
    with tempfile.TemporaryDirectory() as folder:
        ask = _lists(Path(folder), pins.suite, archives, keys)
        binaries = [pin.package for pin in wanted if _is_binary(pin)]
        sources = [pin.package for pin in wanted if not _is_binary(pin)]
        stanzas = {
            True: list(_stanzas(ask("show", *binaries).stdout)),
            False: list(_stanzas(ask("showsrc", *sources).stdout)),
        }
    return Pins(
        pins.suite,
        {name: _today(pin, pins.suite, stanzas[_is_binary(pin)]) for name, pin in pins.files.items()},
    )


def _lists(
    folder: Path, suite: str, archives: Sequence[str], keys: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Fetches and verifies the lists into `folder`; what it returns runs a program of apt's on them."""
    for name in ("lists/partial", "cache/archives/partial", "empty"):
        (folder / name).mkdir(parents=True)
    places = [
        f"[signed-by={keys}] {address} {suite}{variant} main"
        for address in archives
        for variant in VARIANTS
        if _has(folder, address, suite + variant)
    ]
    if not any(f" {suite} main" in place for place in places):
        raise UnverifiedError(suite, f"none of this machine's {len(archives)} archives has it")
    own = folder / "sources.list"
    own.write_text("".join(f"deb {place}\ndeb-src {place}\n" for place in places), encoding="utf-8")
    options = (
        f"-oDir::State::Lists={folder / 'lists'}",
        f"-oDir::State::status={folder / 'empty' / 'status'}",
        f"-oDir::Cache={folder / 'cache'}",
        f"-oDir::Etc::SourceList={own}",
        f"-oDir::Etc::SourceParts={folder / 'empty'}",
        f"-oDir::Etc::Preferences={folder / 'empty' / 'preferences'}",
        f"-oDir::Etc::PreferencesParts={folder / 'empty'}",
        *STRICT,
    )
    (folder / "empty" / "status").touch()
    done = archive.apt(archive.APT_GET, *options, "update")
    complaints = archive.complaints(done.stderr)
    if done.returncode != 0 or complaints:
        raise UnverifiedError(suite, "; ".join(complaints) or f"apt-get ended with {done.returncode}")
    return functools.partial(archive.apt, APT_CACHE, *options)


def _has(folder: Path, address: str, suite: str) -> bool:
    """Whether the archive has the suite at all; an archive that can't be asked is no answer."""
    try:
        archive.fetch(f"dists/{suite}/InRelease", folder / "InRelease", [address])
    except SourceFetchError as error:
        if error.gone:
            return False
        raise UnverifiedError(suite, str(error)) from error
    return True


def _is_binary(pin: Pin) -> bool:
    return pin.file.endswith(".deb")


def _today(pin: Pin, suite: str, stanzas: Sequence[Stanza]) -> Pin:
    """The newest version of the package that `pin` is of, and the same kind of file of it."""
    found = [
        stanza
        for stanza in stanzas
        if stanza.get("Package") == pin.package and "Extra-Source-Only" not in stanza
    ]
    if not found:
        raise NotInSuiteError(pin.package, suite, "there is none")
    newest = max(found, key=functools.cmp_to_key(_compare))
    try:
        return _of_binary(pin, newest) if _is_binary(pin) else _of_source(pin, suite, newest)
    except KeyError as error:
        raise NotInSuiteError(pin.package, suite, f"its entry has no {error.args[0]}") from error


def _of_binary(pin: Pin, stanza: Stanza) -> Pin:
    return Pin(
        pin.package, stanza["Version"], stanza["Filename"], int(stanza["Size"]), stanza["SHA256"].lower()
    )


def _of_source(pin: Pin, suite: str, stanza: Stanza) -> Pin:
    lines = [line.split() for line in stanza.get("Checksums-Sha256", "").splitlines() if line.strip()]
    originals = [words for words in lines if re.search(r"\.orig\.tar\.(xz|bz2|gz)$", words[-1])]
    if len(originals) != 1:
        names = ", ".join(words[-1] for words in originals) or "none"
        raise NotInSuiteError(pin.package, suite, f"needs one original archive with a SHA-256, has {names}")
    sha256, size, name = originals[0]
    return Pin(pin.package, stanza["Version"], f"{stanza['Directory']}/{name}", int(size), sha256.lower())


def _stanzas(text: str) -> Iterator[Stanza]:
    """The entries of a package list: fields by name, lines that continue one joined to it."""
    for block in re.split(r"\n\s*\n", text.strip()):
        fields = re.findall(r"^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)", block, re.MULTILINE)
        if fields:
            yield dict(fields)


def _compare(one: Stanza, other: Stanza) -> int:
    versions = one.get("Version", ""), other.get("Version", "")
    if versions[0] == versions[1]:
        return 0
    later = subprocess.run(["dpkg", "--compare-versions", versions[0], "gt", versions[1]], check=False)  # noqa: S607
    return 1 if later.returncode == 0 else -1
