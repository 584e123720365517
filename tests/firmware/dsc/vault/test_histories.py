"""Any history of a vault, with any number of power cuts in it, is that of a plain dictionary."""

import hypothesis
import hypothesis.strategies as st
import pytest
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dsc.protocol.extras import Form, Link
from dsc.protocol.records import (
    KIND_OPEN,
    KIND_PIN,
    KIND_SERVER,
    MODE_SOFT,
    MODE_VERIFIED,
    Counter,
    Credential,
    Label,
    PinOffset,
    Root,
)
from dsc.protocol.settings import Settings
from dsc.protocol.verified import SECRETS, Wrapping
from dsc.vault.errors import VaultFullError
from dsc.vault.store import SEALED, Vault
from fakes.cut_states import readings, state_of
from fakes.nor_flash import CLEAR, DOUBTS, SECTOR, SET, TEARS, NorFlash, PowerCut, random_bytes
from fakes.vault_contents import LOGIN, SERVER, SIGN

HISTORIES = 400  # of each machine
STEPS = 16
CHUNK = 8  # bytes of something old that must not be found again

# Where power fails (an operation of whatever is going on), how, and how the boot after it reads bits in doubt: most
# often in such a way that the boots after it can be wrong.
CUTS = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 8), st.integers(1, 8), st.integers(1, 45)),
        st.one_of(st.just("all-in-doubt"), st.sampled_from(["before", "after", *sorted(TEARS)])),
        st.one_of(st.sampled_from([SET, CLEAR]), st.sampled_from(DOUBTS)),
    ),
    max_size=4,
)

# What is there: a value for each ("root",), ("unlocking",), ("credential", id), ("label", id), ("counter", id),
# ("form", id), ("server", id), ("settings",), ("begun", secret), ("forgiven", secret). Empty: no vault.
Model = dict[tuple, object]


def observed(vault: Vault) -> Model:
    if vault.state != SEALED:
        return {}
    seen: Model = {("root",): bytes(vault.root.encode()), ("settings",): bytes(vault.settings.encode())}
    if vault.root.mode == MODE_SOFT:
        seen["unlocking",] = bytes(vault.offset.encode())
    else:
        seen["unlocking",] = bytes(vault.wrapping.encode())
        for secret in SECRETS:
            seen["begun", secret] = vault.attempts(secret)
            seen["forgiven", secret] = vault.attempts(secret) - vault.failures(secret)
    for credential in vault.credentials():
        owner = bytes(credential.id)
        seen["credential", owner] = bytes(credential.encode())
        seen["label", owner] = credential.label
        seen["counter", owner] = vault.counter(owner)
        form, server = vault.form(owner), vault.server(owner)
        seen["form", owner] = form[0].label if form else ""
        seen["server", owner] = bytes(server.encode()) if server else b""
    return seen


