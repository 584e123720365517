"""Look through an XML file before it is parsed: what no key file needs is refused, and lines of keys are noted.

The parsers that python-pskc may be given keep neither line numbers nor limits of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from host_tools.station.files.errors import HostileFileError, NotAKeyFileError

DEEPEST: Final = 40  # elements inside one another
_PACKAGES: Final = ("KeyPackage", "Device")  # RFC 6030, and its drafts
_KEYS: Final = ("Key", "Secret")
_CIPHERS: Final = ("EncryptionMethod", "EncryptionScheme")
_VALUES: Final = ("PlainValue", "EncryptedValue", "ValueMAC", "ValueDigest", "Value")


@dataclass(slots=True)
class KeyPlace:
    """Where a key stands, and how its values are given. Drafts had a form of their own, encrypted or not."""

    line: int
    in_draft_form: bool = False
    secret_in_draft_form: bool = False
    secret_in_clear: bool = False
    encrypted: bool = False
    without_mac: bool = False
    twofold: bool = False


@dataclass(slots=True)
class Layout:
    """The keys in the order in which python-pskc has them, and how the file authenticates values.

    Key wrap (kw-) has a check of its own; other ciphers have none.
    """

    places: list[KeyPlace] = field(default_factory=list)
    has_mac: bool = False
    has_ciphers_without_check: bool = False
    is_signed: bool = False

    def tell_drafts(self, encrypted: bool) -> None:
        """Values in the drafts' form are encrypted if the file names a cipher, and they have a MAC."""
        for place in self.places:
            if encrypted and place.in_draft_form:
                place.encrypted = True
            elif place.secret_in_draft_form:
                place.secret_in_clear = True

    @property
    def is_encrypted(self) -> bool:
        """Whether any value is."""
        return any(place.encrypted for place in self.places)


def layout_of(content: bytes) -> Layout:
    """Raises NotAKeyFileError, HostileFileError."""
    scan = _Scan()
    parser = scan.parser
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotAKeyFileError(f"it is not well-formed XML ({error})") from error
    except (LookupError, ValueError) as error:  # an encoding that there is not
        raise NotAKeyFileError("its encoding is not known") from error
    return scan.layout()


class _Scan:
    """The handlers of one pass."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._path: list[str] = []
        self._values: list[set[str]] = []  # of each element on the path, how values are given in it
        self._packages: list[tuple[str, dict[str, list[KeyPlace]]]] = []
        self._place: KeyPlace | None = None
        self._seen = Layout()

    def layout(self) -> Layout:
        """What was seen, keys in the order in which python-pskc looks for them."""
        for wanted in _PACKAGES:
            for name, keys in self._packages:
                if name == wanted:
                    self._seen.places += keys["Key"] + keys["Secret"]
        return self._seen

    def _doctype(self, *_: object) -> None:
        raise HostileFileError("declares a document type, with which entities grow", self._line)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local, depth = name.rpartition("}")[2], len(self._path)
        if depth >= DEEPEST:
            raise HostileFileError(f"has more than {DEEPEST} elements inside one another", self._line)
        if depth == 1:
            self._seen.is_signed |= local == "Signature"
            if local in _PACKAGES:
                self._packages.append((local, {key: [] for key in _KEYS}))
        elif depth == 2 and self._path[1] in _PACKAGES and local in _KEYS:
            self._place = KeyPlace(self._line)
            self._packages[-1][1][local].append(self._place)
        elif local == "Data" and attributes.get("Name", "").lower() == "secret":
            local = "Secret"  # as drafts of RFC 6030 had it
        elif local in _CIPHERS:
            self._seen.has_ciphers_without_check |= "#kw-" not in attributes.get("Algorithm", "#kw-")
        if self._values and local in _VALUES:
            self._values[-1].add(local)
        self._path.append(local)
        self._values.append(set())

    def _end(self, _: str) -> None:
        local, values, place = self._path.pop(), self._values.pop(), self._place
        if place is None:
            return
        mac = bool(values & {"ValueMAC", "ValueDigest"})
        encrypted = "EncryptedValue" in values
        place.in_draft_form |= "Value" in values and mac
        place.secret_in_draft_form |= local == "Secret" and "Value" in values
        self._seen.has_mac |= mac
        place.encrypted |= encrypted
        place.twofold |= len(values & {"PlainValue", "EncryptedValue", "Value"}) > 1
        place.without_mac |= encrypted and not mac
        place.secret_in_clear |= local == "Secret" and "PlainValue" in values
        if len(self._path) == 2:
            self._place = None

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber
