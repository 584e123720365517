"""What rp2040py's compiled classes hold, as far as Python can see it, and the one thing that it cannot.

They are compiled from the same sources in the wheel and by `make emulator`. Their fields are listed here because a
compiled class does not tell its fields from values that it computes; a test holds the lists against the sources.
"""

from __future__ import annotations

from typing import Any, Final

from host_tools.emulator.snapshot_reach import is_view

PACKAGE: Final = "rp2040py.native"
PIN: Final = f"{PACKAGE}._gpio_pin.GPIOPin"
LAST_STATE: Final = "_last_state"  # what a pin's listeners were told last; its field cannot be reached

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    f"{PACKAGE}._rp2040.RP2040": ("core", "clock", "sram", "flash", "usb_dpram", "bootrom"),
    f"{PACKAGE}._cortex_m0_core.CortexM0Core": (
        *("rp2040", "registers", "banked_sp", "cycles", "event_registered", "waiting", "n", "c", "z", "v"),
        *("break_rewind", "pm", "sp_sel", "n_priv", "current_mode", "ipsr", "interrupt_nmi_mask"),
        *("pending_interrupts", "enabled_interrupts", "interrupt_priorities", "pending_nmi"),
        *("pending_pend_sv", "pending_svcall", "pending_systick", "interrupts_updated", "vtor", "shpr2"),
        *("shpr3", "bl_taken"),
    ),
    PIN: (
        *("rp2040", "index", "name", "_always_output_enabled", "_raw_input_value", "_driven", "ctrl"),
        *("pad_value", "irq_enable_mask", "irq_force_mask", "irq_status", "_listeners"),
    ),
    f"{PACKAGE}._pio.RPPIO": (
        *("rp2040", "name", "raw_write_value", "first_irq", "index", "instructions", "dreq_rx", "dreq_tx"),
        *("machines", "_run_task", "stopped", "cycle_fp", "next_due_fp", "backlog_drops", "fdebug"),
        *("tx_stall", "rx_stall", "input_sync_bypass", "irq", "pin_values", "pin_directions"),
        *("old_pin_values", "old_pin_directions", "irq0_int_enable", "irq0_int_force"),
        *("irq1_int_enable", "irq1_int_force"),
    ),
    f"{PACKAGE}._state_machine.StateMachine": (
        *("rp2040", "pio", "index", "enabled", "x", "y", "pc", "input_shift_reg", "input_shift_count"),
        *("output_shift_reg", "output_shift_count", "cycles", "exec_opcode", "exec_valid", "update_pc"),
        *("clock_div_int", "clock_div_frac", "div_fp", "next_due_fp", "due_rearmed", "exec_ctrl"),
        *("shift_ctrl", "pin_ctrl", "rx_fifo", "tx_fifo", "out_pin_values", "out_pin_direction", "waiting"),
        *("wait_type", "wait_index", "wait_polarity", "wait_delay", "dreq_rx", "dreq_tx"),
    ),
}

# Of GPIOn_CTRL: what drives the pad, whatever the chip's parts say (RP2040 data sheet, section 2.19.6.1).
_DRIVE, _RELEASE = 3 << 12, 2 << 12  # OEOVER
_HIGH, _LOW = 3 << 8, 2 << 8  # OUTOVER
_PULL_UP, _PULL_DOWN = 1 << 3, 1 << 2  # of the pad's register
# What makes a pin be in each state of rp2040py's GPIOPinState, by its value: GPIOn_CTRL and the pad's register.
_MADE_BY: Final = (
    (_DRIVE | _LOW, 0),
    (_DRIVE | _HIGH, 0),
    (_RELEASE, 0),
    (_RELEASE, _PULL_UP),
    (_RELEASE, _PULL_DOWN),
    (_RELEASE, _PULL_UP | _PULL_DOWN),
)


def knows(kind: type) -> bool:
    """Whether instances of this class are read and written here."""
    return _name(kind) in FIELDS


def read(part: Any) -> dict[str, Any]:
    """The fields by name; none for a class that is not compiled."""
    name = _name(type(part))
    values = {field: getattr(part, field) for field in FIELDS.get(name, ())}
    if name == PIN:
        values[LAST_STATE] = _last_state(part)
    return values


def write(part: Any, values: dict[str, Any]) -> None:
    """Put the fields back. Memories stay where they are: their content is a part of its own."""
    if LAST_STATE in values:
        _set_last_state(part, values[LAST_STATE])
    for field, value in values.items():
        if field != LAST_STATE and not is_view(value):
            setattr(part, field, value)


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _last_state(pin: Any) -> int:
    """What a listener would be told to have been before, if there were news."""
    listeners, told = pin._listeners, []
    pin._listeners = (lambda now, before: told.append(before),)
    try:
        pin.check_for_updates()
    finally:
        pin._listeners = listeners
    if not told:
        return int(pin.value)
    _set_last_state(pin, int(told[0]))
    return int(told[0])


def _set_last_state(pin: Any, state: int) -> None:
    """Make the pin be in that state for a moment in which nobody listens; its other fields stay as they are."""
    before = pin.ctrl, pin.pad_value, pin._listeners
    (pin.ctrl, pin.pad_value), pin._listeners = _MADE_BY[state], ()
    try:
        pin.check_for_updates()
    finally:
        pin.ctrl, pin.pad_value, pin._listeners = before
