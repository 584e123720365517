"""The help is the manual: every command, every option, an example."""

import pytest

from dsc.version import VERSION

COMMANDS = {
    ("ocra",): (
        "suite",
        "key",
        "question",
        "counter",
        "pin",
        "pin-hash",
        "session",
        "timestamp",
        "batch",
        "engine",
    ),
    ("hotp",): ("key", "counter", "digits", "algorithm", "batch", "engine"),
    ("totp",): ("key", "timestamp", "digits", "algorithm", "step", "start", "batch", "engine"),
    ("token", "new"): ("serial", "pin", "suite", "label", "rounds", "engine"),
    ("token", "forget"): ("yes",),
    ("simulate",): ("token", "script", "frames", "engine"),
    ("vault", "inspect"): ("reveal", "json"),
    ("verify",): ("serial", "challenge", "response", "credential"),
    ("resync",): ("credential", "identified-by"),
    ("sign",): ("field", "form", "value", "key", "suite", "counter", "timestamp", "credential"),
    ("verify-signature",): ("field", "form", "value", "credential"),
    ("page",): ("credential",),
    ("confirm",): ("credential", "page", "identified-by", "challenge", "response"),
    ("unlock",): ("identified-by", "again", "ahead", "operator", "challenge", "response"),
    ("operator", "add"): ("token", "credential", "operator", "challenge", "response"),
    ("operator", "list"): ("json",),
    ("operator", "remove"): ("operator", "challenge", "response"),
    ("operator", "policy"): ("operator", "challenge", "response", "json"),
    ("operator", "requests"): ("all", "json"),
    ("operator", "approve"): ("operator", "challenge", "response"),
    ("station", "provision"): (
        "port",
        "serial",
        "batch",
        "orders",
        "order",
        "user",
        "label",
        "suite",
        "mode",
        "pin",
        "pin-digits",
        "duress",
        "language",
        "rounds",
        "flash",
        "image",
        "watch",
        "count",
        "receipts",
        "into",
        "engine",
        "json",
    ),
    ("station", "resolve"): ("port", "credential", "engine", "json"),
    ("station", "label"): ("stock", "out", "skip"),
    ("station", "letter"): ("out", "language", "address", "sender", "contact", "sample"),
    ("keys", "enrol"): (
        "server",
        "admin",
        "password-file",
        "ca-file",
        "credential",
        "user",
        "realm",
    ),
    ("keys", "export"): (
        "out",
        "state",
        "all",
        "format",
        "key-file",
        "new-key",
        "passphrase-file",
        "in-clear",
        "skip",
    ),
    ("keys", "import"): ("key-file", "passphrase-file", "dry-run", "json"),
    ("keys", "otpauth"): ("credential", "png", "svg", "yes"),
    ("inventory", "list"): ("state", "user", "batch", "mode", "since", "json"),
    ("inventory", "show"): ("json",),
    ("inventory", "search"): ("limit", "json"),
    ("inventory", "history"): ("user", "json"),
    ("inventory", "audit"): ("head", "json"),
    ("inventory", "assign"): (),
    ("inventory", "release"): (),
    ("inventory", "ship"): (),
    ("inventory", "return"): (),
    ("inventory", "destroy"): ("yes",),
    ("inventory", "export"): ("out", "state", "user", "batch", "mode", "since"),
    ("inventory", "backup"): (),
    ("inventory", "tidy"): (),
    ("inventory", "restore"): ("keep", "yes", "operator", "challenge", "response"),
    ("station", "batch"): ("digits", "first", "json"),
    ("user", "add"): ("password-file", "no-password", "phone", "language"),
    ("user", "list"): ("all", "after", "most", "json"),
    ("user", "show"): ("json",),
    ("user", "password"): ("password-file", "no-password"),
    ("user", "phone"): ("none",),
    ("user", "close"): ("yes",),
    ("user", "identify"): ("identified-by",),
    ("user", "sessions"): ("json",),
    ("user", "end-sessions"): (),
    ("device", "add"): ("kind", "credential", "active"),
    ("device", "sms"): (),
    ("device", "list"): ("all", "json"),
    ("device", "activate"): ("by-operator", "page", "begin", "answer", "json"),
    ("device", "end"): (),
    ("device", "resync"): ("device", "json"),
    ("device", "confirm"): ("device", "page", "begin", "answer", "number-for", "json"),
    ("device", "unlock"): ("device", "identified-by", "again", "ahead", "operator", "challenge", "response"),
    ("challenge",): ("device", "page", "begin", "answer", "session", "json"),
    ("card", "issue"): ("out", "online", "paper", "sender", "contact"),
    ("card", "show"): ("json",),
    ("card", "end"): (),
    ("passcode", "issue"): ("identified-by",),
    ("limits", "show"): ("json",),
    ("limits", "withdrawals"): ("json",),
    ("limits", "cancel"): (),
    ("limits", "none-since-backup"): ("yes",),
    ("limits", "policy"): ("json",),
    ("outbox", "list"): ("all", "text", "json"),
    ("outbox", "sent"): (),
    ("api-key", "add"): ("scope",),
    ("api-key", "list"): ("json",),
    ("api-key", "revoke"): (),
    ("clock", "show"): ("json",),
    ("clock", "accept"): ("yes",),
    ("serve",): ("config", "write-config"),
    ("completion",): (),
    ("demo",): ("engine",),
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_a_command_has_its_options_and_an_example(picodsc, command):
    ended = picodsc(*command, "--help")
    assert (ended.err, ended.code) == ("", 0)
    for option in COMMANDS[command]:
        assert f"--{option} " in ended.out
    words = " ".join(ended.out.split())
    assert f"Example: picodsc {' '.join(command)}" in words
    assert picodsc(*command, "-h").out == ended.out


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_alone_it_lists_its_commands(picodsc, arguments):
    ended = picodsc(*arguments)
    assert all(command[0] in ended.out + ended.err for command in COMMANDS)


@pytest.mark.parametrize(("group", "command"), [("token", "new"), ("vault", "inspect"), ("keys", "enrol")])
def test_a_group_alone_lists_its_commands(picodsc, group, command):
    ended = picodsc(group)
    assert command in ended.out + ended.err


def test_the_version_is_the_firmware_s(picodsc):
    assert picodsc("--version").out == f"picodsc {VERSION}\n"


def test_an_unknown_command_ends_with_exit_code_2(picodsc):
    ended = picodsc("tokens")
    assert (ended.out, ended.code) == ("", 2)
    assert "tokens" in ended.err


def test_every_word_of_the_script_language_is_in_the_help(picodsc):
    shown = picodsc("simulate", "--help").out
    for word in ("press", "hold", "wait", "expect", "read RESPONSE", "screenshot", "power off"):
        assert word in shown


def test_the_help_does_not_wait_for_the_database_library(process):
    program = "import sys; from host_tools.cli.main import app; print('sqlalchemy' in sys.modules)"
    assert process(program=program).out == "False\n"


def test_the_keys_of_a_batch_are_in_the_help(picodsc):
    shown = " ".join(picodsc("ocra", "--help").out.split())
    assert "suite, key, question, counter, pin, pin_hash, session and timestamp" in shown


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_takes_in_words_of_its_own(picodsc, command):
    assert "<" not in picodsc(*command, "--help").out


def test_no_summary_of_a_command_is_cut(picodsc):
    assert "..." not in picodsc("--help").out.partition("Commands:")[2]


def test_the_help_says_what_is_a_comment_and_how_long_a_wait_may_be(picodsc):
    shown = " ".join(picodsc("simulate", "--help").out.split())
    assert "A comment is a line of its own that begins with #; after a step, # is the OK key." in shown
    assert "a day at most" in shown
