"""Verified mode's wrappings: the DEK under a PIN and under an unlock code, with the board's own secret."""

from dsc.app import stretching
from dsc.crypto import seal
from dsc.crypto.memory import equal, wipe
from dsc.protocol.unlock import unlock_code
from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN, Wrapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.token import Token

    Formula = Callable[..., bytearray]


def pin_kek(token: "Token", pin: bytearray, salt: bytes | bytearray) -> bytearray:
    """The KEK that a PIN makes; the caller wipes it. Raises HalError if the board cannot give its secret."""
    return _kek(token, seal.key_encryption_key, pin, salt)


def open_dek(token: "Token", pin: bytearray) -> bytearray:
    """The DEK as this PIN opens it, right or wrong; the caller wipes it."""
    kek = pin_kek(token, pin, token.vault.wrapping.salt)
    try:
        return seal.open_dek(token.vault.wrapping.sealed_dek, kek)
    finally:
        wipe(kek)


def open_dek_by_code(token: "Token", code: bytearray) -> bytearray | None:
    """The DEK if this is the unlock code that is due, else None; the caller wipes it.

    A wrong code opens another DEK, that another unlock secret, and that one makes another code: all three look
    random, and the code comes out as it was typed with a chance of one in 10^16, the same as that of guessing it
    (docs/decisions/0017).
    """
    wrapped = token.vault.wrapping
    kek = dek = secret = due = None
    right = False
    try:
        kek = _kek(token, seal.unlock_key_encryption_key, code, wrapped.unlock_salt)
        dek = seal.open_dek(wrapped.unlock_dek, kek)
        secret = seal.seal_unlock_secret(wrapped.unlock_secret, dek)
        due = unlock_code(secret, token.vault.root.serial, wrapped.unlock_number)
        right = equal(due, code)
        return dek if right else None
    finally:
        wipe(kek, secret, due, None if right else dek)


def is_tagged_by(token: "Token", kek: bytearray) -> bool:
    """Whether the PIN that made this KEK is the right one; in constant time."""
    wrapped = token.vault.wrapping
    tag = seal.verified_tag(kek, wrapped.tagged())
    try:
        return equal(tag, wrapped.tag)
    finally:
        wipe(tag)


def write_flags(token: "Token", flags: int, kek: bytearray) -> None:
    """Commit other flags, and nothing else; `kek` is the PIN's."""
    old = token.vault.wrapping
    _write(
        token,
        Wrapping(
            flags,
            old.salt,
            old.sealed_dek,
            old.unlock_number,
            old.unlock_salt,
            old.unlock_dek,
            old.unlock_secret,
            old.pin_attempts,
            old.code_attempts,
        ),
        kek,
    )


def write_pin(token: "Token", dek: bytearray, pin: bytearray) -> None:
    """Commit a new PIN; the unlock code that is due stays due. The PIN's attempts and flags are forgiven."""
    old = token.vault.wrapping
    salt = token.board.entropy.read(seal.SALT_SIZE)
    kek = pin_kek(token, pin, salt)
    try:
        _write(
            token,
            Wrapping(
                0,
                salt,
                seal.seal_dek(dek, kek),
                old.unlock_number,
                old.unlock_salt,
                old.unlock_dek,
                old.unlock_secret,
                token.vault.attempts(ATTEMPT_PIN),
                old.code_attempts,
            ),
            kek,
        )
    finally:
        wipe(kek)


def write_unlocked(token: "Token", dek: bytearray, pin: bytearray) -> None:
    """Commit a new PIN and the next unlock code in one record, and forgive all attempts at either."""
    vault = token.vault
    old = vault.wrapping
    number = old.unlock_number + 1
    salt = token.board.entropy.read(seal.SALT_SIZE)
    unlock_salt = token.board.entropy.read(seal.SALT_SIZE)
    secret = code = code_kek = kek = None
    try:
        secret = seal.seal_unlock_secret(old.unlock_secret, dek)
        code = unlock_code(secret, vault.root.serial, number)
        code_kek = _kek(token, seal.unlock_key_encryption_key, code, unlock_salt)
        unlock_dek = seal.seal_dek(dek, code_kek)
        kek = pin_kek(token, pin, salt)
        _write(
            token,
            Wrapping(
                0,
                salt,
                seal.seal_dek(dek, kek),
                number,
                unlock_salt,
                unlock_dek,
                old.unlock_secret,
                vault.attempts(ATTEMPT_PIN),
                vault.attempts(ATTEMPT_CODE),
            ),
            kek,
        )
    finally:
        wipe(secret, code, code_kek, kek)


def _kek(token: "Token", formula: "Formula", digits: bytearray, salt: bytes | bytearray) -> bytearray:
    secret = token.board.secret()
    try:
        return formula(
            digits,
            salt,
            token.vault.root.rounds,
            secret,
            token.board.identity.uid,
            pbkdf2=stretching.pbkdf2(token),
        )
    finally:
        wipe(secret)


def _write(token: "Token", new: Wrapping, kek: bytearray) -> None:
    new.tag = seal.verified_tag(kek, new.tagged())
    token.vault.replace_wrapping(new)
