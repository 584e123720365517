"""Files of cards: whole, new and their owner's alone."""

import pytest
from PIL import Image

from fakes import printed
from host_tools.login.paper.card import Card
from host_tools.login.paper.errors import FileKindError
from host_tools.login.paper.making import make_card
from host_tools.station.paper.errors import ExistingFileError, UnknownLanguageError

CARD = Card("CC-0000017")


@pytest.mark.parametrize("name", ["card.pdf", "card.PNG"])
def test_the_end_of_the_name_says_what_is_made(tmp_path, codes, name):
    path = tmp_path / name
    make_card(path, CARD, codes)
    assert path.stat().st_mode & 0o777 == 0o600
    if name.endswith("pdf"):
        assert "1006RV" not in printed.texts(path)[0]
        assert printed.texts(path)[0].endswith("224TP7")
    else:
        with Image.open(path) as picture:
            assert picture.format == "PNG"


@pytest.mark.parametrize("name", ["card", "card.jpg", "pdf"])
def test_a_file_of_another_kind_is_not_made(tmp_path, codes, name):
    with pytest.raises(FileKindError, match=r"must end in \.pdf or \.png"):
        make_card(tmp_path / name, CARD, codes)
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_overwritten(pdf, codes):
    pdf.write_bytes(b"mine")
    with pytest.raises(ExistingFileError):
        make_card(pdf, CARD, codes)
    assert pdf.read_bytes() == b"mine"
    assert list(pdf.parent.iterdir()) == [pdf]


def test_when_it_fails_nothing_is_left(pdf, codes):
    with pytest.raises(UnknownLanguageError):
        make_card(pdf, Card("CC-0000017", language="it"), codes)
    assert list(pdf.parent.iterdir()) == []
