"""Files come from the archives of the machine's apt, and it is told what an archive lacks from what is unreachable."""

import pytest

from host_tools.image import archive as archives
from host_tools.image.errors import NoArchiveError, SourceFetchError


def test_the_archives_are_those_of_apts_configuration_debians_own_first(configure_apt):
    configure_apt("http://127.0.0.1:9/debian-security", "http://127.0.0.1:9/debian")
    assert archives.addresses() == ["http://127.0.0.1:9/debian", "http://127.0.0.1:9/debian-security"]


def test_an_apt_without_archives_is_told_from_no_apt(configure_apt, monkeypatch):
    with pytest.raises(NoArchiveError, match=r"configured with no archive.*MICROPYTHON_DIR"):
        archives.addresses()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoArchiveError, match=r"no apt on this machine.*MICROPYTHON_DIR"):
        archives.addresses()


def test_an_apt_without_its_helper_is_no_apt(monkeypatch, tmp_path):
    monkeypatch.setattr(archives, "APT_HELPER", str(tmp_path / "apt-helper"))
    with pytest.raises(NoArchiveError, match="apt-helper is missing"):
        archives.fetch("pool/x", tmp_path / "x", ["http://127.0.0.1:9/debian"])


def test_what_is_wrong_with_apts_configuration_is_said(configure_apt, tmp_path):
    configure_apt("http://127.0.0.1:9/debian")
    (tmp_path / "apt" / "sources.list").write_text("debian http://127.0.0.1:9/debian\n")
    with pytest.raises(NoArchiveError, match=r"sources\.list"):
        archives.addresses()


def test_the_first_archive_that_has_the_file_is_asked_and_no_further_one(
    make_archive, configure_apt, tmp_path
):
    without, first, second = make_archive(), make_archive(), make_archive()
    first.files["pool/a"], second.files["pool/a"] = b"first", b"second"
    configure_apt()
    archives.fetch("pool/a", tmp_path / "a", [made.address for made in (without, first, second)])
    assert (tmp_path / "a").read_bytes() == b"first"
    assert (without.asked, first.asked, second.asked) == (["pool/a"], ["pool/a"], [])


def test_a_file_that_no_archive_has_is_gone(make_archive, configure_apt, tmp_path):
    addresses = [make_archive().address, make_archive().address, tmp_path.as_uri()]
    with pytest.raises(SourceFetchError, match=r"python -m host_tools\.image pins") as caught:
        archives.fetch("pool/a", tmp_path / "a", addresses)
    assert caught.value.gone
    assert caught.value.file == "pool/a"
    assert str(caught.value).count("Failed to fetch") == 3


def test_a_file_is_not_gone_as_long_as_an_archive_did_not_answer(make_archive, configure_apt, tmp_path):
    """The archive of security fixes never has it; that says nothing while the other one is unreachable."""
    unreachable, other = make_archive(), make_archive()
    unreachable.close()
    with pytest.raises(SourceFetchError, match="try again with a network") as caught:
        archives.fetch("pool/a", tmp_path / "a", [unreachable.address, other.address])
    assert not caught.value.gone


def test_a_connection_that_breaks_leaves_no_half_file(archive, configure_apt, tmp_path):
    archive.files["pool/a"] = b"x" * 100_000
    archive.cut.add("pool/a")
    (tmp_path / "cache").mkdir()
    with pytest.raises(SourceFetchError) as caught:
        archives.fetch("pool/a", tmp_path / "cache" / "a", [archive.address])
    assert not caught.value.gone
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_archive_in_a_folder_of_the_machine_is_copied_from_not_linked_to(configure_apt, tmp_path):
    origin = tmp_path / "archive" / "pool" / "a"
    origin.parent.mkdir(parents=True)
    origin.write_bytes(b"content")
    archives.fetch("pool/a", tmp_path / "a", [(tmp_path / "archive").as_uri()])
    assert not (tmp_path / "a").is_symlink()
    origin.unlink()
    assert (tmp_path / "a").read_bytes() == b"content"


def test_apt_goes_through_the_users_proxy(archive, configure_apt, monkeypatch, tmp_path):
    """The fake archive plays the proxy: it is asked for the whole address."""
    monkeypatch.setenv("http_proxy", archive.address.removesuffix("/debian"))
    with pytest.raises(SourceFetchError):
        archives.fetch("pool/a", tmp_path / "a", ["http://archive.invalid/debian"])
    assert archive.asked == ["http://archive.invalid/debian/pool/a"]
