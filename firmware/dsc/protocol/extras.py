"""Records that belong to a credential and never change, as bytes: what it signs, and whose server it checks.

Each is read and written as those of `dsc.protocol.records` are, and raises RecordError as they do.
"""

from dsc.protocol.errors import RecordError
from dsc.protocol.records import CRITICAL, ID_SIZE
from dsc.protocol.wire import LABEL, Reader, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsc.protocol.wire import Failer

    # Kind, label, decimals, currency ("" if none): what dsc.protocol.transaction.Field is made of.
    FormField = tuple[int, str, int, str]

TYPE_FORM = CRITICAL | 0x0A
TYPE_LINK = CRITICAL | 0x0B

FORM_KINDS = (1, 2, 3, 4)  # amount, account, digits, reference
FORM_MAX = 4  # fields: up to three, and a reference

_NO_CURRENCY = bytes(3)


class Form:
    """What a credential asks for when it signs: one to four fields, in the order in which they are signed."""

    TYPE = TYPE_FORM
    VERSION = 1

    def __init__(self, credential_id: bytes | bytearray, fields: "Sequence[FormField]") -> None:
        self.id = credential_id  # of the credential, 16 bytes
        self.fields = list(fields)

    def encode(self) -> bytearray:
        """Return the payload."""
        writer = Writer(_form_error)
        writer.fixed("id", self.id, ID_SIZE)
        if not self.fields:
            raise _form_error("a form has at least one field")
        write_fields(writer, self.fields, _form_error)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Form":
        """Read a payload."""
        reader = Reader(payload, _form_error)
        credential_id = reader.fixed("id", ID_SIZE)
        fields = read_fields(reader, _form_error)
        reader.end()
        if not fields:
            raise _form_error("a form has at least one field")
        return cls(credential_id, fields)


class Link:
    """Which server key goes with a login credential: both are credentials, each with an id of its own."""

    TYPE = TYPE_LINK
    VERSION = 1

    def __init__(self, login_id: bytes | bytearray, server_id: bytes | bytearray) -> None:
        self.id = login_id  # of the credential that logs in, 16 bytes
        self.server_id = server_id  # of the one of KIND_SERVER, 16 bytes

    def encode(self) -> bytearray:
        """Return the payload."""
        writer = Writer(_link_error)
        writer.fixed("login id", self.id, ID_SIZE)
        writer.fixed("server id", self.server_id, ID_SIZE)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Link":
        """Read a payload."""
        reader = Reader(payload, _link_error)
        login_id = reader.fixed("login id", ID_SIZE)
        server_id = reader.fixed("server id", ID_SIZE)
        reader.end()
        return cls(login_id, server_id)


CLASSES = (Form, Link)


def write_fields(writer: Writer, fields: "Sequence[FormField]", fail: "Failer") -> None:
    """Add the fields of a form, none to FORM_MAX, behind their number."""
    if len(fields) > FORM_MAX:
        raise fail(f"{len(fields)} fields in a form instead of at most {FORM_MAX}")
    writer.number("number of fields", len(fields), 1)
    for kind, label, decimals, currency in fields:
        _check_kind(kind, fail)
        writer.number("field kind", kind, 1)
        writer.text("field label", label, LABEL)
        writer.number("decimals", decimals, 1)
        code = currency.encode() or _NO_CURRENCY
        _check_currency(code, fail)
        writer.fixed("currency", code, len(_NO_CURRENCY))


def read_fields(reader: Reader, fail: "Failer") -> "list[FormField]":
    """Take the fields of a form, none to FORM_MAX, behind their number."""
    count = reader.number("number of fields", 1)
    if count > FORM_MAX:
        raise fail(f"{count} fields in a form instead of at most {FORM_MAX}")
    fields = []
    for _ in range(count):
        kind = reader.number("field kind", 1)
        _check_kind(kind, fail)
        label = reader.text("field label", LABEL)
        decimals = reader.number("decimals", 1)
        code = reader.fixed("currency", len(_NO_CURRENCY))
        _check_currency(code, fail)
        fields.append((kind, label, decimals, "" if code == _NO_CURRENCY else code.decode()))
    return fields


def _check_kind(kind: int, fail: "Failer") -> None:
    if kind not in FORM_KINDS:
        raise fail(f"field kind {kind} is unknown")


def _check_currency(code: bytes, fail: "Failer") -> None:
    if code != _NO_CURRENCY and not all(0x41 <= letter <= 0x5A for letter in code):
        raise fail("a currency is three letters A to Z")


def _form_error(reason: str) -> RecordError:
    return RecordError("form", reason)


def _link_error(reason: str) -> RecordError:
    return RecordError("link", reason)
