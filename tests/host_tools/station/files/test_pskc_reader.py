"""PSKC of other makers: whatever encryption they use is read, and what was tampered with or is hostile is not."""

import base64
import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pskc import PSKC

from host_tools.station.files.errors import (
    HostileFileError,
    KeyFileError,
    MacError,
    NotAKeyFileError,
    ProtectionError,
    WrongKeyError,
)
from host_tools.station.files.protection import Protection
from host_tools.station.files.pskc_reader import MOST_ITERATIONS, read_pskc

HOTP = "urn:ietf:params:xml:ns:keyprov:pskc:hotp"
OCRA = "urn:ietf:params:xml:ns:keyprov:pskc:ocra"
PIN = "urn:ietf:params:xml:ns:keyprov:pskc:pin"
SECRET = b"0123456789abcdefghij"
KEY = bytes(range(16))
LENGTHS = {
    "aes128-cbc": 16, "aes192-cbc": 24, "aes256-cbc": 32, "tripledes-cbc": 24, "camellia128-cbc": 16,
    "camellia256-cbc": 32, "kw-aes128": 16, "kw-aes256": 32, "kw-tripledes": 24, "kw-camellia192": 24,
}  # fmt: skip


def written(pskc):
    out = io.BytesIO()
    pskc.write(out)
    return out.getvalue()


def hotp(pskc, serial="ZZ1", **fields):
    fields = {
        "secret": SECRET, "counter": 7, "algorithm": HOTP, "response_length": 6, "response_encoding": "DECIMAL",
        "manufacturer": "Acme", "id": serial, **fields,
    }  # fmt: skip
    return pskc.add_key(serial=serial, **fields)


def clear(**fields):
    pskc = PSKC()
    hotp(pskc, **fields)
    return written(pskc)


def encrypted(count=2, algorithm="aes128-cbc", fields=("secret",), key=KEY):
    pskc = PSKC()
    for number in range(count):
        hotp(pskc, f"ZZ{number}")
    pskc.encryption.setup_preshared_key(key=key, algorithm=algorithm, fields=list(fields))
    return written(pskc)


def opened(key=KEY):
    return Protection(key=bytearray(key))


def reasons(content, protection=None, now=None):
    return [one.reason for one in read_pskc(content, protection or Protection(), now).refused]


@pytest.mark.filterwarnings("ignore:.*decrepit")
@pytest.mark.parametrize("algorithm", LENGTHS)
def test_secrets_and_counters_are_decrypted(algorithm):
    key = bytes(range(LENGTHS[algorithm]))
    secret = bytes(24)  # which every key wrap takes
    pskc = PSKC()
    hotp(pskc, secret=secret, counter=300)
    fields = ["secret"] if algorithm.startswith("kw-") else ["secret", "counter"]
    pskc.encryption.setup_preshared_key(key=key, algorithm=algorithm, fields=fields)
    reading = read_pskc(written(pskc), opened(key))
    assert [(one.credential.key, one.credential.counter) for one in reading.keys] == [(secret, 300)]
    assert reading.notes == []


@pytest.mark.parametrize("prf", [None, "hmac-sha1"])
def test_a_passphrase_opens_what_was_closed_with_it(prf):
    pskc = PSKC()
    hotp(pskc)
    pskc.encryption.setup_pbkdf2("correct horse", iterations=10)
    content = written(pskc)
    (key,) = read_pskc(content, Protection(passphrase=bytearray(b"correct horse"))).keys
    assert key.credential.key == SECRET
    with pytest.raises(WrongKeyError):
        read_pskc(content, Protection(passphrase=bytearray(b"battery")))
    with pytest.raises(ProtectionError, match="passphrase"):
        read_pskc(content, opened())


def test_what_is_taken_of_a_key_is_what_the_file_says():
    (key,) = read_pskc(
        clear(model="T1", friendly_name="Door", algorithm_suite="HMAC-SHA256"), Protection()
    ).keys
    assert (key.serial, key.manufacturer, key.model) == ("ZZ1", "Acme", "T1")
    assert (key.credential.label, key.credential.login_suite, key.credential.counter) == (
        "Door",
        "HOTP-SHA256-6",
        7,
    )
    assert key.place.startswith("line ")


