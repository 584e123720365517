"""What the build gets is what is pinned, from the cache or from an archive, or it gets nothing."""

import hashlib
import multiprocessing

import pytest

from host_tools.image import sources
from host_tools.image.errors import SourceFetchError, WrongSourceError
from host_tools.image.places import download_cache


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def pin(pins):
    return pins.files["micropython"]


def no_network() -> list[str]:
    pytest.fail("the network was asked for")


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_file_is_fetched_once_and_comes_from_the_cache_without_a_network_then(archive, pin, apt, cache):
    path = sources.get(pin, cache)
    assert path == cache / "micropython_1.25.0+ds.orig.tar.xz"
    assert path.read_bytes() == archive.files[pin.file]
    assert archive.asked == [pin.file]
    assert sources.get(pin, cache, addresses=no_network) == path


def test_the_cache_is_the_users_own(pin, archive, apt, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert sources.get(pin) == tmp_path / "xdg" / "picodsc" / pin.name


def test_without_a_variable_or_with_a_relative_one_the_cache_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/cache")
    assert download_cache() == tmp_path / ".cache" / "picodsc"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert download_cache() == tmp_path / ".cache" / "picodsc"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "expected SHA-256"),
        (lambda data: data + b"x", "bytes"),
        (lambda data: data[:-1], "bytes"),
        (lambda _: b"", "bytes"),
    ],
    ids=["a bit", "longer", "shorter", "empty"],
)
def test_a_file_that_is_not_the_pinned_one_is_refused_and_not_kept(archive, pin, apt, cache, change, problem):
    archive.files[pin.file] = change(archive.files[pin.file])
    with pytest.raises(WrongSourceError, match=problem) as caught:
        sources.get(pin, cache)
    assert caught.value.file == pin.name
    assert names(cache) == []


def test_a_damaged_file_in_the_cache_is_fetched_again(archive, pin, apt, cache):
    cache.mkdir()
    (cache / pin.name).write_bytes(b"\0" * pin.size)
    assert hashlib.sha256(sources.get(pin, cache).read_bytes()).hexdigest() == pin.sha256
    assert names(cache) == [pin.name]


def test_a_damaged_file_in_the_cache_is_of_no_use_without_a_network(archive, pin, apt, cache):
    cache.mkdir()
    (cache / pin.name).write_bytes(b"\0" * pin.size)
    archive.close()
    with pytest.raises(SourceFetchError):
        sources.get(pin, cache)
    assert names(cache) == []


def test_an_interrupted_download_leaves_no_half_file(archive, pin, apt, cache):
    archive.cut.add(pin.file)
    with pytest.raises(SourceFetchError, match=f"put the file into {cache}"):
        sources.get(pin, cache)
    assert names(cache) == []


def test_what_a_killed_download_left_does_not_disturb_the_next(archive, pin, apt, cache):
    cache.mkdir()
    (cache / f"{pin.name}.part").write_bytes(b"half")
    sources.get(pin, cache)
    assert names(cache) == [pin.name]


def test_a_file_that_was_put_into_the_cache_by_hand_is_as_good(archive, pin, cache):
    cache.mkdir()
    (cache / pin.name).write_bytes(archive.files[pin.file])
    assert sources.get(pin, cache, addresses=no_network) == cache / pin.name


def _get(pin, cache, ready, results):
    ready.wait()
    results.put(sources.get(pin, cache).read_bytes())


def test_two_trees_that_want_the_same_file_at_once_fetch_it_once(archive, pin, apt, cache):
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(2), context.Queue()
    trees = [context.Process(target=_get, args=(pin, cache, ready, results)) for _ in range(2)]
    for tree in trees:
        tree.start()
    got = [results.get(timeout=60) for _ in trees]
    for tree in trees:
        tree.join()
    assert got == [archive.files[pin.file]] * 2
    assert archive.asked == [pin.file]
