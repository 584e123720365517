"""`picodsc ocra`, `hotp` and `totp`: one code, or a batch of them."""

import json

import pytest

KEY20 = "3132333435363738393031323334353637383930"
KEY32 = KEY20 + "313233343536373839303132"
KEY64 = KEY20 * 3 + "31323334"
PIN_HASH = "7110eda4d09e062aa5e4a390b0a572ac0d2c0220"
ONE_WAY = ("--suite", "OCRA-1:HOTP-SHA1-6:QN08", "--key", KEY20, "--question", "00000000")
COUNTER = ("--suite", "OCRA-1:HOTP-SHA512-8:C-QN08", "--key", KEY64, "--question", "00000000")
WITH_PIN = ("--suite", "OCRA-1:HOTP-SHA256-8:QN08-PSHA1", "--key", KEY32, "--question", "00000000")
WITH_ALL = ("--suite", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", "--key", KEY32, "--question", "12345678")
TIMED = ("--suite", "OCRA-1:HOTP-SHA512-8:QA10-T1M", "--key", KEY64, "--question", "SIG1000000")
SESSION = ("--suite", "OCRA-1:HOTP-SHA256-8:QN08-S002", "--key", KEY32, "--question", "1")
REQUEST = {"suite": "OCRA-1:HOTP-SHA1-6:QN08", "key": KEY20, "question": "00000000"}


@pytest.fixture
def engine(engine_name):
    return ("--engine", engine_name)


# RFC 6287 appendix C, RFC 4226 appendix D, RFC 6238 appendix B.
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ocra", *ONE_WAY), "237653"),
        (("ocra", *COUNTER, "--counter", 0), "07016083"),
        (("ocra", *WITH_PIN, "--pin", "1234"), "83238735"),
        (("ocra", *WITH_PIN, "--pin-hash", PIN_HASH), "83238735"),
        (("ocra", *WITH_ALL, "--pin", "1234", "--counter", 0), "65347737"),
        (("ocra", *TIMED, "--timestamp", 1206446760), "77537423"),
        (("hotp", "--key", KEY20, "--counter", 0), "755224"),
        (("hotp", "--key", KEY20, "--counter", 9), "520489"),
        (("totp", "--key", KEY20, "--timestamp", 59, "--digits", 8), "94287082"),
        (("totp", "--key", KEY32, "--timestamp", 59, "--digits", 8, "--algorithm", "SHA256"), "46119246"),
        (("totp", "--key", KEY20, "--timestamp", 119, "--step", 60, "--start", 60), "755224"),
    ],
)
def test_published_codes_are_printed_and_nothing_else(picodsc, engine, arguments, code):
    ended = picodsc(*arguments, *engine)
    assert (ended.out, ended.err, ended.code) == (f"{code}\n", "", 0)


def test_session_data_are_hex_of_the_suite_s_length(picodsc):
    assert picodsc("ocra", *SESSION, "--session", "c0de").code == 0
    ended = picodsc("ocra", *SESSION, "--session", "c0")
    assert "session: must be exactly 2 bytes" in ended.err
    assert ended.code == 2


@pytest.mark.parametrize("name", ["suite", "key", "question"])
def test_a_missing_option_is_named(picodsc, name):
    at = ONE_WAY.index(f"--{name}")
    ended = picodsc("ocra", *ONE_WAY[:at], *ONE_WAY[at + 2 :])
    assert (ended.out, ended.code) == ("", 2)
    assert f"ocra needs --{name}; or --batch FILE" in ended.err


@pytest.mark.parametrize(
    ("command", "missing"),
    [("ocra", "--suite, --key, --question"), ("hotp", "--key, --counter"), ("totp", "--key, --timestamp")],
)
def test_all_missing_options_are_named_at_once(picodsc, command, missing):
    ended = picodsc(command)
    assert f"{command} needs {missing}; or --batch FILE" in ended.err
    assert ended.code == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("ocra", *ONE_WAY, "--counter", 0), "counter"),
        (("ocra", *ONE_WAY[:-1], "x"), "question"),
        (("ocra", *ONE_WAY[:-1], "é"), "question"),
        (("ocra", *ONE_WAY[:-1], ""), "question"),
        (("ocra", *ONE_WAY[:-1], "\udcff"), "half a character"),
        (("ocra", "--suite", "ocra-1", *ONE_WAY[2:]), "OCRA suite 'ocra-1'"),
        (("ocra", *ONE_WAY[:3], "3", *ONE_WAY[4:]), "key is not hex"),
        (("ocra", *COUNTER), "counter"),
        (
            ("ocra", *COUNTER, "--counter", 2**64),
            "counter: must be a whole number of 0 to 2^64 - 1",
        ),
        (("ocra", *COUNTER, "--counter", -1), "counter: must be"),
        (("ocra", *COUNTER, "--counter", "five"), "--counter"),
        (("ocra", *COUNTER, "--counter", "1.5"), "--counter"),
        (("ocra", *WITH_PIN, "--pin", "1234", "--pin-hash", PIN_HASH), "exclude each other"),
        (("ocra", *WITH_PIN, "--pin-hash", "00"), "picodsc: pin_hash: "),
        (("ocra", *WITH_PIN, "--pin", "\udcff"), "half a character"),
        (("ocra", *WITH_PIN), "pin_hash"),
        (("hotp", "--key", KEY20, "--counter", 0, "--digits", 11), "digits"),
        (("hotp", "--key", KEY20, "--counter", 0, "--algorithm", "MD5"), "must be SHA1, SHA256 or SHA512"),
        (("totp", "--key", KEY20, "--timestamp", -1), "picodsc: timestamp: "),
        (("totp", "--key", KEY20, "--timestamp", 59, "--step", 0), "step"),
        (("ocra", *ONE_WAY, "--batch", "-"), "leave out --suite"),
        (("ocra", "--pin-hash", "00", "--batch", "-"), "leave out --pin-hash"),
        (("ocra", "--batch", "no/such/file"), "can't read no/such/file: no such file"),
        (("ocra", "--batch", "."), "can't read .: is a directory"),
    ],
)
def test_what_is_wrong_goes_to_standard_error_with_exit_code_2(picodsc, engine, arguments, reason):
    ended = picodsc(*arguments, *engine)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err
    assert KEY20 not in ended.err
    assert "Error: " not in ended.err.replace("\nError: ", "")  # the command line's own word; no class names


