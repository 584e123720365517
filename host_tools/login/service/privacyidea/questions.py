"""The words in which a user is asked, with the challenge in them: many foreign clients show nothing else.

What is to be typed ends in a colon and a space, as privacyIDEA's: PAM has the answer typed behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from host_tools.login.service.privacyidea.outcomes import Prompt, Way
from host_tools.policy.kinds import DeviceKind


def response_to(device: DeviceKind, serial: str, challenge: str) -> Prompt:
    """Ask for the response to a challenge."""
    return Prompt(device, serial, f"Challenge {challenge}: type the response of your device: ", challenge)


def page_number(device: DeviceKind, serial: str) -> Prompt:
    """Ask for the number that a token in mutual mode shows, so that we prove ourselves to it."""
    return Prompt(device, serial, "Type the number that your device shows: ")


def page_answer(device: DeviceKind, serial: str, code: str, challenge: str) -> Prompt:
    """Our proof for the token, the challenge that is typed into it after that, and ask for its response."""
    words = f"Code {code}, challenge {challenge}: type both into your device, and here its response: "
    return Prompt(device, serial, words, challenge)


def card_values(device: DeviceKind, serial: str, indexes: Sequence[int]) -> Prompt:
    """Ask for the values of a card's indexes, one after the other."""
    question = " ".join(str(index) for index in indexes)
    asked = " and ".join(str(index) for index in indexes)
    return Prompt(device, serial, f"Type the card's values {asked} together, without a space: ", question)


def plain_code(device: DeviceKind, serial: str) -> Prompt:
    """Ask for a code that the device, a text message or Client Services has given without a question."""
    sent = "the code of the text message" if device is DeviceKind.SMS else "the code of your device"
    return Prompt(device, serial, f"Type {sent}: ")


def confirmation(serial: str) -> Prompt:
    """Ask to confirm on the phone; the client polls meanwhile."""
    return Prompt(DeviceKind.IB_KEY, serial, "Confirm the login on your phone", way=Way.CONFIRMED_ELSEWHERE)
