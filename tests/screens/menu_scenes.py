"""The screens of the menu: settings, names of logins, and what settings make of other screens."""

from typing import Final

from fakes import units
from screens.scene import Scene, unit_with

# The menu's entries by the digit that leads to each.
LANGUAGE, BRIGHTNESS, AUTO_OFF, LARGE, TICKS, RENAME, DELETE = (
    f"press D {digit} OK\n" for digit in range(2, 9)
)
FIRST: Final = "hold C 1500ms\n"  # back to the first screen
MAKE_LARGE: Final = LARGE + "press 2 OK\n" + FIRST
TWO: Final = unit_with(credentials=((units.LOGIN, "Household"), (units.LOGIN, "Trading")))
MANY: Final = unit_with(
    credentials=tuple(
        (units.LOGIN, label) for label in ("Büro", "Bureau", "Бюро 2", "Club", "Trading", "ぎんこう")
    )
)
EIGHT: Final = unit_with(pin=b"90210763")

SCENES: Final = (
    Scene("menu-last", "press D A", shows=("Menu", "9/9", "About this token"), flat=("Menu", "A↑B↓ 9/9")),
    Scene("menu-jump", "press D 6", shows=("6/9", "Key sounds"), flat=("6/9", "Key sounds")),
    Scene(
        "search", "press 2 8", unit=MANY, shows=("Search 28", "1/2", "Büro", "Bureau"), flat=("Search 28",)
    ),
    Scene("search-russian", "press 2 9 6", unit=MANY, shows=("Search 296", "Бюро 2"), flat=("Бюро 2",)),
    Scene(
        "search-nothing", "press 2 1", unit=MANY, shows=("Search 2", "Nothing found"), flat=("Nothing found",)
    ),
    Scene("language", LANGUAGE, shows=("Language", "1/5", "日本語"), flat=("English", "Français")),
    Scene("menu-french", LANGUAGE + "press 2 OK", shows=("Menu", "Luminosité"), flat=("Luminosité",)),
    Scene("menu-german", LANGUAGE + "press 3 OK", shows=("Menü", "Helligkeit"), flat=("Helligkeit",)),
    Scene("menu-russian", LANGUAGE + "press 4 OK", shows=("Меню", "Яркость"), flat=("Яркость",)),
    Scene("menu-japanese", LANGUAGE + "press 5 OK", shows=("ほかのきのう", "明るさ"), flat=("明るさ",)),
    Scene("brightness", BRIGHTNESS + "press B B", shows=("Brightness",), flat=("Brightness",)),
    Scene("auto-off", AUTO_OFF, shows=("Switch-off time", "2/5", "300 s"), flat=("Switch-off", "15 s")),
    Scene("large-choice", LARGE, shows=("Large digits", "Off", "On"), flat=("Off", "On")),
    Scene("ticks-choice", TICKS + "press 2", shows=("Key sounds", "2/2"), flat=("Key sounds", "2/2")),
    Scene("rename-empty", RENAME, shows=("Name", "0/24", "A ABC"), flat=("Name", "A ABC")),
    Scene("rename-open", RENAME + "press 2 2", shows=("B", "1/24"), flat=("1/24",)),
    Scene(
        "rename-typed",
        RENAME + "press 2 2\nwait 2s\npress 8 8\nwait 2s\npress 7 7 7 9 2",
        shows=("Bur", "A abc"),
        flat=("Bur",),
    ),
    Scene("rename-russian", RENAME + "press A A 2 2\nwait 2s\npress 9", shows=("A абв",), flat=("A абв",)),
    Scene("delete-last", DELETE, shows=("DELETE", "The last login stays."), flat=("The last login stays.",)),
    Scene("delete", DELETE, unit=TWO, shows=("Which login?",), flat=("Household",)),
    Scene(
        "delete-warning",
        DELETE + "press OK",
        unit=TWO,
        shows=("DELETE", "Household and its key", "No", "Yes"),
        flat=("Household and its key",),
    ),
    Scene("delete-confirm", DELETE + "press OK OK 1", unit=TWO, shows=("to go on",), flat=("to go on",)),
    Scene("large-pin", MAKE_LARGE + "press 4 7", shows=("PIN>",), flat=("PIN>",)),
    Scene("large-pin-eight", MAKE_LARGE + "press 9 0 2 1 0", unit=EIGHT, shows=("5/8",), flat=("5/8",)),
    Scene(
        "large-challenge",
        MAKE_LARGE + "press 4 7 1 1 OK\npress 1 2 3 4 5",
        shows=("CHALLNG>", "5/6"),
        flat=("CHALLNG>", "5/6"),
    ),
    Scene(
        "large-response",
        MAKE_LARGE + "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK",
        shows=("A↑B↓ 1/2", units.SERIAL),
        flat=("A↑B↓ 1/2",),
    ),
    Scene(
        "large-response-end",
        MAKE_LARGE + "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK B",
        shows=("A↑B↓ 2/2", units.SERIAL),
        flat=("A↑B↓ 2/2",),
    ),
    Scene(
        "battery-low", unit=unit_with(supply_mv=2100), shows=("PIN>", "LOW BATTERY"), flat=("LOW BATTERY",)
    ),
    Scene("battery-low-later", "wait 2s", unit=unit_with(supply_mv=2100), flat=("PIN>", "!", "D Menu")),
)