def test_each_place_is_the_line_where_the_key_begins():
    content = encrypted(3)
    lines = [number for number, line in enumerate(content.splitlines(), 1) if b"<pskc:Key " in line]
    places = [key.place for key in read_pskc(content, opened()).keys]
    assert places == [f"line {line}, key ZZ{number}" for number, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"serial": None}, "it has no serial"),
        ({"algorithm": None}, "it names no algorithm"),
        ({"algorithm": "http://vendor.example/#own"}, "only HOTP, TOTP and OCRA"),
        ({"algorithm": "urn:elsewhere:hotp"}, "only HOTP, TOTP and OCRA"),
        ({"secret": None}, "the file has no secret for it"),
        ({"secret": b"short"}, "16 to 128 bytes"),
        ({"response_length": None}, "does not say how many digits"),
        ({"response_length": 5}, "6 to 10"),
        ({"response_encoding": "HEXADECIMAL"}, "must be decimal"),
        ({"response_check": True}, "check digits"),
        ({"algorithm_suite": "MD5"}, "SHA1, SHA256 or SHA512"),
        ({"algorithm": OCRA}, "names no OCRA suite"),
        ({"algorithm": OCRA, "algorithm_suite": "OCRA-1:HOTP-SHA1-6:QN99"}, "OCRA suite"),
        ({"algorithm": OCRA, "algorithm_suite": "OCRA-1:HOTP-SHA1-8:QN08"}, "its suite gives 8 digits"),
        ({"algorithm": OCRA, "algorithm_suite": "OCRA-1:HOTP-SHA1-6:QN08-S064"}, "session data"),
        ({"algorithm": OCRA, "algorithm_suite": "OCRA-1:HOTP-SHA1-6:QN08-PSHA1"}, "no PIN for it"),
        ({"policy.number_of_transactions": 3}, "nobody here counts"),
        ({"policy.pin_usage": "Append"}, "typed together with the code"),
        ({"policy.pin_usage": "Algorithmic"}, "the file has none"),
        ({"policy.expiry_date": datetime(2020, 1, 31, tzinfo=UTC)}, "until 2020-01-31 only"),
        ({"policy.start_date": datetime(2120, 1, 31, tzinfo=UTC)}, "from 2120-01-31 only"),
        ({"policy.key_usage": ["Encrypt"]}, "Encrypt only"),
        ({"counter": 2**64}, "64 bits"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_here_is_named_with_the_reason(fields, told):
    (reason,) = reasons(clear(**fields), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert told in reason


def test_a_policy_with_rules_that_nobody_knows_forbids_the_key():
    content = clear(**{"policy.key_usage": ["OTP"]}).replace(
        b"<pskc:KeyUsage>", b"<Moon>full</Moon><pskc:KeyUsage>"
    )
    assert "rules that are not known" in reasons(content)[0]


def card(encoding, pin, suite="OCRA-1:HOTP-SHA1-6:QN08-PSHA1", key=None, **fields):
    pskc = PSKC()
    hotp(
        pskc, algorithm=OCRA, algorithm_suite=suite, **{
            "policy.pin_usage": "Algorithmic", "policy.pin_key_id": "P1", "policy.pin_encoding": encoding, **fields,
        },
    )  # fmt: skip
    pskc.add_key(id="P1", algorithm=PIN, secret=pin)
    if key is not None:
        pskc.encryption.setup_preshared_key(key=key, algorithm="aes128-cbc")
    return written(pskc)


SHA1_OF_1234 = bytes.fromhex("7110eda4d09e062aa5e4a390b0a572ac0d2c0220")


@pytest.mark.parametrize(
    ("encoding", "pin"), [("DECIMAL", b"1234"), (None, b"1234"), ("BINARY", SHA1_OF_1234)]
)
def test_a_pin_that_enters_the_responses_is_taken_as_its_hash(encoding, pin):
    reading = read_pskc(card(encoding, pin), Protection())
    assert [bytes(key.pin_hash) for key in reading.keys] == [SHA1_OF_1234]
    assert reading.refused == []


@pytest.mark.parametrize(
    ("encoding", "pin", "told"),
    [
        ("BINARY", b"1234", "no SHA1 hash"),
        ("DECIMAL", b"\x00\xff", "no text"),
        ("DECIMAL", None, "no secret"),
    ],
)
def test_a_pin_that_is_none_keeps_its_key_out(encoding, pin, told):
    assert told in reasons(card(encoding, pin))[0]


def test_a_pin_that_the_file_lacks_keeps_its_key_out():
    told = reasons(card("DECIMAL", b"1234", **{"policy.pin_key_id": "P2"}))
    assert "not there, or there twice" in told[0]


def flipped(content, tag):
    """One bit of the last value of that kind."""
    start, end = [match.span(1) for match in re.finditer(rb"<%s>([^<]+)<" % tag, content)][-1]
    value = bytearray(base64.b64decode(content[start:end]))
    value[-1] ^= 1
    return content[:start] + base64.b64encode(value) + content[end:]


@pytest.mark.parametrize("tag", [b"xenc:CipherValue", b"pskc:ValueMAC"])
def test_of_a_file_that_was_tampered_with_nothing_is_taken(tag):
    with pytest.raises((MacError, WrongKeyError), match="nothing of"):
        read_pskc(flipped(encrypted(3), tag), opened())


def test_of_a_file_that_lost_one_mac_nothing_is_taken():
    content = re.sub(rb"<pskc:ValueMAC>[^<]+</pskc:ValueMAC>", b"", encrypted(), count=1)
    with pytest.raises(MacError, match="a value has no MAC"):
        read_pskc(content, opened())


def test_of_a_file_that_lost_the_kind_of_its_macs_nothing_is_taken():
    content = re.sub(rb"<pskc:MACMethod.*</pskc:MACMethod>", b"", encrypted(), flags=re.DOTALL)
    with pytest.raises(MacError, match="does not say of which kind"):
        read_pskc(content, opened())


def without_macs(content):
    macs = rb"<pskc:MACMethod.*</pskc:MACMethod>|<pskc:ValueMAC>[^<]+</pskc:ValueMAC>"
    return re.sub(macs, b"", content, flags=re.DOTALL)


def test_of_a_file_without_any_mac_it_is_said_that_anybody_could_change_it():
    content = without_macs(encrypted(1))
    reading = read_pskc(content, opened())
    assert "nothing authenticates" in reading.notes[0]
    with pytest.raises(WrongKeyError):
        read_pskc(content, opened(bytes(16)))


def test_a_secret_in_clear_is_not_taken_out_of_a_file_that_is_encrypted():
    plain = b"<pskc:PlainValue>" + base64.b64encode(b"x" * 20) + b"</pskc:PlainValue>"
    content = re.sub(
        rb"<pskc:EncryptedValue>.*?</pskc:ValueMAC>", plain, encrypted(), count=1, flags=re.DOTALL
    )
    reading = read_pskc(content, opened())
    assert [key.serial for key in reading.keys] == ["ZZ1"]
    assert "anybody can have put it there" in reading.refused[0].reason


FORGED = base64.b64encode(b"x" * 20)
DRAFT = b"<pskc:Value>%s</pskc:Value><pskc:ValueMAC>%s</pskc:ValueMAC>"


def with_first(content, element, inside):
    """The file with something else in the first of these elements."""
    pattern = rb"(<pskc:%s>).*?(</pskc:%s>)" % (element, element)
    return re.sub(pattern, lambda found: found[1] + inside + found[2], content, count=1, flags=re.DOTALL)


@pytest.mark.parametrize("mac", [b"", b"AAAA", base64.b64encode(b"m" * 20)])
def test_a_draft_s_value_in_clear_is_not_taken_for_an_encrypted_one(mac):
    # python-pskc takes it as encrypted only if it knows of a cipher by then, and the first one stands in a later key.
    content = with_first(encrypted(), b"Secret", DRAFT % (FORGED, mac))
    with pytest.raises(MacError, match="nothing checks"):
        read_pskc(content, opened())


def test_where_nothing_has_a_mac_a_draft_s_value_in_clear_is_not_taken_either():
    content = with_first(without_macs(encrypted()), b"Secret", b"<pskc:Value>" + FORGED + b"</pskc:Value>")
    reading = read_pskc(content, opened())
    assert [key.serial for key in reading.keys] == ["ZZ1"]
    assert "anybody can have put it there" in reading.refused[0].reason


@pytest.mark.parametrize("element", [b"Counter", b"TimeInterval"])
@pytest.mark.parametrize("value", [b"PlainValue", b"Value"])
def test_a_mac_that_nothing_checks_stands_beside_no_value_in_clear(element, value):
    number = b"<pskc:%s>NQ==</pskc:%s><pskc:ValueMAC>AAAA</pskc:ValueMAC>" % (value, value)
    content = encrypted(1)
    if element == b"Counter":
        content = with_first(content, element, number)
    else:
        content = content.replace(
            b"<pskc:Counter>", b"<pskc:%s>%s</pskc:%s><pskc:Counter>" % (element, number, element)
        )
    with pytest.raises(MacError, match="line"):
        read_pskc(content, opened())


@pytest.mark.parametrize(
    "mac",
    [
        b"<pskc:ValueMAC/>",
        b"<pskc:ValueMAC> </pskc:ValueMAC>",
        b"<pskc:ValueMAC>!</pskc:ValueMAC>",
        b"<pskc:ValueMAC>AAAA</pskc:ValueMAC>",
        b"<pskc:ValueDigest/>",
    ],
)
@pytest.mark.parametrize("which", [0, 1, 3])
def test_a_mac_that_is_empty_or_of_another_length_is_none(mac, which):
    content = encrypted(fields=("secret", "counter"))
    start, end = [found.span() for found in re.finditer(rb"<pskc:ValueMAC>[^<]+</pskc:ValueMAC>", content)][
        which
    ]
    with pytest.raises(MacError, match=r"no MAC|not as long"):
        read_pskc(content[:start] + mac + content[end:], opened())


@pytest.mark.parametrize("mac", [b"", b"AAAA"])
@pytest.mark.parametrize("hash_name", [b"null", b"shake-128"])
def test_a_mac_of_no_length_authenticates_nothing(hash_name, mac):
    # OpenSSL has hashes whose digests are empty.
    content = encrypted(1).replace(b"#hmac-sha1", b"#hmac-" + hash_name)
    content = re.sub(rb"<pskc:ValueMAC>[^<]+<", b"<pskc:ValueMAC>" + mac + b"<", content)
    with pytest.raises(MacError, match="authenticates nothing"):
        read_pskc(content, opened())


def test_a_value_that_stands_there_twice_has_no_mac_too_many():
    content = encrypted(1).replace(
        b"</pskc:Secret>", b"</pskc:Secret><pskc:Secret><pskc:ValueMAC>AAAA</pskc:ValueMAC></pskc:Secret>"
    )
    with pytest.raises(MacError, match="nothing checks"):
        read_pskc(content, opened())


def test_a_cipher_without_check_is_told_whatever_else_its_name_says():
    content = without_macs(encrypted(1)).replace(b"xmlenc#aes128-cbc", b"xmlenc#kw-x#aes128-cbc")
    assert "nothing authenticates" in read_pskc(content, opened()).notes[0]


@pytest.mark.parametrize("twofold", [False, True])
def test_a_pin_in_clear_is_not_used_in_a_file_that_is_encrypted(twofold):
    pin = b"<pskc:PlainValue>MTIzNA==</pskc:PlainValue>"
    content = card("DECIMAL", b"1234", key=KEY)
    first, found, second = content.partition(b'<pskc:Key Algorithm="%s"' % PIN.encode())
    if twofold:
        second = second.replace(b"<pskc:EncryptedValue>", pin + b"<pskc:EncryptedValue>")
    else:
        second = with_first(second, b"Secret", pin)
    reading = read_pskc(without_macs(first + found + second), opened())
    assert reading.keys == []
    assert len(reading.refused) == 2


def test_an_encrypted_pin_is_used():
    (key,) = read_pskc(card("DECIMAL", b"1234", key=KEY), opened()).keys
    assert bytes(key.pin_hash) == SHA1_OF_1234


@pytest.mark.parametrize("inside", [b"<pskc:PlainValue>AAAA</pskc:PlainValue>", b"", b"<xenc:CipherData/>"])
def test_a_key_of_macs_in_clear_is_not_taken(inside):
    with pytest.raises(KeyFileError):
        read_pskc(with_first(encrypted(), b"MACKey", inside), opened())


def test_a_secret_that_is_given_twice_is_not_taken():
    content = encrypted(1).replace(
        b"<pskc:EncryptedValue>", b"<pskc:PlainValue>eA==</pskc:PlainValue><pskc:EncryptedValue>"
    )
    with pytest.raises(MacError, match="nothing checks"):
        read_pskc(content, opened())
    assert reasons(without_macs(content), opened()) == ["a value is given in two ways"]


def test_a_key_for_a_file_in_clear_is_refused_since_it_was_meant_to_be_encrypted():
    with pytest.raises(ProtectionError, match="nothing in this file is encrypted"):
        read_pskc(clear(), opened())


@pytest.mark.parametrize("key", [bytes(16), bytes(24)])
def test_with_a_wrong_key_nothing_is_taken(key):
    with pytest.raises(WrongKeyError):
        read_pskc(encrypted(), opened(key))


def test_entities_are_refused_before_they_grow():
    bomb = (
        b"<!DOCTYPE x ["
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"ha") for n in range(12))
        + b"]><KeyContainer>&a11;</KeyContainer>"
    )
    with pytest.raises(HostileFileError, match="document type"):
        read_pskc(bomb, Protection())


