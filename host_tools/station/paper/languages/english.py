"""Letters in English."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "serial": "Token",
    "date": "Date",
    "subject": "The first PIN of your security token",
    "intro": "This letter brings the PIN of token {serial}. It is under the flap at the foot of this sheet. It is good "
    "for one login; then you choose a PIN that nobody but you knows. How that goes is shown overleaf.",
    "before.title": "Before you open the flap",
    "before.whole": "Look at it. If it was opened or torn, or if the PIN can be read from outside, do not use the "
    "token, and call the service.",
    "before.serial": "Compare: the serial on the token must be {serial}.",
    "before.time": "Have the token at hand, and ten minutes. You need the login to change the PIN.",
    "alone.title": "Your PIN is yours alone",
    "alone.nobody": "Nobody asks for it, the service included: not by telephone, not by mail, not in a message. "
    "Whoever asks is a swindler.",
    "alone.token": "Type it into the token only, never into a computer or a telephone.",
    "alone.destroy": "Destroy this letter when you have set your own PIN. Until then keep it apart from the token.",
    "pin": "PIN of token {serial}",
    "flap": "Your PIN is under this flap.",
    "flap.whole": "Open it only if it is whole and glued down.",
    "steps.title": "The first login, step by step",
    "steps.examples": "The pictures are examples: your PIN may have more digits, and your login another name.",
    "step.letter-pin.soft": "Press any key: the token wakes. Type the PIN from this letter, and #. When it asks for "
    "the same PIN again, type it once more, and #.",
    "step.letter-pin.verified": "Press any key: the token wakes. Type the PIN from this letter, and #.",
    "step.challenge": "Type the number that the login page shows you, and #.",
    "step.response": "Type the token's response into the login page, and stay logged in. There is only this one.",
    "step.demand": "Wake the token again. It wants the PIN changed first. Press #.",
    "step.new-pin": "Type the PIN from this letter as the old one, and #. Then type a new PIN of your own twice, each "
    "time with #. No birthday, no row of digits: dice are better.",
    "step.number": "Give the service the number on the display: type it into the page that you are logged in to. "
    "Press #, type the answer of eight digits, and #.",
    "step.done": "Only now your own PIN counts. Destroy this letter.",
    "trouble.title": "When something goes wrong",
    "trouble.digit": "A digit is wrong: * takes it back. With * held for a second you begin again.",
    "trouble.refused": "The page refuses the response: a digit was wrong somewhere, and the token gives no second "
    "response. Call the service.",
    "trouble.broken-off": "The change broke off, or the display went dark: wake the token, it asks for the change "
    "again. Until the last picture the PIN from this letter stays.",
    "trouble.locked.soft": "You are locked out, or forgot your PIN: do not guess, or the service blocks the login. "
    "Call it. Nobody can tell you your PIN; the token is made again.",
    "trouble.locked.verified": "The token is locked: tell the service its serial and the number on the display. When "
    "it is sure that it is you, it gives you a code of 16 digits, and you set a new PIN.",
    "contact": "Service: {contact}",
    "contact.none": "Call the service on a number that you know from elsewhere than a message.",
    "sample": "SAMPLE",
}
