"""Whatever a token finds in its flash, it says so: `make fuzz` does the same with a million images."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import any_image, image_mutations

BASES = image_mutations.real_images()


def test_images_that_histories_leave_are_read():
    states = [any_image.boot(image) for image in BASES]
    assert {"blank", "unsealed", "sealed"} <= set(states)
    assert not any(state.endswith("Error") for state in states)


@settings(max_examples=4000)
@given(st.integers(0, 2**64))
def test_images_that_nobody_wrote_are_an_error_of_the_vault_or_read_the_same_twice(seed):
    source = random.Random(seed)
    any_image.boot(image_mutations.mutated(source.choice(BASES), BASES, source))


@settings(max_examples=500)
@given(st.data())
def test_noise_is_an_error_of_the_vault(data):
    image = bytearray(data.draw(st.sampled_from(BASES)))
    place = data.draw(st.integers(0, len(image) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=600))
    image[place : place + len(noise)] = noise[: len(image) - place]
    any_image.boot(bytes(image))


@pytest.mark.parametrize("filler", [b"\x00", b"\x5a", b"\xff\x00", b"\x5a\xc3\x0f\x96"])
def test_a_region_full_of_one_thing_is_damaged(filler):
    image = (filler * image_mutations.SIZE)[: image_mutations.SIZE]
    assert any_image.boot(image) == "VaultDamagedError"


def test_the_rules_notice_a_boot_that_takes_something_for_nothing(monkeypatch):
    monkeypatch.setattr("dsc.vault.halves._survey_uncommitted", lambda region: -1)
    image = bytearray(BASES[1])
    image[256:260] = bytes(4)
    with pytest.raises(AssertionError, match="blank"):
        any_image.boot(bytes(image))


def test_the_rules_notice_a_boot_that_does_not_end(monkeypatch):
    def for_ever(region):
        while True:
            region.read(0)

    monkeypatch.setattr("dsc.vault.reset.resume", for_ever)
    with pytest.raises(AssertionError, match="does not end"):
        any_image.boot(BASES[1])
