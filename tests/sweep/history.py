"""What a flow did to the flash, operation by operation, and what a power cut at any moment of it would have left."""

from dataclasses import dataclass, field

from host_tools.emulator.nor_flash import FlashOperation
from host_tools.emulator.power_cuts import Cut, Tear
from sweep.rig import Rig, State, Torn


@dataclass(frozen=True)
class Change:
    """An operation at `offset` of the region, in progress from `begun` for `nanos` nanoseconds."""

    kind: str
    offset: int
    before: bytes
    after: bytes
    begun: float
    nanos: float


@dataclass
class History:
    """A flow that was run once. `steps` says how many changes there had been at the end of each of its steps."""

    name: str
    cells: bytes
    begun: float = 0.0
    ended: float = 0.0
    changes: list[Change] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)

    def after(self, number: int) -> bytes:
        """The region's content after so many changes."""
        cells = bytearray(self.cells)
        for change in self.changes[:number]:
            cells[change.offset : change.offset + len(change.after)] = change.after
        return bytes(cells)

    def cut(self, number: int, cut: Cut, how: Tear) -> State:
        """What a cut before, within or after the change with this number, from 0, leaves."""
        cells = self.after(number + (cut is Cut.AFTER))
        if cut is not Cut.TORN:
            return State(cells)
        change = self.changes[number]
        return State(cells, Torn(change.offset, change.before, change.after, how))

    def under_way(self, nanos: float) -> tuple[int, bool]:
        """How many changes were complete at that moment, and whether the next one was under way."""
        done = sum(change.begun + change.nanos <= nanos for change in self.changes)
        return done, done < len(self.changes) and self.changes[done].begun <= nanos

    def step(self, number: int) -> int:
        """The number of the step, from 0, in which the region has so many changes; the earlier one at its end."""
        return next(index for index, end in enumerate(self.steps) if number <= end)


class Recording:
    """Records what happens on a rig, from its making to `end`."""

    def __init__(self, name: str, rig: Rig) -> None:
        self._rig = rig
        self._history = History(name, rig.cells(), rig.pico.chip.nanos)
        rig.pico.flash.on_operation.append(self._keep)

    def end_step(self) -> None:
        """All that happened since the step before is one step, which is before or after a cut, and no third thing."""
        self._history.steps.append(len(self._history.changes))

    def end(self) -> History:
        """The history; what happened since the last `end_step` is the last step."""
        self._rig.pico.flash.on_operation.remove(self._keep)
        self.end_step()
        self._history.ended = self._rig.pico.chip.nanos
        assert self._history.after(len(self._history.changes)) == self._rig.cells()
        return self._history

    def _keep(self, operation: FlashOperation) -> None:
        flash = self._rig.pico.flash
        offset = operation.offset - self._rig.region
        assert offset >= 0, "the firmware writes outside its region"
        after = bytes(flash.data[operation.offset : operation.offset + operation.length])
        self._history.changes.append(
            Change(
                operation.kind, offset, operation.before, after, self._rig.pico.chip.nanos, operation.nanos
            )
        )
