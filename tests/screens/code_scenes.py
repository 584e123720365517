"""The screens of mutual mode, signing and plain codes."""

from typing import Final

from dsc.protocol.records import KIND_OPEN
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, REFERENCE, Field
from fakes import units
from fakes.units import Made
from screens.scene import Scene, unit_with

HOTP: Final = "HOTP-SHA1-6"
SERVER: Final = "OCRA-1:HOTP-SHA512-8:QN06"
LONG_NUMBER: Final = Made("OCRA-1:HOTP-SHA256-8:QN10", "Household", server="OCRA-1:HOTP-SHA512-8:QN10")
SIGN: Final = "OCRA-1:HOTP-SHA256-8:QH64"
TRANSFER: Final = (
    Field(AMOUNT, "Amount", 2, "EUR"),
    Field(ACCOUNT, "To account"),
    Field(REFERENCE, "Reference"),
)
PAYMENT: Final = (
    Field(AMOUNT, "Sum in Japanese currency", 0, "JPY"),
    Field(ACCOUNT, "To"),
    Field(DIGITS, "Purpose"),
    Field(REFERENCE, "Reference"),
)

MUTUAL_UNIT: Final = unit_with(credentials=(Made(units.LOGIN, "Household", server=SERVER),), seed=1)
SIGN_UNIT: Final = unit_with(credentials=(Made(units.LOGIN, "Household", sign=SIGN, form=TRANSFER),))
PAYMENT_UNIT: Final = unit_with(credentials=(Made(units.LOGIN, "Household", sign=SIGN, form=PAYMENT),))

QUESTION: Final = "press OK\npress 1 2 3 4 5 7 OK\n"
SIGNING: Final = "press D\npress OK\npress 4 7 1 1 OK\n"
ACCOUNT_TYPED: Final = SIGNING + "press 1 2 3 4 5 0 OK\npress 0 0 1 2 3 4 5 6 7 8\n"
REVIEW: Final = ACCOUNT_TYPED + "press OK\npress 0 0 0 0 4 2 OK\n"
LONG_REVIEW: Final = (
    SIGNING
    + "press 9 9 9 9 9 9 9 9 9 9 9 9 OK\n"
    + f"press {'1 2 3 4 5 6 7 8 9 0 ' * 3} 1 2 3 4 OK\n"
    + "press 9 8 7 6 5 4 3 2 1 0 OK\npress 0 0 0 0 4 2 OK\n"
)

SCENES: Final = (
    Scene("mutual-number", unit=MUTUAL_UNIT, varies=(3, 4, 5), shows=("Household", "Type into the page:")),
    Scene("mutual-long-number", unit=unit_with(credentials=(LONG_NUMBER,), seed=1), varies=(3, 4, 5, 6)),
    Scene("mutual-short", "press OK\npress 1 2 3 OK", unit=MUTUAL_UNIT, shows=("It has 6 digits", "123---")),
    Scene(
        "mutual-page-code",
        QUESTION + "press 1 2 3",
        unit=MUTUAL_UNIT,
        shows=("Code from the page", "123-----"),
    ),
    Scene(
        "mutual-wrong",
        QUESTION + "press 0 0 0 0 0 0 0 0 OK",
        unit=MUTUAL_UNIT,
        shows=("WARNING", "This page is not your"),
    ),
    Scene(
        "plain-code", "press 4 7 1 1 OK", unit=unit_with(credentials=(Made(HOTP, "Door"),)), shows=("Door",)
    ),
    Scene(
        "plain-no-time",
        unit=unit_with(credentials=(Made("TOTP-SHA1-6-T30S", "Door"),)),
        shows=("NO TIME", "know the time, and"),
    ),
    Scene(
        "possession",
        unit=unit_with(credentials=(Made(HOTP, "Garage", kind=KIND_OPEN),)),
        shows=("Garage", "Asks for no PIN:"),
    ),
    Scene("sign-menu", "press D", unit=SIGN_UNIT, shows=("Menu", "1/10", "Sign", "Change PIN")),
    Scene("sign-amount", SIGNING, unit=SIGN_UNIT, shows=("Amount", "0.00", "EUR")),
    Scene(
        "sign-amount-typed",
        SIGNING + "press 1 2 3 4 5 0",
        unit=SIGN_UNIT,
        shows=("Amount", "1 234.50", "EUR"),
    ),
    Scene(
        "sign-amount-long",
        SIGNING + "press 9 9 9 9 9 9 9 9 9 9 9 9",
        unit=SIGN_UNIT,
        shows=("Amount", "9 999 999 999.99", "EUR"),
    ),
    Scene("sign-empty", SIGNING + "press OK", unit=SIGN_UNIT, shows=("Type the digits",)),
    Scene("sign-account", ACCOUNT_TYPED, unit=SIGN_UNIT, shows=("To account", "10/34", "12345678")),
    Scene("sign-long-label", SIGNING, unit=PAYMENT_UNIT, shows=("Sum in Japanese", "currency", "JPY")),
    Scene(
        "sign-review",
        REVIEW,
        unit=SIGN_UNIT,
        shows=("Sign this?", "1 234.50 EUR", "0012 3456 78", "0000 42", "Hold *C: no  #OK sign"),
    ),
    Scene(
        "sign-review-pages",
        LONG_REVIEW,
        unit=PAYMENT_UNIT,
        shows=("Sign this?        1/3", "999 999 999 999 JPY", "A up  B down"),
    ),
    Scene("sign-review-unseen", LONG_REVIEW + "press OK", unit=PAYMENT_UNIT, shows=("B: 2 more to see",)),
    Scene(
        "sign-review-last",
        LONG_REVIEW + "press B B",
        unit=PAYMENT_UNIT,
        shows=("Sign this?        3/3", "Reference", "#OK sign"),
    ),
    Scene("sign-code", REVIEW + "press B B B OK", unit=SIGN_UNIT, shows=("Household",)),
)