def chunks(model: Model) -> set[bytes]:
    """Pieces of what is in a model that do not turn up elsewhere by chance."""
    values = [value.encode() if isinstance(value, str) else value for value in model.values()]
    pieces = [
        value[start : start + CHUNK]
        for value in values
        if isinstance(value, bytes)
        for start in range(0, len(value) - CHUNK + 1, CHUNK)
    ]
    return {piece for piece in pieces if len(set(piece)) > CHUNK // 2}


class Tally:
    """What the histories of one machine came to."""

    def __init__(self) -> None:
        self.histories = self.cuts = self.boots = self.compactions = 0


class VaultMachine(RuleBasedStateMachine):
    """A vault and its model; a rule that power interrupts leaves the one before or after, as the next boot tells."""

    sectors = 2
    verified = False
    tally = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.tally.histories += 1
        self.flash = NorFlash(self.sectors * SECTOR)
        self.model: Model = {}
        self.gone: set[bytes] = set()
        # Marks that were being used when power failed, and what they may read as at any later boot.
        self.drift: Model = {}
        self.made = 0  # of whatever has to be new each time
        self.vault = Vault.mount(self.flash)

    @initialize(credentials=st.integers(1, 3), belongings=st.booleans(), cuts=CUTS)
    def begin(self, credentials, belongings, cuts):
        self.provision(credentials, belongings, cuts)

    @precondition(lambda self: not self.model)
    @rule(credentials=st.integers(1, 3), belongings=st.booleans(), cuts=CUTS)
    def provision(self, credentials, belongings, cuts):
        new = self._contents(credentials, belongings)
        after: Model = {("root",): bytes(new["root"].encode())}
        after["unlocking",] = bytes((new["wrapping"] or new["offset"]).encode())
        for secret in SECRETS if self.verified else ():
            after["begun", secret] = after["forgiven", secret] = 0
        for credential in new["credentials"]:
            if credential.kind == KIND_SERVER:
                continue
            after["credential", credential.id] = bytes(credential.encode())
            after["label", credential.id] = ""
            after["counter", credential.id] = 0
            after["form", credential.id], after["server", credential.id] = "", b""
        after["label", new["labels"][0].id] = new["labels"][0].label
        after["counter", new["counters"][0].id] = new["counters"][0].base
        after["settings",] = bytes(Settings().encode())
        for form in new["forms"]:
            after["form", form.id] = form.fields[0][1]
        for link in new["links"]:
            after["server", link.id] = bytes(new["credentials"][-1].encode())

        def act() -> None:
            self.vault = Vault.provision(self.flash, **new)

        self._do(act, after, cuts)

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 2), cuts=CUTS)
    def log_in(self, which, cuts):
        owner = self._credential(which)
        value = self.model["counter", owner] + 1
        self._do(lambda: self.vault.advance_counter(owner), self.model | {("counter", owner): value}, cuts)

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 2), times=st.integers(2, 220), cuts=CUTS)
    def log_in_often(self, which, times, cuts):
        owner = self._credential(which)
        for _ in range(times - 1):
            try:
                self.vault.advance_counter(owner)
            except VaultFullError:
                break
            self.model["counter", owner] += 1
        self.log_in(which, cuts)

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 2), cuts=CUTS)
    def rename(self, which, cuts):
        owner, label = self._credential(which), f"label of {self._new(8).hex()}"[:24]
        self._do(lambda: self.vault.rename(owner, label), self.model | {("label", owner): label}, cuts)

    @precondition(lambda self: self.model)
    @rule(language=st.integers(0, 4), seconds=st.integers(15, 300), cuts=CUTS)
    def choose(self, language, seconds, cuts):
        settings = Settings(language, auto_off=seconds)
        after = self.model | {("settings",): bytes(settings.encode())}
        self._do(lambda: self.vault.replace_settings(settings), after, cuts)

    @precondition(lambda self: len(self._credentials()) > 1)
    @rule(which=st.integers(0, 2), cuts=CUTS)
    def delete(self, which, cuts):
        owner = self._credential(which)
        after = {key: value for key, value in self.model.items() if key[-1] != owner}
        self._do(lambda: self.vault.delete(owner), after, cuts)

    @precondition(lambda self: self.model)
    @rule(cuts=CUTS)
    def compact(self, cuts):
        self._do(lambda: self.vault.compact(), self.model, cuts)

    @precondition(lambda self: self.model and not self.verified)
    @rule(cuts=CUTS)
    def change_pin(self, cuts):
        offset = self._offset()
        self._do(
            lambda: self.vault.replace_offset(offset),
            self.model | {("unlocking",): bytes(offset.encode())},
            cuts,
        )

    @precondition(lambda self: self.model and self.verified)
    @rule(secret=st.sampled_from(SECRETS), cuts=CUTS)
    def attempt(self, secret, cuts):
        begun = self.model["begun", secret] + 1
        self._do(lambda: self.vault.begin_attempt(secret), self.model | {("begun", secret): begun}, cuts)

    @precondition(lambda self: self.model and self.verified)
    @rule(secret=st.sampled_from(SECRETS), cuts=CUTS)
    def forgive(self, secret, cuts):
        after = self.model | {("forgiven", secret): self.model["begun", secret]}
        self._do(lambda: self.vault.forgive(secret), after, cuts)

    @precondition(lambda self: self.model and self.verified)
    @rule(forgiving=st.sets(st.sampled_from(SECRETS)), cuts=CUTS)
    def wrap_again(self, forgiving, cuts):
        forgiven = {
            ("forgiven", secret): self.model["begun" if secret in forgiving else "forgiven", secret]
            for secret in SECRETS
        }
        wrapping = self._wrapping(*forgiven.values())
        after = self.model | forgiven | {("unlocking",): bytes(wrapping.encode())}
        self._do(lambda: self.vault.replace_wrapping(wrapping), after, cuts)

    @precondition(lambda self: self.model)
    @rule(cuts=CUTS)
    def reset(self, cuts):
        def act() -> None:
            Vault.erase(self.flash)
            self.vault = Vault.mount(self.flash)

        self._do(act, {}, cuts)

    @rule(cuts=CUTS, doubt=st.sampled_from(DOUBTS))
    def boot(self, cuts, doubt):
        self._boot([(0, "before", doubt), *cuts], [self.model])

    def _do(self, act, after: Model, cuts) -> None:
        """Do something that changes the model to `after`, and cut it, and the boots after it."""
        before = self.model
        generation = self.vault._generation
        # What all vaults have, suites say, may be there again, written or not, and wherever it stands in a record.
        new = [value for value in after.values() if isinstance(value, bytes)]
        self.gone = {piece for piece in self.gone if not any(piece in value for value in new)}
        self.gone -= chunks(after)
        if cuts:
            self._plan(*cuts[0][:2])
        try:
            act()
        except PowerCut:
            self.tally.cuts += 1
            self._boot(cuts, [before, after])
            return
        except VaultFullError:
            after = before  # too many records for so small a region
        self.flash.cut(0)
        self.tally.compactions += self.vault._generation > generation > 0
        self._become(after)
        assert observed(self.vault) == self.model

    def _boot(self, cuts, possible: list[Model]) -> None:
        """Boot, with further cuts, and find what is possible."""
        doubt = cuts[0][2]
        for operation, way, next_doubt in cuts[1:]:
            self.flash.power_on(doubt)
            self._plan(operation, way)
            try:
                Vault.mount(self.flash)
            except PowerCut:
                self.tally.cuts += 1
            doubt = next_doubt
        self.flash.power_on(doubt)
        self.tally.boots += 1
        self.vault = Vault.mount(self.flash)
        seen = observed(self.vault)
        assert any(self._is(seen, model) for model in possible), (seen, possible)
        marks = [key for key in possible[-1] if key[0] in ("counter", "begun", "forgiven")]
        for key in marks:
            if key in possible[0] and possible[-1][key] > possible[0][key]:
                self.drift[key] = possible[-1][key]
        self._become(seen)

    def _is(self, seen: Model, model: Model) -> bool:
        return seen.keys() == model.keys() and all(
            value == model[key] or value == self.drift.get(key) for key, value in seen.items()
        )

    def _become(self, model: Model) -> None:
        kept = [value for value in model.values() if isinstance(value, bytes)]
        pieces = (self.gone | chunks(self.model)) - chunks(model)
        self.gone = {piece for piece in pieces if not any(piece in value for value in kept)}
        self.model = dict(model)
        self.drift = {key: value for key, value in self.drift.items() if model.get(key, value) < value}
        for image in readings(state_of(self.flash)):
            left = [piece for piece in self.gone if piece in image]
            assert not left, left

    def _plan(self, operation: int, way: str) -> None:
        self.flash.cut(operation, TEARS.get(way), way == "after")

    def _credentials(self) -> list[bytes]:
        return [key[1] for key in self.model if key[0] == "credential"]

    def _credential(self, which: int) -> bytes:
        credentials = self._credentials()
        return credentials[which % len(credentials)]

    def _new(self, length: int) -> bytes:
        self.made += 1
        return random_bytes(self.made, length)

    def _offset(self) -> PinOffset:
        return PinOffset(bytes(value % 10 for value in self._new(8)), 0)

    def _wrapping(self, pin: int = 0, code: int = 0) -> Wrapping:
        salt, dek, unlock_salt, unlock_dek, secret, tag = [self._new(32) for _ in range(6)]
        return Wrapping(0, salt[:16], dek, self.made, unlock_salt[:16], unlock_dek, secret, pin, code, tag)

    def _contents(self, credentials: int, belongings: bool) -> dict:
        """So many credentials; the first one has a form and a server key if it has belongings."""
        secrets = [self._new(16), bytearray(self._new(32)), self._new(32), 0, 0]
        if self.verified:
            credentials = min(credentials, self.sectors - 1)
            secrets = [b"", bytearray(), b"", 10, 5]
        if self.sectors == 2:
            credentials, belongings = (1, not self.verified) if belongings else (credentials, False)
        serial = f"PD-{self._new(8).hex().upper()}"
        mode = MODE_VERIFIED if self.verified else MODE_SOFT
        ids = [self._new(16) for _ in range(credentials + belongings)]
        kinds = [KIND_PIN, KIND_OPEN, KIND_OPEN][:credentials] + [KIND_SERVER] * belongings
        login, server, sign = LOGIN, SERVER if belongings else "", SIGN if belongings else ""
        return {
            "root": Root(serial, mode, 0, 8, 10_000, *secrets),
            "offset": None if self.verified else self._offset(),
            "wrapping": self._wrapping() if self.verified else None,
            "credentials": [
                Credential(owner, serial, kind, 0, login, sign, server, self._new(16), self._new(32))
                for owner, kind in zip(ids, kinds, strict=True)
            ],
            "labels": [Label(ids[0], f"label of {self._new(8).hex()}"[:24])],
            "counters": [Counter(ids[0], 5)],
            "forms": [Form(ids[0], [(2, f"to {self._new(8).hex()}", 0, "")])] if belongings else [],
            "links": [Link(ids[0], ids[-1])] if belongings else [],
        }


@pytest.mark.exhaustive
@pytest.mark.timeout(1200)  # seconds, on a machine that has more to do
@pytest.mark.parametrize("part", [1, 2])
@pytest.mark.parametrize("sectors", [2, 4])
@pytest.mark.parametrize("verified", [False, True])
def test_any_history_of_a_vault_is_that_of_a_dictionary(verified, sectors, part, counted):
    tally = Tally()
    name = f"{'Verified' if verified else 'Soft'}Vault{sectors}Part{part}"
    machine = type(name, (VaultMachine,), {"sectors": sectors, "verified": verified, "tally": tally})
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None),
    )
    assert tally.histories >= HISTORIES
    assert tally.cuts > HISTORIES
    counted(
        f"{name}: {tally.histories:,} histories, {tally.cuts:,} power cuts, {tally.boots:,} boots after them, "
        f"{tally.compactions:,} compactions"
    )
