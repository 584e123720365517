"""A panel that remembers each picture, and what the flash held at that moment."""

from dsc.vault.store import Vault
from fakes.nor_flash import NorFlash
from host_tools.display.frame import Frame
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.child import ChildEngine
from host_tools.simulator.screen_reader import Screen, read_screen


class Witness(SSD1306):
    """Takes the place of the engine's panel, before power-on."""

    def __init__(self, engine: ChildEngine) -> None:
        super().__init__()
        self._image = engine.flash_image
        self.seen: list[tuple[Frame, bytes]] = []
        engine.display = self

    def write(self, data: bytes) -> None:
        before = self.frames
        super().write(data)
        if self.frames != before:
            self.seen.append((self.frame(), self._image.read_bytes()))

    @property
    def screens(self) -> list[Screen]:
        """What the pictures said."""
        return [read_screen(frame) for frame, _ in self.seen]

    def counter_when_shown(self, code: str, credential_id: bytes) -> int:
        """The counter that the next boot would have found if power had failed just as `code` appeared."""
        image = next(image for frame, image in self.seen if read_screen(frame).large == code)
        return Vault.mount(NorFlash(len(image), image)).counter(credential_id)
