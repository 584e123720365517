"""Where the inventory's files are looked for."""

from pathlib import Path

import pytest
from sqlalchemy import URL

from host_tools.inventory.errors import AddressError
from host_tools.inventory.location import Location, default_location, parsed_address

HOME = Path("/home/ann")


def test_picodsc_home_holds_both_files():
    found = default_location({"PICODSC_HOME": "/srv/picodsc", "XDG_DATA_HOME": "/elsewhere"}, "linux", HOME)
    assert found == Location(Path("/srv/picodsc/inventory.db"), Path("/srv/picodsc/master.key"))


def test_a_relative_picodsc_home_is_taken_from_the_current_folder():
    assert (
        default_location({"PICODSC_HOME": "here"}, "linux", HOME).database
        == Path.cwd() / "here" / "inventory.db"
    )


def test_linux_keeps_data_and_configuration_apart():
    found = default_location({}, "linux", HOME)
    assert found.database == HOME / ".local/share/picodsc/inventory.db"
    assert found.master_key == HOME / ".config/picodsc/master.key"


def test_the_xdg_variables_are_followed():
    found = default_location({"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/etc/ann"}, "linux", HOME)
    assert found == Location(Path("/data/picodsc/inventory.db"), Path("/etc/ann/picodsc/master.key"))


def test_relative_xdg_variables_do_not_count():
    found = default_location({"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": ""}, "linux", HOME)
    assert found == default_location({}, "linux", HOME)


def test_macos_keeps_both_in_application_support():
    found = default_location({}, "darwin", HOME)
    assert found == Location.inside(HOME / "Library/Application Support/picodsc")


def test_an_address_in_the_environment_takes_the_database_to_a_server_and_leaves_the_key():
    files = default_location({}, "linux", HOME)
    address = "postgresql://station@db.example/picodsc"
    elsewhere = default_location({"PICODSC_DATABASE": address}, "linux", HOME)
    assert isinstance(elsewhere.database, URL)
    assert (elsewhere.place, elsewhere.master_key) == (address, files.master_key)
    in_home = default_location({"PICODSC_DATABASE": address, "PICODSC_HOME": str(HOME / "x")}, "linux", HOME)
    assert in_home.master_key == HOME / "x" / "master.key"


def test_it_may_be_another_file():
    elsewhere = default_location({"PICODSC_DATABASE": str(HOME / "other.db")}, "linux", HOME)
    assert elsewhere.database == elsewhere.place == HOME / "other.db"


def test_the_master_key_may_be_elsewhere_in_a_file_or_in_a_module():
    files = default_location({}, "linux", HOME)
    in_file = default_location({"PICODSC_MASTER_KEY": str(HOME / "other.key")}, "linux", HOME)
    assert in_file == Location(files.database, HOME / "other.key")
    address = "pkcs11:token=station;object=master?module-path=/usr/lib/p11.so"
    in_module = default_location(
        {"PICODSC_MASTER_KEY": address, "PICODSC_HOME": str(HOME / "x")}, "linux", HOME
    )
    assert (in_module.database, str(in_module.master_key)) == (HOME / "x" / "inventory.db", address)


def test_people_see_addresses_without_their_passwords():
    location = Location(parsed_address("postgresql://station:hunter2@db/picodsc"), Path("key"))
    assert location.place == "postgresql://station:***@db/picodsc"


@pytest.mark.parametrize(
    "address", ["mysql://u:hunter2@h/d", "sqlite:///x.db", "postgresql://h:hunter2@:port/", "a://"]
)
def test_other_addresses_are_refused_without_repeating_them(address):
    with pytest.raises(AddressError, match="postgresql://USER@HOST/DATABASE") as refused:
        parsed_address(address)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "password", "PASSWORD", "sslpassword", "passwd", "oauth_client_secret", "scram_client_key", "scram_server_key",
    ],
)  # fmt: skip
def test_a_secret_behind_the_question_mark_is_refused_without_repeating_it(name):
    with pytest.raises(AddressError, match="PGPASSFILE") as refused:
        parsed_address(f"postgresql://u@h/d?connect_timeout=3&{name}=hunter2")
    assert "hunter2" not in str(refused.value)


def test_names_of_files_are_no_secrets():
    address = parsed_address("postgresql://u@h/d?passfile=/p&sslkey=/k")
    assert isinstance(address, URL)
    assert address.query == {"passfile": "/p", "sslkey": "/k"}
