"""The signing flow: PIN, one screen a field, a review of all of them, the code. What is shown is what is signed."""

from dsc.app import credential, number, response, review, suites
from dsc.crypto import ocra
from dsc.crypto.memory import wipe
from dsc.protocol import transaction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential
    from dsc.protocol.transaction import Field


def able(token: "Token") -> "list[Credential]":
    """The credentials that sign transactions: those that have a form."""
    return [one for one in token.vault.credentials() if token.vault.form(one.id)]


def run(token: "Token") -> None:
    """One signature, from the choice of a credential to the blank screen.

    Raises Cancelled or TimedOut; PIN and key are overwritten on every way out. Raises SuiteError or UnusableSuiteError
    for a suite that this token cannot serve, VaultError if the counter cannot be kept.
    """
    chosen = credential.ask(token, able(token))
    suite = suites.sign_suite(chosen.sign)
    fields = token.vault.form(chosen.id) or []
    key = credential.open_key(token, chosen)
    try:
        values = [_ask(token, field) for field in fields]
        review.ask(token, [(field.label, shown(field, value)) for field, value in zip(fields, values)])
        question = transaction.question(chosen.serial, fields, values)
        counter = credential.before_code(token, chosen, suite.counter)
        code = ocra.respond(suite, key, question, counter=counter)
    finally:
        wipe(key)
    response.show(token, credential.title(token, chosen), code)


def shown(field: "Field", digits: str) -> str:
    """A value as the review shows it: an amount with decimals and currency, other digits in groups of four."""
    if field.kind == transaction.AMOUNT:
        return transaction.amount_text(field, digits) + " " + field.currency
    return " ".join([digits[start : start + 4] for start in range(0, len(digits), 4)])


def _ask(token: "Token", field: "Field") -> str:
    """The digits that are signed for a field."""
    most = transaction.MOST_DIGITS[field.kind]
    if field.kind != transaction.AMOUNT:
        return number.ask(token, field.label, most)
    typed = number.ask(
        token,
        field.label,
        most,
        picture=lambda digits: transaction.amount_text(field, digits),
        unit=field.currency,
    )
    return transaction.minor_units(typed)