def test_the_last_counter_is_taken(picodsc, engine):
    assert len(picodsc("ocra", *COUNTER, "--counter", 2**64 - 1, *engine).out) == 9


def test_an_engine_that_is_not_there_ends_with_exit_code_1(picodsc, monkeypatch):
    monkeypatch.setenv("PICODSC_MICROPYTHON", "nowhere/micropython")
    ended = picodsc("ocra", *ONE_WAY, "--engine", "micropython")
    assert (ended.out, ended.code) == ("", 1)
    assert "nowhere/micropython" in ended.err


# Batches


def test_a_batch_answers_each_line_with_a_line(picodsc, engine, tmp_path):
    requests = [
        REQUEST,
        {**REQUEST, "counter": None, "pin": None, "pin_hash": None, "session": None, "timestamp": None},
        {**REQUEST, "question": 0},
        {"suite": WITH_ALL[1], "key": KEY32, "question": "12345678", "counter": 0, "pin": "1234"},
        {"suite": WITH_ALL[1], "key": KEY32, "question": "12345678", "counter": 0, "pin_hash": PIN_HASH},
        {"suite": TIMED[1], "key": KEY64, "question": "SIG1000000", "timestamp": 1206446760},
    ]
    batch = tmp_path / "batch"
    batch.write_text("\n".join(map(json.dumps, requests)))
    ended = picodsc("ocra", "--batch", batch, *engine)
    assert (ended.err, ended.code) == ("", 0)
    assert [json.loads(line) for line in ended.out.splitlines()] == [
        {"response": "237653"},
        {"response": "237653"},
        {"error": "QuestionError: question: must be text of 1 to 8 characters"},
        {"response": "65347737"},
        {"response": "65347737"},
        {"response": "77537423"},
    ]


def test_a_batch_comes_from_standard_input_as_well(picodsc, engine):
    lines = "\n\nnonsense\r\n" + json.dumps({"key": KEY20, "counter": 1}) + "\r\n"
    ended = picodsc("hotp", "--batch", "-", *engine, stdin=lines)
    assert ended.out == '{"error": "RequestError: the line is not JSON"}\n{"response": "287082"}\n'
    assert ended.code == 0


def test_an_empty_batch_is_answered_by_nothing(picodsc):
    ended = picodsc("totp", "--batch", "-")
    assert (ended.out, ended.err, ended.code) == ("", "", 0)


def test_bytes_that_are_no_text_spoil_their_own_line_only(process):
    good = json.dumps({"key": KEY20, "timestamp": 59, "digits": 8}).encode()
    ended = process("totp", "--batch", "-", stdin=b"\n".join([good, b'{"key": "\xff"}', b"\x00\xfe", good]))
    assert [next(iter(json.loads(line))) for line in ended.out.splitlines()] == [
        "response",
        "error",
        "error",
        "response",
    ]
    assert (ended.err, ended.code) == ("", 0)


def test_a_batch_is_answered_while_it_is_written(start, engine):
    running = start("ocra", "--batch", "-", *engine)
    for _ in range(3):
        running.stdin.write(json.dumps(REQUEST).encode() + b"\n")
        running.stdin.flush()
        assert running.stdout.readline() == b'{"response": "237653"}\n'


def test_a_batch_of_thousands_is_answered_though_nobody_reads_until_it_is_written(process, engine):
    line = json.dumps(REQUEST).encode() + b"\n"
    ended = process("ocra", "--batch", "-", *engine, stdin=line * 5000)
    assert ended.out == '{"response": "237653"}\n' * 5000
    assert ended.code == 0


def test_a_reader_that_goes_away_ends_a_batch_without_a_traceback(start, engine):
    running = start("ocra", "--batch", "-", *engine)
    running.stdout.close()
    line = json.dumps(REQUEST).encode() + b"\n"
    _, err = running.communicate(line * 100)
    assert b"Traceback" not in err
    assert running.returncode != 0
