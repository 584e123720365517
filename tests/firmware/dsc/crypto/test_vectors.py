"""Every published vector, one test each."""

import importlib.util
import json
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[3] / "vectors"
FILES = {
    "ocra_rfc6287.json": 70,
    "hotp_rfc4226.json": 10,
    "totp_rfc6238.json": 18,
    "hmac_rfc2202_rfc4231.json": 21,
    "hkdf_rfc5869.json": 3,
    "pbkdf2_sha256.json": 7,
    "sha512_fips180.json": 5,
    "hmac_drbg.json": 6,
}

_spec = importlib.util.spec_from_file_location("crypto_replay", Path(__file__).with_name("replay.py"))
replay = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(replay)


def _contents(name):
    return json.loads((VECTORS / name).read_text())


def _all_vectors():
    for name in FILES:
        content = _contents(name)
        for number, vector in enumerate(content["vectors"], 1):
            yield pytest.param(content["kind"], vector, id=f"{name}-{number}")


@pytest.mark.parametrize(("kind", "vector"), list(_all_vectors()))
def test_a_published_vector_is_computed(kind, vector):
    computed, published = replay.KINDS[kind](vector)
    assert computed == published


@pytest.mark.parametrize(("name", "count"), FILES.items())
def test_a_vector_file_is_complete_and_names_its_source(name, count):
    content = _contents(name)
    assert "RFC" in content["source"] or "FIPS" in content["source"]
    assert len(content["vectors"]) == count


def test_the_replay_program_succeeds_on_cpython(capsys):
    assert replay.main(str(VECTORS), with_slow=False) == 0
    assert "ocra_rfc6287.json 70 vectors replayed" in capsys.readouterr().out


def test_the_replay_program_fails_on_a_wrong_vector(tmp_path, capsys):
    content = _contents("hotp_rfc4226.json")
    content["vectors"][3]["code"] = "000000"
    (tmp_path / "hotp.json").write_text(json.dumps(content))
    assert replay.main(str(tmp_path), with_slow=False) == 1
    assert "969429" in capsys.readouterr().out
