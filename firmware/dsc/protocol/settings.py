"""The record of the user's settings as bytes: language, brightness, when the display goes off, flags."""

from dsc.protocol.errors import RecordError
from dsc.protocol.wire import Reader, Writer

TYPE_SETTINGS = 0x0C  # not critical: without it the token is as it was made

ENGLISH = 0
FRENCH = 1
GERMAN = 2
RUSSIAN = 3
JAPANESE = 4
LANGUAGES = (ENGLISH, FRENCH, GERMAN, RUSSIAN, JAPANESE)

AUTO_OFF_MIN = 15  # seconds without a key
AUTO_OFF_MAX = 300

LARGE_MODE = 0x01
KEY_TICKS = 0x02


class Settings:
    """What the user has chosen, or else the defaults; the newest record counts."""

    TYPE = TYPE_SETTINGS
    VERSION = 1

    def __init__(
        self, language: int = ENGLISH, brightness: int = 255, auto_off: int = 30, flags: int = 0
    ) -> None:
        self.language = language  # one of LANGUAGES
        self.brightness = brightness  # 0 to 255
        self.auto_off = auto_off  # seconds, AUTO_OFF_MIN to AUTO_OFF_MAX
        self.flags = flags

    @property
    def large(self) -> bool:
        """Whether everything is shown large."""
        return bool(self.flags & LARGE_MODE)

    @property
    def ticks(self) -> bool:
        """Whether a key makes a sound."""
        return bool(self.flags & KEY_TICKS)

    def encode(self) -> bytearray:
        """Return the payload. Raises RecordError for what is outside the limits above."""
        writer = Writer(_settings_error)
        _check(self.language, self.auto_off)
        writer.number("language", self.language, 1)
        writer.number("brightness", self.brightness, 1)
        writer.number("auto-off", self.auto_off, 2)
        writer.number("flags", self.flags, 1)
        return writer.finish()

    @classmethod
    def decode(cls, payload: bytes | bytearray) -> "Settings":
        """Read a payload. Raises RecordError."""
        reader = Reader(payload, _settings_error)
        language = reader.number("language", 1)
        brightness = reader.number("brightness", 1)
        auto_off = reader.number("auto-off", 2)
        flags = reader.number("flags", 1)
        reader.end()
        _check(language, auto_off)
        return cls(language, brightness, auto_off, flags)


CLASSES = (Settings,)


def _check(language: int, auto_off: int) -> None:
    if language not in LANGUAGES:
        raise _settings_error(f"language {language} is unknown")
    if not AUTO_OFF_MIN <= auto_off <= AUTO_OFF_MAX:
        raise _settings_error(f"auto-off after {auto_off} s is outside {AUTO_OFF_MIN} to {AUTO_OFF_MAX}")


def _settings_error(reason: str) -> RecordError:
    return RecordError("settings", reason)
