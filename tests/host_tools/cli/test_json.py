"""What a command reads, programs can read too: each command is said to read or not, and each that reads has --json."""

import typer.main

from host_tools.cli.main import app

# Commands that change something, make something, or print one value that is its own format.
OTHERS = {
    "completion", "demo", "hotp", "ocra", "sign", "simulate", "totp",
    "confirm", "unlock",
    "inventory assign", "inventory backup", "inventory destroy", "inventory export", "inventory release",
    "inventory restore", "inventory return", "inventory ship", "inventory tidy",
    "operator add", "operator approve", "operator remove", "keys enrol", "keys export", "keys otpauth",
    "api-key add", "api-key revoke", "card end", "card issue", "clock accept", "device add", "device end",
    "device sms", "device unlock", "limits cancel", "limits none-since-backup", "outbox sent", "passcode issue",
    "user add", "user close", "user end-sessions", "user identify", "user password", "user phone",
    "serve",
    "station init", "station label", "station letter", "station passphrase", "station rotate",
    "token forget", "token new",
}  # fmt: skip
READING = {
    "api-key list", "card show", "challenge", "clock show", "device activate", "device confirm", "device list",
    "device resync", "limits policy", "limits show", "limits withdrawals", "outbox list", "user list", "user sessions",
    "user show",
    "inventory audit", "inventory history", "inventory list", "inventory search", "inventory show",
    "keys import", "operator list", "operator policy", "operator requests", "page", "resync", "station batch",
    "station provision",
    "station resolve", "vault inspect", "verify", "verify-signature",
}  # fmt: skip


def commands():
    """Every command's words, with the command."""
    found = {}

    def walk(command, words):
        if hasattr(command, "commands"):
            for name, one in command.commands.items():
                walk(one, [*words, name])
        else:
            found[" ".join(words)] = command

    walk(typer.main.get_command(app), [])
    return found


def test_every_command_is_said_to_read_or_not():
    assert set(commands()) - READING - OTHERS == set()
    assert (READING | OTHERS) - set(commands()) == set()


def test_every_command_that_reads_prints_json_if_asked():
    options = {
        name: {option for one in command.params for option in one.opts}
        for name, command in commands().items()
    }
    assert sorted(name for name in READING if "--json" not in options[name]) == []