def test_elements_are_not_nested_without_end():
    with pytest.raises(HostileFileError, match="inside one another"):
        read_pskc(b"<a>" * 100_000, Protection())


@pytest.mark.parametrize(("count", "length"), [(MOST_ITERATIONS + 1, 16), (2**40, 16), (1000, 2**30)])
def test_a_passphrase_is_not_stretched_without_end(count, length):
    pskc = PSKC()
    hotp(pskc)
    pskc.encryption.setup_pbkdf2("horse", iterations=10)
    content = re.sub(
        rb"<IterationCount>10<|<xenc11:IterationCount>10<", b"<IterationCount>%d<" % count, written(pskc)
    )
    content = re.sub(rb"IterationCount>10<", b"IterationCount>%d<" % count, content)
    content = re.sub(rb"KeyLength>16<", b"KeyLength>%d<" % length, content)
    with pytest.raises(HostileFileError):
        read_pskc(content, Protection(passphrase=bytearray(b"horse")))


@pytest.mark.parametrize(
    "content",
    [b"", b"<", b"<a/>", b"<KeyContainer Version='9'/>", b"<?xml version='1.0' encoding='moon'?><a/>"],
)
def test_what_is_no_pskc_is_refused(content):
    with pytest.raises(NotAKeyFileError):
        read_pskc(content, Protection())


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_done_to_a_file_it_is_read_or_refused_by_name(data):
    content = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 30))
        content[place : place + length] = data.draw(
            st.one_of(
                st.binary(max_size=4), st.sampled_from([b"<", b"-1", b"\xff", b"99999999999", b"x='y'", b"="])
            )
        )
        if not content:
            return
    for protection in (Protection(), opened()):
        try:
            reading = read_pskc(bytes(content), protection)
        except KeyFileError:
            continue
        for key in reading.keys:
            assert len(key.credential.key) >= 16


SAMPLES = [clear(), encrypted(), card("DECIMAL", b"1234"), encrypted(fields=("secret", "counter"))]


def test_the_id_of_a_credential_is_frozen():
    ids = [read_pskc(clear(id=one), Protection()).keys[0].credential.id.hex() for one in ("AB" * 16, "5")]
    assert ids == ["ab" * 16, "ba38cd96a6fe7150d4e5be17816c0c48"]
