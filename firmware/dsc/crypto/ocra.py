"""OCRA, the OATH challenge-response algorithm (RFC 6287 with errata 3729, 3899 and 5625)."""

from dsc.crypto.errors import (
    InputError,
    MissingInputError,
    PinHashError,
    QuestionError,
    SessionError,
    SuperfluousInputError,
)
from dsc.crypto.hashes import DIGEST_SIZE, new
from dsc.crypto.inputs import check_key, counter_bytes, time_bytes
from dsc.crypto.kdf import hmac_digest
from dsc.crypto.otp import truncated
from dsc.crypto.suite import Suite

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview

__all__ = ["Suite", "mutual", "padded_question", "pin_digest", "respond"]

_DIGITS = "0123456789"
_HEXADECIMAL = "0123456789abcdefABCDEF"
_ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALPHABETS = {
    "N": (_DIGITS, "may only have the digits 0 to 9"),
    "A": (_ALPHANUMERIC, "may only have the letters a to z and A to Z and the digits 0 to 9"),
    "H": (_HEXADECIMAL, "may only have hexadecimal digits, 0 to 9, a to f and A to F"),
}
_QUESTION_SIZE = 128  # bytes
_ZERO_BYTES = bytes(_QUESTION_SIZE)


def respond(
    suite: Suite,
    key: "Buffer",
    question: str,
    counter: int | None = None,
    pin_hash: "Buffer | None" = None,
    session: "Buffer | None" = None,
    timestamp: int | None = None,
) -> str:
    """The response to a question: one-way challenge-response and plain signature (RFC 6287 sections 7.1, 7.3).

    `question` is text as typed, 1 to the suite's length in characters. `counter` is 0 to 2^64 - 1; `pin_hash` a
    digest made by `pin_digest`; `session` exactly the suite's number of bytes; `timestamp` Unix seconds, which the
    suite's step is applied to. Each is given if and only if the suite calls for it. The response has the
    suite's number of decimal digits, or for 0 is the whole HMAC in lower-case hexadecimal (erratum 5625).

    Raises MissingInputError, SuperfluousInputError, or the InputError of the input that is wrong.
    """
    return _response(suite, key, padded_question(suite, question), counter, pin_hash, session, timestamp)


def mutual(
    suite: Suite,
    key: "Buffer",
    first: str,
    second: str,
    counter: int | None = None,
    pin_hash: "Buffer | None" = None,
    session: "Buffer | None" = None,
    timestamp: int | None = None,
) -> str:
    """The response of one side in mutual mode, to the other side's question first, then its own (section 7.2).

    The server computes over (client question, server question), the client over (server question, client
    question). Each part must have exactly the suite's full length, or other pairs would make the same text.
    Inputs, response and errors are those of `respond`.
    """
    _check_suite(suite)
    for name, part in (("first", first), ("second", second)):
        if not isinstance(part, str) or len(part) != suite.question_length:
            raise QuestionError("must be text of exactly %d characters" % suite.question_length, name)
    padded = _padded(suite.question_format, first + second)
    return _response(suite, key, padded, counter, pin_hash, session, timestamp)


def padded_question(suite: Suite, question: str) -> bytes:
    """The 128 bytes that a question enters the computation as (sections 5.1, 6.3); what makes a question unique.

    Decimal digits are a number, written as hexadecimal text; that, and hexadecimal text as it is, is filled with
    zeros on the right, an odd nibble included: 1, 16 and 256 are the same question. Letters and digits are ASCII.
    Raises QuestionError.
    """
    _check_suite(suite)
    if not isinstance(question, str) or not 1 <= len(question) <= suite.question_length:
        raise QuestionError("must be text of 1 to %d characters" % suite.question_length)
    return _padded(suite.question_format, question)


def pin_digest(suite: Suite, pin: "str | Buffer") -> bytearray:
    """The digest of a PIN (text is taken as UTF-8) by the suite's PIN hash, to be given as `pin_hash`.

    The caller wipes it. Raises SuperfluousInputError if the suite calls for no PIN.
    """
    _check_suite(suite)
    if suite.pin_algorithm is None:
        raise SuperfluousInputError("pin")
    return bytearray(new(suite.pin_algorithm, pin.encode() if isinstance(pin, str) else pin).digest())


def _response(
    suite: Suite,
    key: "Buffer",
    question: bytes,
    counter: int | None,
    pin_hash: "Buffer | None",
    session: "Buffer | None",
    timestamp: int | None,
) -> str:
    # DataInput of section 5.1, in the order C, Q, P, S, T. Up to Q nothing is secret, and makes one part; PIN hash
    # and session are hashed where they are, so that no copy of them is made.
    public = suite.prefix
    if suite.counter:
        if counter is None:
            raise MissingInputError("counter")
        public += counter_bytes(counter)
    elif counter is not None:
        raise SuperfluousInputError("counter")
    parts: list[Buffer] = [public + question]
    if suite.pin_algorithm is not None:
        if pin_hash is None:
            raise MissingInputError("pin_hash")
        _check_pin_hash(suite.pin_algorithm, pin_hash)
        parts.append(pin_hash)
    elif pin_hash is not None:
        raise SuperfluousInputError("pin_hash")
    if suite.session_length is not None:
        if session is None:
            raise MissingInputError("session")
        _check_session(suite.session_length, session)
        parts.append(session)
    elif session is not None:
        raise SuperfluousInputError("session")
    if suite.time_step is not None:
        if timestamp is None:
            raise MissingInputError("timestamp")
        parts.append(time_bytes(timestamp, suite.time_step))
    elif timestamp is not None:
        raise SuperfluousInputError("timestamp")
    check_key(key)
    digest = hmac_digest(suite.algorithm, key, *parts)
    return truncated(digest, suite.digits) if suite.digits else digest.hex()


def _check_suite(suite: Suite) -> None:
    if not isinstance(suite, Suite):
        raise InputError("suite", "must be a Suite; Suite.parse makes one of text")


def _padded(question_format: str, question: str) -> bytes:
    alphabet, rule = _ALPHABETS[question_format]
    # Strip empties the text if and only if all of it is in the alphabet. Not str.isdigit: it takes the digits of
    # every script.
    if question.strip(alphabet):
        raise QuestionError(rule)
    if question_format == "A":
        known = question.encode()
    else:
        text = "%x" % int(question) if question_format == "N" else question
        known = bytes.fromhex(text + "0" if len(text) & 1 else text)
    return known + _ZERO_BYTES[len(known) :]


def _check_pin_hash(algorithm: str, pin_hash: "Buffer") -> None:
    if not isinstance(pin_hash, (bytes, bytearray, memoryview)) or len(pin_hash) != DIGEST_SIZE[algorithm]:
        raise PinHashError("must be the %d bytes of a %s digest" % (DIGEST_SIZE[algorithm], algorithm))


def _check_session(length: int, session: "Buffer") -> None:
    if not isinstance(session, (bytes, bytearray, memoryview)) or len(session) != length:
        raise SessionError("must be exactly %d bytes" % length)
