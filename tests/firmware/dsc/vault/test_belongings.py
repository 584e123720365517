"""What belongs to a credential, its form and its server key; and the settings, which belong to nobody."""

import pytest

from dsc.protocol.extras import Form, Link
from dsc.protocol.records import Credential, Label, Seal
from dsc.protocol.settings import JAPANESE, RUSSIAN, Settings
from dsc.protocol.transaction import AMOUNT, Field
from dsc.vault.errors import ContentError, UnknownCredentialError, VaultDamagedError, VaultStateError
from dsc.vault.store import Vault
from fakes import raw_vault
from fakes.nor_flash import SECTOR, NorFlash
from fakes.vault_contents import complete_contents, contents, everything, identity

SIZE = 4 * SECTOR
FIRST, SECOND, SERVER_KEY = identity(0), identity(1), identity(9)


def sealed() -> tuple[NorFlash, Vault]:
    flash = NorFlash(SIZE)
    return flash, Vault.provision(flash, **complete_contents())


def test_what_was_made_is_read():
    flash, vault = sealed()
    for each in (vault, Vault.mount(flash)):
        fields = each.form(bytearray(FIRST))
        assert [(field.kind, field.label) for field in fields] == [
            (1, "Betrag"),
            (2, "Empfänger"),
            (4, "Nummer"),
        ]
        assert fields[0] == Field(AMOUNT, "Betrag", 2, "EUR")
        assert each.server(bytearray(FIRST)).id == SERVER_KEY
        assert (each.form(SECOND), each.server(SECOND)) == (None, None)
        assert vars(each.settings) == vars(complete_contents()["settings"])


def test_a_server_key_is_no_credential_that_anybody_logs_in_with():
    vault = sealed()[1]
    assert [credential.id for credential in vault.credentials()] == [FIRST, SECOND]
    for call in (
        vault.credential,
        vault.counter,
        vault.form,
        vault.server,
        vault.delete,
        vault.advance_counter,
    ):
        with pytest.raises(UnknownCredentialError):
            call(SERVER_KEY)


@pytest.mark.parametrize(
    "vault", [Vault.mount(NorFlash(SIZE)), Vault.provision(NorFlash(SIZE), **contents())]
)
def test_without_a_record_the_settings_are_the_defaults(vault):
    assert vars(vault.settings) == vars(Settings())


def test_new_settings_replace_the_old_ones():
    flash, vault = sealed()
    for settings in (Settings(RUSSIAN), Settings(JAPANESE, 1, 15, 2)):
        vault.replace_settings(settings)
        assert vars(vault.settings) == vars(Vault.mount(flash).settings) == vars(settings)
    assert [record.kind for record in vault._log.records].count(Settings.TYPE) == 1


def test_a_blank_vault_takes_no_settings():
    with pytest.raises(VaultStateError):
        Vault.mount(NorFlash(SIZE)).replace_settings(Settings())


def test_the_newest_settings_count_and_later_versions_are_left_alone():
    flash, vault = sealed()
    vault._log.append(Settings.TYPE, 1, Settings(RUSSIAN).encode())
    vault._log.append(Settings.TYPE, 2, b"from the future")
    assert Vault.mount(flash).settings.language == RUSSIAN


def test_a_deleted_credential_takes_form_link_and_server_key_along():
    flash, vault = sealed()
    server = vault.server(FIRST)
    vault.delete(bytearray(FIRST))
    image = bytes(flash.cells)
    for trace in (FIRST, SERVER_KEY, server.nonce, server.sealed_key, "Empfänger".encode()):
        assert trace not in image
    kinds = [record.kind for record in vault._log.records]
    assert [kinds.count(kind) for kind in (Credential.TYPE, Form.TYPE, Link.TYPE, Label.TYPE, Seal.TYPE)] == [
        1, 0, 0, 0, 2,
    ]  # fmt: skip
    assert everything(vault) == everything(Vault.mount(flash))


def test_another_deleted_credential_leaves_them():
    flash, vault = sealed()
    before = everything(vault)[3][0]
    vault.delete(SECOND)
    assert everything(vault)[3] == everything(Vault.mount(flash))[3] == [before]


def test_the_last_credential_cannot_be_deleted_though_there_is_a_server_key():
    vault = sealed()[1]
    vault.delete(SECOND)
    with pytest.raises(ContentError, match="at least one"):
        vault.delete(FIRST)


def test_a_compaction_copies_them_byte_by_byte():
    flash, vault = sealed()
    before = everything(vault)
    payloads = sorted(record.payload for record in vault._log.records)
    vault.compact()
    assert sorted(record.payload for record in vault._log.records) == payloads
    assert everything(vault) == everything(Vault.mount(flash)) == before


# What does not fit together.

FIELDS = [(2, "x", 0, "")]
MISFITS = {
    "a form of nobody": lambda made: made["forms"].append(Form(bytes(16), FIELDS)),
    "a form of a credential that does not sign": lambda made: made["forms"].append(Form(SECOND, FIELDS)),
    "a form of a server key": lambda made: (
        setattr(made["credentials"][2], "sign", "x"), made["forms"].append(Form(SERVER_KEY, FIELDS)),
    ),
    "a link of nobody": lambda made: made["links"].append(Link(bytes(16), SERVER_KEY)),
    "a link to nothing": lambda made: made["links"].append(Link(SECOND, bytes(16))),
    "a link to a credential that logs in": lambda made: made["links"].append(Link(SECOND, FIRST)),
    "a link from a server key": lambda made: made["links"].append(Link(SERVER_KEY, SERVER_KEY)),
    "two links to one server key": lambda made: made["links"].append(Link(SECOND, SERVER_KEY)),
    "two forms of one credential": lambda made: made["forms"].append(made["forms"][0]),
    "two links of one credential": lambda made: made["links"].append(made["links"][0]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_a_new_vault_is_refused_with(name):
    flash, made = NorFlash(SIZE), complete_contents()
    MISFITS[name](made)
    with pytest.raises(ContentError):
        Vault.provision(flash, **made)
    assert flash.operations == 0


@pytest.mark.parametrize("name", MISFITS)
def test_a_sealed_vault_is_damaged_by(name):
    flash, made = NorFlash(SIZE), complete_contents()
    MISFITS[name](made)
    log = raw_vault.new_log(flash)
    owned = [*made["credentials"], *made["forms"], *made["links"]]
    for record in [made["root"], made["offset"], *owned, Seal(), Seal()]:
        log.append(record.TYPE, record.VERSION, record.encode())
    with pytest.raises(VaultDamagedError):
        Vault.mount(flash)


def test_a_vault_of_server_keys_alone_is_refused():
    made = complete_contents() | {"labels": [], "forms": [], "links": []}
    del made["credentials"][:2]
    with pytest.raises(ContentError, match="at least one"):
        Vault.provision(NorFlash(SIZE), **made)


def test_a_server_key_without_a_link_harms_nobody():
    made = complete_contents() | {"links": []}
    flash = NorFlash(SIZE)
    assert Vault.provision(flash, **made).server(FIRST) is None
    assert len(Vault.mount(flash).credentials()) == 2
