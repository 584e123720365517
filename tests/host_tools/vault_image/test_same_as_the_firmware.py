"""The view and the firmware judge alike: after every power cut, and whatever has happened to an image."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.protocol.records import KIND_OPEN, KIND_PIN, KIND_SERVER, MODE_SOFT
from dsc.protocol.settings import Settings
from dsc.protocol.verified import SECRETS
from dsc.vault.errors import UnknownRecordError, VaultDamagedError, VaultFormatError
from dsc.vault.store import BLANK, SEALED, Vault
from fakes.cut_states import RecordingFlash, cuts, state_of
from fakes.nor_flash import TEARS, NorFlash
from fakes.vault_histories import HISTORIES
from fuzz import image_mutations
from host_tools.vault_image.boot import State
from host_tools.vault_image.view import Status, view

BASES = image_mutations.real_images()
KINDS = {KIND_PIN: "PIN", KIND_OPEN: "open", KIND_SERVER: "server"}
LANGUAGES = ("English", "French", "German", "Russian", "Japanese")
FIELD_KINDS = {1: "amount", 2: "account", 3: "digits", 4: "reference"}
WRAPPING = (
    "must_change",
    "answered",
    "unlock_number",
    "pin_attempts",
    "code_attempts",
    "salt",
    "sealed_dek",
    "unlock_salt",
    "unlock_dek",
    "unlock_secret",
    "tag",
)


def booted(image):
    """The state that a boot finds in a copy of the image, and all fields if it is sealed."""
    try:
        vault = Vault.mount(NorFlash(len(image), image))
    except VaultDamagedError:
        return State.DAMAGED.value, None
    except (UnknownRecordError, VaultFormatError):
        return State.NEWER.value, None
    return vault.state, held(vault) if vault.state == SEALED else None


def held(vault):
    root = vault.root
    soft = root.mode == MODE_SOFT
    return {
        "root": (root.serial, "soft" if soft else "verified", root.pin_length, root.rounds, root.pin_limit),
        "sealed": (root.salt, bytes(root.device_secret), root.sealed_dek) if soft else None,
        "offset": (vault.offset.must_change, vault.offset.answered, vault.offset.offset) if soft else None,
        "wrapping": None if soft else [getattr(vault.wrapping, name) for name in WRAPPING],
        "failures": None
        if soft
        else [(vault.attempts(secret), vault.failures(secret)) for secret in SECRETS],
        "credentials": [
            (c.id, KINDS[c.kind], c.login, c.nonce, c.sealed_key, c.label, vault.counter(c.id))
            for c in vault.credentials()
        ],
        "forms": {c.id: asked(vault.form(c.id)) for c in vault.credentials() if vault.form(c.id)},
        "servers": {
            c.id: (server.id, server.nonce, server.sealed_key)
            for c in vault.credentials()
            if (server := vault.server(c.id))
        },
        "settings": chosen(vault.settings),
    }


def asked(form):
    return [
        f"{FIELD_KINDS[field.kind]} {field.label}"
        + (f" ({field.decimals} decimals, {field.currency})" if field.currency else "")
        for field in form
    ]


def chosen(settings):
    return (
        LANGUAGES[settings.language],
        settings.brightness,
        settings.auto_off,
        settings.large,
        settings.ticks,
    )


def looked_at(image):
    """The same, put together from what the view shows as valid."""
    shown = view(image)
    boot = shown.boot
    # A reset that was begun is completed, and leaves a blank token.
    state = BLANK if boot.state is State.RESETTING else boot.state.value
    if boot.state is not State.SEALED:
        return state, None
    valid = [entry for entry in shown.halves[boot.half].entries if entry.status is Status.VALID]
    said = [(entry.type, {field.name: field.value for field in entry.fields}) for entry in valid]
    (root,) = every(said, "root")
    labels = {label["id"]: label["label"] for label in every(said, "label")}
    counters = {counter["id"]: counter["counter"] for counter in every(said, "counter")}
    begun = {entry["of"]: entry["attempts"] for entry in every(said, "attempts") if entry["event"] == "begun"}
    soft = root["mode"] == "soft"
    return state, {
        "root": (
            root["serial"],
            root["mode"],
            root["pin_digits"],
            root["rounds"],
            root.get("pin_limit", 0),
        ),
        "sealed": (root["salt"], root["device_secret"], root["sealed_dek"]) if soft else None,
        "offset": tuple(every(said, "PIN offset")[0].values()) if soft else None,
        "wrapping": None if soft else [every(said, "wrapping")[0][name] for name in WRAPPING],
        "failures": None
        if soft
        else [
            (begun[name], boot.contents.failures(secret))
            for name, secret in zip(("PIN", "unlock code"), SECRETS, strict=True)
        ],
        "credentials": [
            (
                c["id"],
                c["kind"],
                c["login"],
                c["nonce"],
                c["sealed_key"],
                labels.get(c["id"], ""),
                counters.get(c["id"], 0),
            )
            for c in every(said, "credential")
            if c["kind"] != "server"
        ],
        "forms": {
            form.pop("id"): [value for name, value in form.items() if name.startswith("field_")]
            for form in every(said, "form")
        },
        "servers": {
            link["login_id"]: next(
                (c["id"], c["nonce"], c["sealed_key"])
                for c in every(said, "credential")
                if c["id"] == link["server_id"]
            )
            for link in every(said, "link")
        },
        "settings": tuple(every(said, "settings")[-1].values())
        if every(said, "settings")
        else chosen(Settings()),
    }


def every(said, kind):
    return [fields for name, fields in said if name == kind]


@pytest.mark.parametrize("history", HISTORIES)
def test_after_a_power_cut_at_any_operation_the_view_is_what_the_next_boot_finds(history):
    flash, steps = HISTORIES[history]()
    start = state_of(flash)
    seen = set()
    for step in steps:
        recording = RecordingFlash(start)
        step.action(recording)
        end = recording.state()
        for number, way, state in cuts(recording.history, end, TEARS):
            pages, doubtful = state
            if doubtful or pages in seen:
                continue  # an image has no bits in doubt
            seen.add(pages)
            image = b"".join(pages)
            assert looked_at(image) == booted(image), f"{step.name}, operation {number} {way}"
        start = end
    assert len(seen) > len(steps)


@settings(max_examples=2000)
@given(st.integers(0, 2**64))
def test_whatever_has_happened_to_an_image_the_view_is_what_the_next_boot_finds(seed):
    source = random.Random(seed)
    image = image_mutations.mutated(source.choice(BASES), BASES, source)
    assert looked_at(image) == booted(image)


def test_the_images_are_of_every_state():
    source = random.Random(4)
    images = [image_mutations.mutated(source.choice(BASES), BASES, source) for _ in range(1500)]
    assert {view(image).boot.state for image in images} == set(State)
