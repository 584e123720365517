"""Twenty desks at once: the third confirmation, and the one approval, go to exactly one of them."""

from dsc.crypto.ocra import Suite, respond
from host_tools.inventory import Inventory, NewCredential, four_eyes, governing
from host_tools.inventory.asking import HELP_DESK, ask
from host_tools.inventory.help_desk import authenticate, confirm

LOGIN = Suite.parse("OCRA-1:HOTP-SHA256-8:QN06")
WORK = """
from host_tools.inventory import four_eyes
from host_tools.inventory.desk_errors import DailyLimitError, OperatorsNeededError
from host_tools.inventory.help_desk import confirm
try:
    print(confirm(inventory, "DS-1", "12345679"))
except DailyLimitError:
    print("limit")
try:
    print(four_eyes.require(inventory, "key-export", None, {"file": "f"})["request"])
except OperatorsNeededError:
    print("needed")
"""


def test_of_twenty_at_once_one_wins(anywhere, race):
    def response(number, purpose=HELP_DESK):
        question = ask(inventory, f"DS-{number}", purpose=purpose).question
        return respond(LOGIN, bytes([number]) * 32, question)

    with Inventory.open(anywhere) as inventory:
        for number in (1, 2, 3):
            new = NewCredential(id=bytes([number]) * 16, label="Login", key=bytearray(bytes([number]) * 32))
            inventory.record_in_doubt(
                f"DS-{number}", board="b", uid=b"u", firmware_version="0", credentials=[new]
            )
            inventory.mark_sealed(f"DS-{number}")
        governing.add_operator(inventory, "alice", "DS-2")
        governing.add_operator(inventory, "bob", "DS-3")
        governing.turn_on(inventory, four_eyes.KEY_EXPORT)
        action = (four_eyes.KEY_EXPORT, None, {"file": "f"})
        given = response(2, four_eyes.asking_for(*action))
        asked = four_eyes.request(inventory, *action, "alice", given)
        four_eyes.approve(inventory, asked.id, "bob", response(3, four_eyes.approving(asked.id)))
        authenticate(inventory, "DS-1", response(1))
        told = {confirm(inventory, "DS-1", "12345679") for _ in range(2)}
        confirmations, approvals = zip(*race(WORK, 20, anywhere), strict=True)
        assert sorted(confirmations) == [*told, *["limit"] * 19]
        assert sorted(approvals) == [str(asked.id), *["needed"] * 19]
        inventory.check_audit()
