"""The order of a token and the keys that it answers with: payloads of PROVISION and KEYS, strictly read.

Secrets (entropy, PIN, delta, keys) are bytearrays on both ends; whoever holds one wipes it. All functions raise
MessageError for anything that the format does not allow.
"""

from dsc.crypto.memory import wipe
from dsc.crypto.seal import SECRET_SIZE
from dsc.protocol.errors import MessageError
from dsc.protocol.extras import read_fields, write_fields
from dsc.protocol.pin import PIN_MAX_DIGITS
from dsc.protocol.records import ID_SIZE, KEY_MAX, KEY_MIN, KIND_OPEN, KIND_PIN
from dsc.protocol.wire import LABEL, SERIAL, SUITE, Reader, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsc.protocol.extras import FormField
    from dsc.protocol.wire import Failer

ENTROPY_SIZE = 32
MAX_CREDENTIALS = 64
MUST_CHANGE = 0x01  # PROVISION's flag: the PIN comes by letter, and must be changed after one challenge
KINDS = (KIND_PIN, KIND_OPEN)  # a server key is ordered by its suite


class CredentialOrder:
    """One credential that the station asks for; the token makes ids, nonces and keys.

    A server suite orders a key of its own for mutual mode, as long as the digest of its hash.
    """

    def __init__(
        self,
        kind: int,
        label: str = "",
        login: str = "",
        sign: str = "",
        server: str = "",
        key_length: int = 32,
        counter: int = 0,
        form: "Sequence[FormField]" = (),
    ) -> None:
        self.kind = kind  # KIND_PIN or KIND_OPEN
        self.label = label
        self.login = login  # an OCRA suite, or a method of plain codes
        self.sign = sign
        self.server = server
        self.key_length = key_length  # 16 to 64 bytes
        self.counter = counter  # the first value to be used
        self.form = form  # what it asks for when it signs


class Provision:
    """All that the station contributes to a new token."""

    def __init__(
        self,
        entropy: bytearray,
        mode: int,
        flags: int,
        rounds: int,
        serial: str,
        pin: bytearray,
        credentials: list[CredentialOrder],
        delta: bytearray | None = None,
        time: int = 0,
        language: int = 0,
        pin_limit: int = 0,
        code_limit: int = 0,
        wipes: bool = False,
    ) -> None:
        self.entropy = entropy  # 32 bytes of the host's
        self.mode = mode
        self.flags = flags
        self.rounds = rounds  # of PBKDF2; 0 leaves the choice to the token
        self.serial = serial
        self.pin = pin  # ASCII digits; dsc.protocol.pin judges them
        self.credentials = credentials
        self.delta = (
            delta if delta is not None else bytearray()
        )  # of the duress PIN, ASCII digits; empty without one
        self.time = time  # Unix seconds, 0 if the station does not set the clock
        self.language = language
        # Verified mode: failed attempts in a row that lock the token, and whether it wipes itself then.
        self.pin_limit = pin_limit
        self.code_limit = code_limit
        self.wipes = wipes

    def forget_all_but_pin(self) -> None:
        """Overwrite entropy and delta, and let go of the credentials: a token that is made needs them no more."""
        wipe(self.entropy, self.delta)
        self.credentials = []

    def wipe(self) -> None:
        """Overwrite entropy, PIN and delta."""
        wipe(self.entropy, self.pin, self.delta)


class KeySet:
    """The keys of one credential: its own, the one that its duress PIN opens, and its server's."""

    def __init__(
        self,
        credential_id: bytes | bytearray,
        key: bytearray,
        alarm_key: bytearray | None = None,
        server_id: bytes | bytearray = b"",
        server_key: bytearray | None = None,
    ) -> None:
        self.id = credential_id  # 16 bytes
        self.key = key  # 16 to 64 bytes
        self.alarm_key = (
            alarm_key if alarm_key is not None else bytearray()
        )  # as long as the key; empty without
        self.server_id = server_id  # 16 bytes; empty without
        self.server_key = (
            server_key if server_key is not None else bytearray()
        )  # 16 to 64 bytes; empty without

    def wipe(self) -> None:
        """Overwrite all keys."""
        wipe(self.key, self.alarm_key, self.server_key)


