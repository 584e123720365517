"""Every secret that a login brings into the memory of a sealed unit with a given PIN."""

from dsc.crypto import seal
from dsc.protocol.records import KIND_PIN, Credential
from fakes import secret_forms, units


def of_unit(pin: bytes, rounds: int = units.LOW_ROUNDS) -> dict[str, bytes]:
    """Name -> bytes, from the PIN to the key of the first credential."""
    known = units.secrets_of(pin, rounds)
    sealed_dek = bytes(seal.seal_dek(known["dek"], known["kek"]))
    chain = secret_forms.of_token(
        pin,
        known["target"],
        units.fixed("salt", 16),
        rounds,
        units.fixed("device secret", 32),
        units.UID,
        sealed_dek,
    )
    assert (chain["KEK"], chain["DEK"]) == (known["kek"], known["dek"])
    header = Credential(
        units.fixed("id 0", 16), units.SERIAL, KIND_PIN, 0, units.LOGIN, "", "", b"", b""
    ).header()
    mask = seal.seal_key(bytes(32), known["dek"], units.fixed("id 0", 16), units.fixed("nonce 0", 16), header)
    return {**chain, "key's mask": bytes(mask), "key": known["key"]}
