"""What texts and numbers in requests can be, before anything is asked: no control characters, no book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from host_tools.inventory.help_desk import LONGEST_IDENTIFICATION
from host_tools.inventory.serials import MOST_CHARACTERS

# No database takes a NUL, and no screen the others.
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
_LARGEST: Final = 2**31  # of a row's number, exclusive


def _whole(value: object) -> object:
    """JSON knows 1 and 1.0 as one number; pydantic takes "1" and true for it, too."""
    if isinstance(value, bool | str):
        raise PydanticCustomError("int_type", "a whole number is expected")
    return value


def _encodable(value: object) -> object:
    """JSON can spell half of a surrogate pair, which no encoding can: pydantic sees that in plain texts only."""
    if isinstance(value, str) and any("\ud800" <= one <= "\udfff" for one in value):
        raise PydanticCustomError("string_unicode", "a text of Unicode characters is expected")
    return value


_SECRET: Final = BeforeValidator(_encodable)
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE, examples=["alice"])]
Serial = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, pattern=PRINTABLE)]
Label = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE, examples=["Login"])]
Phone = Annotated[str, Field(min_length=1, max_length=40, pattern=PRINTABLE, examples=["+41446681800"])]
Typed = Annotated[SecretStr, Field(min_length=1, max_length=200), _SECRET]
Password = Annotated[SecretStr, Field(max_length=1024), _SECRET]
WHOLE: Final = BeforeValidator(_whole)  # the last of a field's annotations: before all others
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[int, Field(ge=1, lt=_LARGEST), WHOLE]
Identification = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_IDENTIFICATION,
        pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
        description="How the user was identified, for the audit log.",
        examples=["called back at the number on record"],
    ),
]

UserInPath = Annotated[str, Path(min_length=1, max_length=64, pattern=PRINTABLE, examples=["alice"])]
DeviceInPath = Annotated[int, Path(ge=1, lt=_LARGEST)]
ReferenceInPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="From the demand.")]


class Taken(BaseModel):
    """What a caller sends: nothing but these fields. Who sends others is told which they are."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _no_others(cls, given: object) -> object:
        if isinstance(given, Mapping) and not given.keys() <= cls.model_fields.keys():
            raise PydanticCustomError(
                "extra_forbidden", "there are other fields", {"allowed": list(cls.model_fields)}
            )
        return given


class Given(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True)
