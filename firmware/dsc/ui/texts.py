"""Every string the token shows, in the language that was chosen.

Each language is a module with one table. MicroPython keeps the strings of frozen modules in flash, but builds a dict
in RAM: 8 bytes an entry on the token, 400 bytes for fifty texts. So functions make the tables, and only the one in use
is kept. Tuples would lie in flash entirely, but a search through one takes ten times as long as a look into a dict, at
every drawing of a screen.
"""

from dsc.ui.languages import english

PIN_PROMPT = "PIN>"
CHALLENGE_PROMPT = "CHALLNG>"

# The numbers that settings and orders hold.
ENGLISH, FRENCH, GERMAN, RUSSIAN, JAPANESE = range(5)
# Each language's name in itself.
LANGUAGES = ("English", "Français", "Deutsch", "Русский", "日本語")

_table = english.table()


def use(language: int) -> None:
    """From here on texts are in this language; in English for a number that this firmware does not know."""
    global _table
    if language == FRENCH:
        from dsc.ui.languages.french import table
    elif language == GERMAN:
        from dsc.ui.languages.german import table
    elif language == RUSSIAN:
        from dsc.ui.languages.russian import table
    elif language == JAPANESE:
        from dsc.ui.languages.japanese import table
    else:
        table = english.table
    _table = table()


def text(name: str, *values: object) -> str:
    """The string `name`, with `values` in its braces. Raises KeyError for a name that is not in the table."""
    return _table[name].format(*values)
