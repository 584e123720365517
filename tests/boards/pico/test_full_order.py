"""As many credentials as one order may have, on the real image: they are made, sealed and prove themselves."""

from dsc.crypto.ocra import Suite, respond
from dsc.protocol import messages, orders
from dsc.vault.store import SEALED, Vault
from fakes import units
from fakes.factory_link import LOGIN, FactoryLink, credential, order
from fakes.nor_flash import NorFlash
from host_tools.engines.open import open_engine
from host_tools.engines.unit import FLASH_SIZE

ROUNDS = 10_000
DELTA = b"50000000"
LABEL = "Счёт № %02d, длинная подпись"
SECOND = 1e9  # nanoseconds
MOST_SECONDS = 20  # that a station waits for an answer


class TimedLink(FactoryLink):
    """Waits for an answer as long as a station does; `seconds` is how long the last one took on the emulated chip."""

    seconds = 0.0

    def send(self, data):
        begun = self._engine.pico.chip.nanos
        answers = super().send(data)
        while not answers and self._engine.pico.chip.nanos - begun < MOST_SECONDS * SECOND:
            self._engine.run(100)
            answers = self.receive()
        self.seconds = (self._engine.pico.chip.nanos - begun) / SECOND
        return answers


def test_64_credentials_with_labels_and_a_duress_pin_are_made_in_one_order(rp2040, tmp_path, counted):
    labels = [(LABEL % number)[:24] for number in range(orders.MAX_CREDENTIALS)]
    unit = units.blank_unit(tmp_path)
    with open_engine("rp2040", unit) as engine:
        engine.power_on()
        link = TimedLink(engine)
        assert link.state() == messages.VAULT_BLANK
        keys, _ = link.key_sets(
            order(*[credential(label=label) for label in labels], rounds=ROUNDS, delta=DELTA)
        )
        made = link.seconds
        link.commit()
        sealed = link.seconds
        for each in (keys[0], keys[-1]):
            kind, payload = link.ask(messages.PROVE, messages.encode_prove(each.id, "123457"))
            assert kind == messages.PROOF
            assert messages.decode_proof(payload) == respond(Suite.parse(LOGIN), each.key, "123457")
        assert engine.faults == []
    counted(
        f"an order of 64 credentials on the image: {made:.1f} s until the keys, {sealed:.1f} s until it is sealed"
    )
    vault = Vault.mount(NorFlash(FLASH_SIZE, unit.flash.read_bytes()))
    assert vault.state == SEALED
    assert [each.label for each in vault.credentials()] == labels
    assert len({bytes(key) for each in keys for key in (each.key, each.alarm_key)}) == 2 * len(labels)
