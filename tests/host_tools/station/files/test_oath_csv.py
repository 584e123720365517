"""Key files as lines with commas: what others' mean, what is wrong with which line, and our own for privacyIDEA."""

import pytest

from host_tools.station.files.errors import NotAKeyFileError, ProtectionError
from host_tools.station.files.importing import read_key_file, take_in
from host_tools.station.files.oath_csv import privacyidea_csv, read_csv
from host_tools.station.files.protection import Protection

HEX = "3132333435363738393031323334353637383930"
KEY = b"12345678901234567890"


@pytest.mark.parametrize(
    ("line", "suite", "counter"),
    [
        (f"ZZ1,{HEX}", "HOTP-SHA1-6", 0),
        (f"ZZ1, {HEX}, hotp, 8, 12", "HOTP-SHA1-8", 12),
        (f"ZZ1,{HEX.upper()},TOTP,8,60", "TOTP-SHA1-8-T1M", 0),
        (f"ZZ1,{HEX},totp,6", "TOTP-SHA1-6-T30S", 0),
        (f"ZZ1,{HEX},totp,6,30,sha256", "TOTP-SHA256-6-T30S", 0),
        (f"ZZ1,{HEX},ocra,OCRA-1:HOTP-SHA256-8:QN06", "OCRA-1:HOTP-SHA256-8:QN06", 0),
        (f"ZZ1,{HEX},ocra2,OCRA-1:HOTP-SHA1-6:C-QN08", "OCRA-1:HOTP-SHA1-6:C-QN08", 0),
        (f"# version: 2\nann,resolver,realm,ZZ1,{HEX},hotp,6", "HOTP-SHA1-6", 0),
        (f"Serial,Secret,Algorithm,Response Length\nZZ1,{HEX},hotp,8", "HOTP-SHA1-8", 0),
        (f"digits;type\n\n# a comment, and an empty line\nZZ1,{HEX}", "HOTP-SHA1-6", 0),
        (f"type,key,serial,period,hash\ntotp,{HEX},ZZ1,60,SHA512", "TOTP-SHA512-6-T1M", 0),
    ],
)
def test_a_line_means_what_its_maker_meant(line, suite, counter):
    reading = read_csv(b"\xef\xbb\xbf" + line.replace("digits;type\n", "").encode())
    (key,) = reading.keys
    assert (key.serial, bytes(key.credential.key)) == ("ZZ1", KEY)
    assert (key.credential.login_suite, key.credential.counter) == (suite, counter)


def test_each_line_that_cannot_be_taken_is_named_and_the_others_are_taken():
    reading = read_csv(
        f"serial,key,type,digits,step,suite\nZZ1,{HEX},hotp,6\nZZ2,nothex,hotp,6\nZZ3,3132,hotp,6\n,{HEX},hotp,6\n"
        f"ZZ5,{HEX},tan,6\nZZ6,{HEX},totp,six\nZZ7,{HEX},ocra\nZZ8,{HEX},totp,6,61\nZZ9,{HEX},totp,6,60\n".encode()
    )
    assert [key.serial for key in reading.keys] == ["ZZ1", "ZZ9"]
    told = [(one.place, one.serial) for one in reading.refused]
    assert told == [(f"line {n}", "" if n == 5 else f"ZZ{n - 1}") for n in range(3, 10)]
    words = ["not hex", "16 to 128", "no serial", "'tan'", "no number", "no OCRA suite", "1 to 59"]
    assert all(word in one.reason for word, one in zip(words, reading.refused, strict=True))


def test_a_label_is_cut_in_the_form_it_is_kept_in():
    (key,) = read_csv(f"serial,key,type,label\nZZ1,{HEX},hotp,{chr(0x958) * 64}\n".encode()).keys
    assert key.credential.label == "\u0915\u093c" * 32


def test_what_would_act_on_a_terminal_is_not_shown():
    (refused,) = read_csv(f"Z\x1b[2J,{HEX},ta\x1b[1mn".encode()).refused
    assert "\x1b" not in str(refused)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00x", b'ZZ1,"ab', b"\x80\x81"])
def test_what_is_no_text_with_commas_is_refused(content):
    with pytest.raises(NotAKeyFileError):
        read_csv(content)


def test_a_key_for_lines_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text(f"ZZ1,{HEX}")
    with pytest.raises(ProtectionError), read_key_file(tmp_path / "x.csv", Protection(key=bytearray(16))):
        pass


def test_what_goes_out_for_privacyidea_comes_back(seal, going, other, tmp_path):
    news = [
        seal("DS-1", login_suite="HOTP-SHA1-6", counter=5),
        seal("DS-2", login_suite="TOTP-SHA1-8-T1M"),
        seal("DS-3"),
    ]
    content, refused = privacyidea_csv(going())
    assert refused == []
    first = content.decode().splitlines()[0]
    assert first == f"DS-1, {news[0].key.hex()}, hotp, 6, 5"
    path = tmp_path / "out.csv"
    path.write_bytes(content)
    with read_key_file(path, Protection()) as reading:
        assert take_in(other, reading).refused == ()
    for serial, new in zip(("DS-1", "DS-2", "DS-3"), news, strict=True):
        credential = other.credential(serial)
        assert other.key(credential) == new.key
        assert (credential.login_suite, credential.counter) == (new.login_suite, new.counter)


def test_what_that_form_cannot_say_is_not_written(seal, going):
    seal("DS-1", login_suite="HOTP-SHA256-6")
    seal("D,S", login_suite="HOTP-SHA1-6")
    content, refused = privacyidea_csv(going())
    assert content == b""
    assert ["comma" in refused[0].reason, "SHA1 only" in refused[1].reason] == [True, True]
