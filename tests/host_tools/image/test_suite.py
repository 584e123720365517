"""What a suite has today is taken from lists that are signed, and from nothing else."""

import hashlib
from dataclasses import replace

import pytest

from fakes.openpgp import SigningKey
from host_tools.image import suite
from host_tools.image.errors import NoArchiveError, NotInSuiteError, UnverifiedError
from host_tools.image.pins import Pins

MICROPYTHON = "pool/main/m/micropython/micropython_1.26.0+ds.orig.tar.xz"
PATCHES = "pool/main/m/micropython/micropython_1.26.0+ds-2.debian.tar.xz"


@pytest.fixture
def today(archive, pins, apt):
    """The archive's lists, which name exactly what is pinned."""

    def publish(name: str = pins.suite, **how) -> None:
        for pin in pins.files.values():
            if pin.file.endswith(".deb"):
                archive.add_binary(pins.suite, pin.package, pin.version, pin.file)
            else:
                archive.add_source(pins.suite, pin.package, pin.version, pin.name)
        archive.publish(name, **how)

    return publish


def test_a_suite_that_has_what_is_pinned_leaves_the_pins_as_they_are(archive, pins, today, keyring):
    today()
    assert suite.current(pins, [archive.address], keyring) == pins


def test_a_newer_version_is_found_with_its_file_size_and_sha256(archive, pins, today, keyring):
    archive.files |= {MICROPYTHON: b"newer", PATCHES: b"patches"}
    archive.add_source(
        pins.suite,
        "micropython",
        "1.26.0+ds-2",
        *(path.rpartition("/")[2] for path in (PATCHES, MICROPYTHON)),
    )
    today()
    found = suite.current(pins, [archive.address], keyring)
    assert found.files == {
        **pins.files,
        "micropython": replace(
            pins.files["micropython"],
            version="1.26.0+ds-2",
            file=MICROPYTHON,
            size=5,
            sha256=hashlib.sha256(b"newer").hexdigest(),
        ),
    }


def test_versions_are_compared_as_debian_does_and_not_as_text(archive, pins, today, keyring):
    for version in ("1.9.0-1", "1.25.0+ds-1~bpo12+1"):
        name = f"pool/main/m/micropython/micropython_{version.partition('-')[0]}.orig.tar.gz"
        archive.files[name] = version.encode()
        archive.add_source(pins.suite, "micropython", version, name.rpartition("/")[2])
    today()
    assert suite.current(pins, [archive.address], keyring) == pins


def test_a_source_that_is_only_kept_for_others_is_not_taken(archive, pins, today, keyring):
    archive.files[MICROPYTHON] = b"newer"
    archive.add_source(
        pins.suite,
        "micropython",
        "1.26.0+ds-2",
        MICROPYTHON.rpartition("/")[2],
        more="Extra-Source-Only: yes\n",
    )
    today()
    assert suite.current(pins, [archive.address], keyring) == pins


def test_what_the_security_archive_mended_is_taken(archive, make_archive, pins, today, keyring):
    today()
    security = make_archive()
    mended = "pool/main/m/mbedtls/mbedtls_3.6.7.orig.tar.bz2"
    security.files[mended] = b"mended"
    security.add_source(f"{pins.suite}-security", "mbedtls", "3.6.7-0.1~deb13u1", mended.rpartition("/")[2])
    security.publish(f"{pins.suite}-security")
    found = suite.current(pins, [archive.address, security.address], keyring)
    assert found.files["mbedtls"].version == "3.6.7-0.1~deb13u1"
    assert found.files["micropython"] == pins.files["micropython"]


def test_lists_without_a_signature_are_not_believed(archive, pins, today, keyring):
    today(signed=False)
    with pytest.raises(UnverifiedError, match="so nothing was changed") as caught:
        suite.current(pins, [archive.address], keyring)
    assert caught.value.suite == "trixie"


def test_lists_signed_by_somebody_else_are_not_believed(archive, pins, today, tmp_path):
    today()
    stranger = SigningKey().write_keyring(tmp_path / "stranger.gpg")
    with pytest.raises(UnverifiedError, match="NO_PUBKEY"):
        suite.current(pins, [archive.address], stranger)


def test_a_list_that_is_not_the_signed_one_is_not_believed(archive, pins, today, keyring):
    today()
    path = "dists/trixie/main/source/Sources"
    archive.files[path] = archive.files[path].replace(b"Version: 1.25", b"Version: 1.35")
    with pytest.raises(UnverifiedError, match=r"Hash Sum mismatch|unexpected size"):
        suite.current(pins, [archive.address], keyring)


def test_lists_that_ran_out_are_not_believed(archive, pins, today, keyring):
    """Who keeps a machine on old lists keeps it on old faults."""
    today(valid_until=1_750_100_000)
    with pytest.raises(UnverifiedError, match="expired"):
        suite.current(pins, [archive.address], keyring)


def test_lists_of_another_suite_under_this_ones_name_are_not_believed(archive, pins, today, keyring):
    today("bookworm")
    archive.files |= {
        name.replace("bookworm", "trixie"): data
        for name, data in archive.files.items()
        if name.startswith("dists/bookworm/")
    }
    with pytest.raises(UnverifiedError, match="Conflicting distribution"):
        suite.current(pins, [archive.address], keyring)


def test_archives_without_the_suite_are_told_from_archives_that_do_not_answer(archive, pins, apt, keyring):
    with pytest.raises(UnverifiedError, match="none of this machine's 1 archives has it"):
        suite.current(pins, [archive.address], keyring)
    archive.close()
    with pytest.raises(UnverifiedError, match="Could not connect"):
        suite.current(pins, [archive.address], keyring)


def test_a_package_that_the_suite_lacks_is_named(archive, pins, today, keyring):
    today()
    other = Pins(
        pins.suite, {**pins.files, "tinyusb": replace(pins.files["tinyusb"], package="tinyusb-gone")}
    )
    with pytest.raises(NotInSuiteError, match="tinyusb-gone in trixie: there is none"):
        suite.current(other, [archive.address], keyring)


def test_a_source_of_several_archives_is_refused(archive, pins, apt, keyring):
    names = [f"mbedtls_4.0.0.orig.tar.{suffix}" for suffix in ("xz", "bz2")]
    archive.files |= {f"pool/main/m/mbedtls/{name}": b"x" for name in names}
    archive.add_source(pins.suite, "mbedtls", "4.0.0-1", *names)
    archive.publish(pins.suite)
    with pytest.raises(NotInSuiteError, match="needs one original archive"):
        suite.current(Pins(pins.suite, {"mbedtls": pins.files["mbedtls"]}), [archive.address], keyring)


def test_without_debians_keys_the_package_that_has_them_is_named(tmp_path):
    with pytest.raises(NoArchiveError, match="debian-archive-keyring"):
        suite.keyring([tmp_path / "nothing.gpg"])
    (tmp_path / "there.gpg").touch()
    assert suite.keyring([tmp_path / "nothing.gpg", tmp_path / "there.gpg"]) == tmp_path / "there.gpg"
