"""Where the inventory's files are looked for."""

from pathlib import Path

from host_tools.inventory.location import Location, default_location

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
