"""Every power cut of an action, and every second one of the boots that follow; each is judged.

Runs under CPython and under MicroPython.
"""

from dsc.vault.store import Vault
from fakes.cut_states import RecordingFlash, cuts, readings
from fakes.nor_flash import CLEAR, FADING, RANDOM, SET, STEADY, TEARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fakes.cut_states import Operation, State
    from fakes.nor_flash import NorFlash, Tear

# How a boot is torn, and how bits in doubt read after that.
SECOND_TEARS = {name: TEARS[name] for name in ("front", "noise", "all-in-doubt", "noise-in-doubt")}
LATER_DOUBTS = (SET, CLEAR, RANDOM)

# How bits in doubt read at the boot after a first cut; the first two kinds of these boots are cut in turn.
FIRST_DOUBTS = (SET, CLEAR, RANDOM, FADING, STEADY)
CUT_DOUBTS = FIRST_DOUBTS[:2]


class Step:
    """An action on a flash, and what may come of it.

    `before` lists views that an interrupted action may leave; None: the view before it. The one that it leaves when
    nothing interrupts it is always allowed. A `drifting` step may turn from before to after at a later boot: a mark
    whose bits are in doubt reads as unused until it does not. One that is the `same` before and after shows in no view.
    Of `gone` nothing is left in the flash once a boot has found the state after.
    """

    def __init__(
        self,
        name: str,
        action: "Callable[[NorFlash], object]",
        before: "list[object] | None" = None,
        drifting: bool = False,
        same: bool = False,
        gone: "list[bytes] | None" = None,
    ) -> None:
        self.name = name
        self.action = action
        self.before = before
        self.drifting = drifting
        self.same = same
        self.gone = gone or []


class Explorer:
    """Runs and cuts the steps of one history.

    `view` says all that a vault holds, as something to be compared. `proceed` shows that the vault can
    go on: given a flash that has booted and its vault, it acts, and yields the view to be found after each action.
    `tears` are the ways in which an action is torn.
    """

    def __init__(
        self,
        name: str,
        view: "Callable[[Vault], object]",
        proceed: "Callable[[NorFlash, Vault], Iterable[object]]",
        tears: "dict[str, Tear]",
    ) -> None:
        self.name = name
        self._tears = tears
        self.cuts = 0  # first cuts
        self.second_cuts = 0  # during the boots after them
        self.boots = 0  # of different states
        self._view = view
        self._proceed = proceed
        self._views: list[object] = []
        self._known: dict[tuple[State, str], tuple[int, State]] = {}
        self._proceeded: set[State] = set()
        self._where = ""
        # Of the present step:
        self._drifting = False
        self._gone: list[bytes] = []
        self._before: list[int] = []
        self._after = -1
        self._first: dict[State, int] = {}  # states after a first cut, with their number of second cuts
        self._second: set[State] = set()
        self._followed: set[tuple[State, int]] = set()

    def explore(self, start: "State", step: Step) -> "State":
        """Cut a step everywhere, and return the state after it. Raises AssertionError that tells the place."""
        self._where = f"{self.name}, {step.name}"
        self._drifting, self._gone = step.drifting, step.gone
        self._first, self._second, self._followed = {}, set(), set()
        flash = RecordingFlash(start)
        step.action(flash)
        end = flash.state()
        self._after = self._boot(end, SET)[0]
        if step.before is None:
            self._before = [self._boot(start, SET)[0]]
        else:
            self._before = [self._number(view) for view in step.before]
        self._check(bool(flash.history), "the action writes nothing")
        self._check(step.same == (self._after in self._before), "the action changes nothing, or something")
        for number, way, state in cuts(flash.history, end, self._tears):
            self._where = f"{self.name}, {step.name}, operation {number} {way}"
            self.cuts += 1
            if state not in self._first:
                self._first[state] = self._cut_boots(state)
            self.second_cuts += self._first[state]
        return end

    def _cut_boots(self, state: "State") -> int:
        """Boot the state after a first cut, cut these boots everywhere, and return how many cuts that were."""
        count = 0
        place = self._where
        for doubt in FIRST_DOUBTS if state[1] else (SET,):
            self._where = f"{place}, boot {doubt}"
            history: list[Operation] = []
            end = self._judge(state, doubt, history)
            for number, way, torn in cuts(history, end, SECOND_TEARS) if doubt in CUT_DOUBTS else ():
                count += 1
                if torn not in self._second and torn not in self._first:
                    self._second.add(torn)
                    for later in LATER_DOUBTS if torn[1] else (SET,):
                        self._where = f"{place}, boot {doubt}, operation {number} {way}, boot {later}"
                        self._judge(torn, later)
        self._where = place
        return count

    def _judge(self, state: "State", doubt: str, history: "list[Operation] | None" = None) -> "State":
        """Boot, see the state before or after, and never anything else at all later boots; return what is left."""
        found, end = self._boot(state, doubt, history)
        self._check(found == self._after or found in self._before, f"a third state, {self._shown(found)}")
        waiting = [(end, found)]
        while waiting:
            state, found = waiting.pop()
            if (state, found) in self._followed:
                continue
            self._followed.add((state, found))
            if found == self._after and self._gone:
                images = readings(state)
                left = any(needle in image for needle in self._gone for image in images)
                self._check(not left, "an old secret is left")
            for later in LATER_DOUBTS if state[1] else (SET,):
                again, after = self._boot(state, later)
                # Several views before are one: a blank token, say, and one of which provisioning had only begun.
                same = again == found or (found in self._before and again in self._before)
                drifted = self._drifting and found in self._before and again == self._after
                self._check(same or drifted, f"a later boot ({later}) sees {self._shown(again)}")
                waiting.append((after, again))
                if state not in self._proceeded:
                    self._go_on(state, later)
            self._proceeded.add(state)
        return end

    def _go_on(self, state: "State", doubt: str) -> None:
        flash = RecordingFlash(state, doubt)
        for view in self._proceed(flash, Vault.mount(flash)):
            expected = self._number(view)
            left = flash.state()
            for later in LATER_DOUBTS if left[1] else (SET,):
                found = self._boot(left, later)[0]
                self._check(
                    found == expected, f"after one more action a boot ({later}) sees {self._shown(found)}"
                )

    def _boot(
        self, state: "State", doubt: str, history: "list[Operation] | None" = None
    ) -> "tuple[int, State]":
        """Return the number of what a boot sees, and the state that it leaves; add its operations to `history`."""
        key = (state, doubt)
        if key not in self._known or history is not None:
            flash = RecordingFlash(state, doubt)
            try:
                seen = self._view(Vault.mount(flash))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what this boot gives
                seen = f"{type(error).__name__}: {error}"
            self.boots += key not in self._known
            self._known[key] = self._number(seen), flash.state()
            if history is not None:
                history += flash.history
        return self._known[key]

    def _number(self, view: object) -> int:
        if view not in self._views:
            self._views.append(view)
        return self._views.index(view)

    def _shown(self, number: int) -> str:
        return repr(self._views[number])[-300:]

    def _check(self, fulfilled: bool, fault: str) -> None:
        if not fulfilled:
            raise AssertionError(f"{self._where}: {fault}")
