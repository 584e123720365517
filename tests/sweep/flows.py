"""The flows that write to the flash, each run once on a rig: what the image does from the first key or byte to the end.

Flows without a screen of their own run from the REPL of a blank board: the image's frozen code and its port to the
flash do the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dsc.protocol import messages
from dsc.protocol.frames import encode_frame
from fakes.factory_link import FactoryLink, credential, order
from host_tools.emulator.power_cuts import Cut, Tear
from host_tools.simulator.script import Player, parse
from sweep import starts
from sweep.history import History, Recording
from sweep.judge import PIN_SCREEN
from sweep.rig import Rig, State

ROUNDS = 10_000  # the least that a production image takes
LOGIN = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE"
MOUNT = "vault = Vault.mount(flash)"
NEW_PIN = "vault.replace_offset(records.PinOffset(bytes((9, 8, 7, 6))))"
RESTART_MS = 1500

# Boots that have something to finish: the flow that was cut, and after which share of its operations.
RECOVERIES = (
    ("PIN change", 0.5),
    ("deletion", 0.3),
    ("deletion", 0.7),
    ("factory reset", 0.5),
)

Start = Callable[[Rig], None]
Act = Callable[[Rig, Recording], None]


@dataclass(frozen=True)
class Flow:
    """A flow by name: `start` brings a rig to where it begins, and `act` runs it, telling a recording of its steps."""

    name: str
    start: Start
    act: Act

    def record(self, rig: Rig) -> History:
        """Run it once."""
        self.start(rig)
        recording = Recording(self.name, rig)
        self.act(rig, recording)
        return recording.end()


def provisioning() -> tuple[Start, Act]:
    """The station seals a blank token over USB; from its word to seal to the token's first screen."""
    links: list[FactoryLink] = []

    def start(rig: Rig) -> None:
        rig.boot(State(starts.blank()))
        links[:] = [FactoryLink(rig.new_link())]
        links[0].provision(order(credential(login=starts.COUNTER, label="Household"), rounds=ROUNDS))

    def act(rig: Rig, recording: Recording) -> None:
        links[0].commit()
        recording.end_step()
        rig.engine.link_send(encode_frame(messages.RESET))
        rig.engine.run(RESTART_MS)
        assert PIN_SCREEN in rig.screen().text

    return start, act


def login(cells: Callable[[], bytes]) -> tuple[Start, Act]:
    """A login with a counter, from the first key to the response."""

    def start(rig: Rig) -> None:
        rig.boot(State(cells()))

    def act(rig: Rig, recording: Recording) -> None:
        early: list[str] = []
        rig.pico.flash.on_operation.append(lambda operation: early.append(rig.screen().large))
        said: list[str] = []
        Player(rig.engine, said.append).play(parse(LOGIN))
        assert len(said) == 1
        assert said[0] not in early, "a response was shown before its counter was on the flash"

    return start, act


def calls(cells: Callable[[], bytes], *codes: str) -> tuple[Start, Act]:
    """Calls of the vault on the board's REPL, one step each."""

    def start(rig: Rig) -> None:
        rig.put_at_repl(State(cells()))

    def act(rig: Rig, recording: Recording) -> None:
        for number, code in enumerate(codes):
            if number:
                recording.end_step()
            rig.run(code)

    return start, act


def recovery(name: str, share: float) -> tuple[Start, Act]:
    """The boot after the flow of that name was cut within an operation, after that share of its operations."""

    def start(rig: Rig) -> None:
        broken = FLOWS[name].record(rig)
        number = int(share * len(broken.changes))
        rig.put(broken.cut(number, Cut.TORN, Tear(number)))

    def act(rig: Rig, recording: Recording) -> None:
        rig.wait()

    return start, act


VERIFIED = "from dsc.protocol.verified import ATTEMPT_CODE, ATTEMPT_PIN, Wrapping"
NEW_WRAPPING = f"vault.replace_wrapping(Wrapping(*{starts.wrapping_fields(2, pin_attempts=4)}))"


def _flows() -> dict[str, Flow]:
    first, second = starts.identity(0), starts.identity(1)
    pair = partial(starts.sealed, 2)
    made = {
        "provisioning": provisioning(),
        "login": login(starts.sealed),
        "login that finds its marks spent": login(starts.marks_spent),
        "login that finds the log full": login(starts.full),
        "PIN change": calls(pair, MOUNT, NEW_PIN),
        "rename": calls(pair, MOUNT, f"vault.rename({second}, 'Sparbuch')"),
        "deletion": calls(pair, MOUNT, f"vault.delete({first})"),
        "factory reset": calls(starts.sealed, "Vault.erase(flash)"),
        "attempts": calls(
            starts.verified,
            MOUNT,
            VERIFIED,
            *["vault.begin_attempt(ATTEMPT_PIN)"] * 3,
            "vault.forgive(ATTEMPT_PIN)",
            "vault.begin_attempt(ATTEMPT_PIN)",
            "vault.begin_attempt(ATTEMPT_CODE)",
            NEW_WRAPPING,
        ),
    }
    for name, share in RECOVERIES:
        made[f"boot after a cut of the {name} at {share:.0%}"] = recovery(name, share)
    return {name: Flow(name, *parts) for name, parts in made.items()}


FLOWS = _flows()
