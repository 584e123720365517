"""The firmware with an OCRA that passes its self-test and then fails in an unforeseen way."""

from dsc.crypto import ocra
from simulated import main

working = ocra.respond
answers = []


def respond(*arguments, **options):
    """The first answer is the self-test's; after it, an error that no code expects."""
    if answers:
        raise RuntimeError("unforeseen")
    answers.append(working(*arguments, **options))
    return answers[0]


ocra.respond = respond
main.run()
