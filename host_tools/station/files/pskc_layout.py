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
_VALUES: Final = {"PlainValue", "EncryptedValue", "Value"}  # drafts had the last, encrypted or not
_MACS: Final = {"ValueMAC", "ValueDigest"}


@dataclass(slots=True)
class KeyPlace:
    """Where a key stands, how many of its values have an element for a MAC, and whether one is given in two ways."""

    line: int
    macs: int = 0
    twofold: bool = False


@dataclass(slots=True)
class Layout:
    """The keys in the order in which python-pskc has them. What python-pskc made of each value only it can tell."""

    places: list[KeyPlace] = field(default_factory=list)
    has_encrypted: bool = False
    is_signed: bool = False

    @property
    def has_mac(self) -> bool:
        """Whether any value has."""
        return any(place.macs for place in self.places)


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

    def _start(self, name: str, _: dict[str, str]) -> None:
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
        if self._values and local in _VALUES | _MACS:
            self._values[-1].add(local)
        self._path.append(local)
        self._values.append(set())

    def _end(self, _: str) -> None:
        self._path.pop()
        values = self._values.pop()
        if self._place is None:
            return
        self._place.macs += not values.isdisjoint(_MACS)
        self._seen.has_encrypted |= "EncryptedValue" in values
        self._place.twofold |= len(values & _VALUES) > 1
        if len(self._path) == 2:
            self._place = None

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber
