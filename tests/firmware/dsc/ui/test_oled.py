"""The panel gets what changed, and only that; what it shows is always what was drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.hal import DisplayMissingError
from dsc.ui.oled import ADDRESS, Panel, open_display
from host_tools.emulator.ssd1306 import SSD1306

WIDTH, HEIGHT = 128, 64
PAGES = HEIGHT // 8


class Bus:
    """A bus with an SSD1306 on it, that counts what it carries, and may be broken."""

    def __init__(self) -> None:
        self.chip = SSD1306()
        self.sizes: list[int] = []
        self.is_broken = False

    def writeto(self, address, data):
        if self.is_broken or address != ADDRESS:
            raise OSError(5)
        self.sizes.append(len(data))
        self.chip.write(bytes(data))

    def readfrom_into(self, address, buffer):
        raise OSError(5)

    def pages_sent(self) -> list[int]:
        """How many pages each write of data had since the last call."""
        sizes, self.sizes = self.sizes, []
        return [size // WIDTH for size in sizes if size > WIDTH]


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def panel(bus: Bus) -> Panel:
    made = open_display(bus)
    bus.pages_sent()
    return made


def shown(bus: Bus) -> list[tuple[bool, ...]]:
    frame = bus.chip.frame()
    return [tuple(bool(frame.pixel(x, y)) for x in range(WIDTH)) for y in range(HEIGHT)]


def drawn(panel: Panel) -> list[tuple[bool, ...]]:
    return [tuple(bool(panel.pixel(x, y)) for x in range(WIDTH)) for y in range(HEIGHT)]


def test_the_first_frame_is_sent_whole(bus):
    open_display(bus)
    assert bus.pages_sent() == [PAGES]


def test_what_did_not_change_is_not_sent(bus, panel):
    panel.show()
    assert bus.sizes == []
    panel.pixel(0, 63, 1)
    panel.show()
    assert bus.pages_sent() == [1]


def test_pages_that_changed_side_by_side_are_sent_together(bus, panel):
    panel.fill_rect(0, 16, WIDTH, 24, 1)
    panel.pixel(5, 60, 1)
    panel.show()
    assert bus.pages_sent() == [3, 1]
    assert shown(bus) == drawn(panel)


def test_a_panel_that_is_lit_again_gets_its_next_frame_whole(bus, panel):
    panel.poweroff()
    panel.poweron()
    panel.show()
    assert bus.pages_sent() == [PAGES]


@pytest.mark.parametrize("page", range(PAGES))
def test_a_page_that_the_panel_did_not_take_is_sent_again_and_no_pixel_is_lost(bus, panel, page):
    panel.fill(1)
    panel.show()
    panel.fill_rect(3, 8 * page, 50, 8, 0)
    before = drawn(panel)
    bus.is_broken = True
    with pytest.raises(OSError, match="5"):
        panel.show()
    assert drawn(panel) == before
    bus.is_broken = False
    panel.show()
    assert shown(bus) == drawn(panel) == before


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(0, 1)), max_size=20
        ),
        max_size=10,
    )
)
def test_the_panel_shows_what_was_drawn(frames):
    bus = Bus()
    panel = open_display(bus)
    for pixels in frames:
        for x, y, colour in pixels:
            panel.pixel(x, y, colour)
        panel.show()
        assert shown(bus) == drawn(panel)


def test_a_bus_without_a_panel_is_a_named_error(bus):
    bus.is_broken = True
    with pytest.raises(DisplayMissingError) as caught:
        open_display(bus)
    assert caught.value.address == ADDRESS