def encode_provision(order: Provision) -> bytearray:
    """PROVISION: entropy, policy, serial, PIN and the credentials to be made. The caller wipes the result."""
    writer = Writer(_provision_error)
    writer.fixed("entropy", order.entropy, ENTROPY_SIZE)
    writer.number("mode", order.mode, 1)
    writer.number("flags", order.flags, 1)
    writer.number("rounds", order.rounds, 4)
    writer.number("time", order.time, 8)
    writer.number("language", order.language, 1)
    writer.number("PIN limit", order.pin_limit, 1)
    writer.number("code limit", order.code_limit, 1)
    writer.number("wipe", order.wipes, 1)
    writer.text("serial", order.serial, SERIAL)
    writer.block("PIN", order.pin, 0, PIN_MAX_DIGITS)
    _check_delta(order.delta, order.pin)
    writer.block("delta", order.delta, 0, PIN_MAX_DIGITS)
    _check_count(len(order.credentials), _provision_error)
    writer.number("number of credentials", len(order.credentials), 1)
    for credential in order.credentials:
        _write_credential(writer, credential)
    return writer.finish()


def decode_provision(payload: bytes | bytearray) -> Provision:
    """Return the Provision; entropy, PIN and delta are new bytearrays, and nothing of them outlives an error."""
    reader = Reader(payload, _provision_error)
    entropy = pin = delta = None
    try:
        entropy = reader.secret("entropy", ENTROPY_SIZE)
        mode = reader.number("mode", 1)
        flags = reader.number("flags", 1)
        rounds = reader.number("rounds", 4)
        time = reader.number("time", 8)
        language = reader.number("language", 1)
        pin_limit = reader.number("PIN limit", 1)
        code_limit = reader.number("code limit", 1)
        wipes = reader.choice("wipe", (0, 1)) == 1
        serial = reader.text("serial", SERIAL)
        pin = reader.secret_block("PIN", 0, PIN_MAX_DIGITS)
        delta = reader.secret_block("delta", 0, PIN_MAX_DIGITS)
        _check_delta(delta, pin)
        count = reader.number("number of credentials", 1)
        _check_count(count, _provision_error)
        credentials = [_read_credential(reader) for _ in range(count)]
        reader.end()
        return Provision(
            entropy,
            mode,
            flags,
            rounds,
            serial,
            pin,
            credentials,
            delta,
            time,
            language,
            pin_limit,
            code_limit,
            wipes,
        )
    except BaseException:
        wipe(entropy, pin, delta)  # also if the heap was full
        raise


def encode_keys(keys: "Sequence[KeySet]", unlock_secret: bytes | bytearray = b"") -> bytearray:
    """KEYS: the keys of each credential in the order of PROVISION, and the unlock secret of verified mode (32 bytes).

    The caller wipes the result.
    """
    writer = Writer(_keys_error)
    _check_count(len(keys), _keys_error)
    writer.number("number of keys", len(keys), 1)
    for each in keys:
        writer.fixed("id", each.id, ID_SIZE)
        writer.block("key", each.key, KEY_MIN, KEY_MAX)
        _check_key_set(each)
        writer.block("alarm key", each.alarm_key, 0, KEY_MAX)
        writer.block("server id", each.server_id, 0, ID_SIZE)
        writer.block("server key", each.server_key, 0, KEY_MAX)
    _check_unlock_secret(unlock_secret)
    writer.block("unlock secret", unlock_secret, 0, SECRET_SIZE)
    return writer.finish()


