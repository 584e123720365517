"""Labels: another program reads from them, as they are printed, exactly the serial; on every stock."""

import pytest
import zxingcpp

from fakes import printed
from host_tools.inventory.serials import Batch
from host_tools.station.paper import labels
from host_tools.station.paper.errors import SkipError, StockTooSmallError, UnknownStockError
from host_tools.station.paper.stocks import DEFAULT, STOCKS, stock

SERIAL = "PD-0000017"
QR, CODE_128 = "QRCode", "Code128"
EVERY_STOCK = pytest.mark.parametrize("each", STOCKS, ids=lambda one: one.name)


def seen(picture) -> set[tuple[str, str]]:
    """What a reader finds in a picture: kinds and texts."""
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}


def cut_out(sheet, each, index, dpi=300):
    """One label of a drawn sheet."""
    left, top = each.place(index)
    box = (left, top, left + each.width, top + each.height)
    return sheet.crop([round(length / 25.4 * dpi) for length in box])


@EVERY_STOCK
def test_a_label_is_read_as_its_serial_and_nothing_else(paper, each):
    assert labels.draw(paper, [SERIAL], each) == 1
    (sheet,) = printed.pages(paper)
    assert seen(cut_out(sheet, each, 0)) == {(QR, SERIAL)} | ({(CODE_128, SERIAL)} if each.code128 else set())
    assert printed.texts(paper) == [SERIAL]


@EVERY_STOCK
def test_nothing_is_printed_beside_the_label(paper, each):
    labels.draw(paper, [SERIAL], each)
    (sheet,) = printed.pages(paper)
    around = sheet.copy()
    left, top = (round(length / 25.4 * 300) for length in each.place(0))
    label = cut_out(sheet, each, 0)
    around.paste(255, (left, top, left + label.width, top + label.height))
    assert around.getextrema() == (255, 255)
    assert label.getextrema() == (0, 255)


@EVERY_STOCK
def test_a_page_is_as_large_as_the_sheet_or_the_label_of_the_roll(paper, each):
    labels.draw(paper, [SERIAL], each)
    assert printed.sizes(paper) == [pytest.approx(each.page_size, abs=0.01)]


@EVERY_STOCK
def test_all_labels_of_a_sheet_lie_on_it_without_touching(each):
    width, height = each.page_size
    places = [each.place(index) for index in range(each.on_a_page)]
    assert len(set(places)) == each.on_a_page
    for left, top in places:
        assert 0 <= left <= width - each.width + 1e-9
        assert 0 <= top <= height - each.height + 1e-9
    assert each.columns == 1 or each.step_x >= each.width
    assert each.rows == 1 or each.step_y >= each.height


@EVERY_STOCK
def test_a_module_is_a_whole_number_of_dots_and_legible(each):
    design = labels.design(SERIAL, each)
    for module in [design.qr_module] + [design.bar_module] * each.code128:
        dots = module / labels.DOT
        assert dots == pytest.approx(round(dots))
        assert module / 72 * 25.4 >= 0.19


def test_the_first_labels_of_a_used_sheet_are_left_empty(paper):
    sheet_stock = stock("avery-l7160")
    labels.draw(paper, [SERIAL, "PD-0000025"], sheet_stock, skip=4)
    (sheet,) = printed.pages(paper)
    found = [seen(cut_out(sheet, sheet_stock, index)) for index in range(7)]
    assert found[:4] == [set()] * 4
    assert found[4] == {(QR, SERIAL), (CODE_128, SERIAL)}
    assert found[5] == {(QR, "PD-0000025"), (CODE_128, "PD-0000025")}
    assert found[6] == set()


def test_what_does_not_fit_on_the_used_sheet_goes_on_the_next(paper):
    batch = Batch("PD")
    serials = [batch.serial(number) for number in range(1, 23)]
    assert labels.draw(paper, serials, stock("avery-l7160"), skip=20) == 2
    first, second = printed.texts(paper)
    assert first == serials[0]
    assert second == "".join(serials[1:])


def test_a_roll_has_a_page_a_label(paper):
    assert labels.draw(paper, [SERIAL, "PD-0000025"], stock("dymo-54x25")) == 2
    assert printed.texts(paper) == [SERIAL, "PD-0000025"]


@pytest.mark.parametrize("skip", [-1, 65])
def test_more_labels_than_a_sheet_has_cannot_be_skipped(paper, skip):
    with pytest.raises(SkipError, match=f"{skip} labels cannot be skipped: on this stock 0 to 64"):
        labels.draw(paper, [SERIAL], stock("avery-l7651"), skip)
    assert not paper.exists()


def test_a_serial_that_would_not_be_legible_is_refused_and_larger_stock_named(paper):
    serial = Batch("ABCDEFGH", 9).serial(1)
    with pytest.raises(
        StockTooSmallError, match=r"bar code of ABCDEFGH-.* is not legible on Avery L7651"
    ) as caught:
        labels.draw(paper, [SERIAL, serial], stock("avery-l7651"))
    assert "avery-l7160" in caught.value.fitting
    assert not paper.exists()
    for name in caught.value.fitting:
        labels.draw(paper, [serial], stock(name))
        (sheet,) = printed.pages(paper)
        assert seen(sheet) == {(QR, serial), (CODE_128, serial)}


def test_what_fits_nowhere_says_so():
    with pytest.raises(StockTooSmallError, match="no stock has the room"):
        labels.design("x" * 32, stock("dymo-89x28"))


@pytest.mark.parametrize("number", [1, 4711, 999_999])
@pytest.mark.parametrize("prefix", ["A", "PD", "OTP1"])
def test_any_common_serial_fits_the_usual_stock(paper, prefix, number):
    serial = Batch(prefix, 6).serial(number)
    chosen = stock("avery-l7159" if len(prefix) > 2 else DEFAULT)
    labels.draw(paper, [serial], chosen)
    (sheet,) = printed.pages(paper)
    assert seen(sheet) == {(QR, serial), (CODE_128, serial)}


def test_an_unknown_stock_is_refused_and_the_known_ones_named():
    with pytest.raises(UnknownStockError, match="no label stock 'l7160'; there are avery-l4731, "):
        stock("l7160")


def test_the_font_is_embedded(paper):
    labels.draw(paper, [SERIAL], stock(DEFAULT))
    fonts = printed.fonts(paper)
    assert len(fonts) == 1
    assert all(fonts.values())
    assert b"Helvetica" not in paper.read_bytes()