def decode_keys(payload: bytes | bytearray) -> tuple[list[KeySet], bytearray]:
    """Return the keys, and the unlock secret (empty in soft mode): new bytearrays, none of which outlives an error."""
    reader = Reader(payload, _keys_error)
    count = reader.number("number of keys", 1)
    _check_count(count, _keys_error)
    keys: list[KeySet] = []
    key = alarm_key = server_key = unlock_secret = None
    try:
        for _ in range(count):
            credential_id = reader.fixed("id", ID_SIZE)
            key = reader.secret_block("key", KEY_MIN, KEY_MAX)
            alarm_key = reader.secret_block("alarm key", 0, KEY_MAX)
            server_id = reader.block("server id", 0, ID_SIZE)
            server_key = reader.secret_block("server key", 0, KEY_MAX)
            keys.append(KeySet(credential_id, key, alarm_key, server_id, server_key))
            _check_key_set(keys[-1])
        unlock_secret = reader.secret_block("unlock secret", 0, SECRET_SIZE)
        _check_unlock_secret(unlock_secret)
        reader.end()
    except BaseException:
        wipe(key, alarm_key, server_key, unlock_secret)  # not in the list yet if the heap was full
        for each in keys:
            each.wipe()
        raise
    return keys, unlock_secret


def _write_credential(writer: Writer, credential: CredentialOrder) -> None:
    if credential.kind not in KINDS:
        raise _provision_error(f"kind {credential.kind} is unknown")
    _check_key_length(credential.key_length)
    writer.number("kind", credential.kind, 1)
    writer.text("label", credential.label, LABEL)
    writer.text("login suite", credential.login, SUITE)
    writer.text("sign suite", credential.sign, SUITE)
    writer.text("server suite", credential.server, SUITE)
    writer.number("key length", credential.key_length, 1)
    writer.number("counter", credential.counter, 8)
    write_fields(writer, credential.form, _provision_error)


def _read_credential(reader: Reader) -> CredentialOrder:
    kind = reader.choice("kind", KINDS)
    label = reader.text("label", LABEL)
    login = reader.text("login suite", SUITE)
    sign = reader.text("sign suite", SUITE)
    server = reader.text("server suite", SUITE)
    key_length = reader.number("key length", 1)
    _check_key_length(key_length)
    counter = reader.number("counter", 8)
    form = read_fields(reader, _provision_error)
    return CredentialOrder(kind, label, login, sign, server, key_length, counter, form)


def _check_count(count: int, fail: "Failer") -> None:
    if not 1 <= count <= MAX_CREDENTIALS:
        raise fail(f"{count} credentials instead of 1 to {MAX_CREDENTIALS}")


def _check_key_length(length: int) -> None:
    if not KEY_MIN <= length <= KEY_MAX:
        raise _provision_error(f"key length {length} is outside {KEY_MIN} to {KEY_MAX} bytes")


def _check_delta(delta: bytes | bytearray, pin: bytes | bytearray) -> None:
    if len(delta) not in (0, len(pin)):
        raise _provision_error(f"delta has {len(delta)} digits instead of none, or as many as the PIN")


def _check_key_set(keys: KeySet) -> None:
    if len(keys.alarm_key) not in (0, len(keys.key)):
        raise _keys_error("the alarm key is not as long as the key")
    if len(keys.server_id) not in (0, ID_SIZE):
        raise _keys_error(f"server id has {len(keys.server_id)} bytes instead of 0 or {ID_SIZE}")
    if (keys.server_id and len(keys.server_key) < KEY_MIN) or (not keys.server_id and keys.server_key):
        raise _keys_error(f"a server key has an id, and {KEY_MIN} to {KEY_MAX} bytes")


def _check_unlock_secret(secret: bytes | bytearray) -> None:
    if len(secret) not in (0, SECRET_SIZE):
        raise _keys_error(f"unlock secret has {len(secret)} bytes instead of 0 or {SECRET_SIZE}")


def _provision_error(reason: str) -> MessageError:
    return MessageError("PROVISION", reason)


def _keys_error(reason: str) -> MessageError:
    return MessageError("KEYS", reason)
