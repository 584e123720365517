"""A PDF as a printer and a reader see it: pages drawn by pdfium, their text, what its fonts are."""

import ctypes
import re
from pathlib import Path

import pypdfium2
from PIL import Image
from pypdfium2 import raw


def pages(path: Path, dpi: int = 300, colours: bool = False) -> list[Image.Image]:
    """The pages, drawn in grey or in colours."""
    with pypdfium2.PdfDocument(path) as document:
        drawn = [page.render(scale=dpi / 72, grayscale=not colours).to_pil() for page in document]
    return [page.convert("RGB" if colours else "L") for page in drawn]


def sizes(path: Path) -> list[tuple[float, float]]:
    """Width and height of each page, in mm."""
    with pypdfium2.PdfDocument(path) as document:
        return [(page.get_width() / 72 * 25.4, page.get_height() / 72 * 25.4) for page in document]


def texts(path: Path) -> list[str]:
    """The text of each page, without spaces and ends of lines, which a reader makes up."""
    with pypdfium2.PdfDocument(path) as document:
        found = [page.get_textpage().get_text_range() for page in document]
    return [spaceless(text) for text in found]


def spaceless(text: str) -> str:
    """A text as `texts` has it."""
    # pdfium says U+FFFE for a hyphen at the end of a line.
    return re.sub(r"\s", "", text).replace("\ufffe", "-")


def places(path: Path) -> list[tuple[str, float, float]]:
    """What the first page's texts say, each as it was drawn, with the left end of its base line in points."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        read = page.get_textpage()
        found = []
        for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            size = raw.FPDFTextObj_GetText(drawn, read, None, 0)
            text = ctypes.create_string_buffer(size)
            raw.FPDFTextObj_GetText(drawn, read, ctypes.cast(text, ctypes.POINTER(ctypes.c_ushort)), size)
            matrix = drawn.get_matrix()
            # pdfium adds the space that it sees before the next one.
            found.append((text.raw.decode("utf-16-le").rstrip("\0 "), matrix.e, matrix.f))
    return found


def fonts(path: Path) -> dict[str, bool]:
    """The fonts that are drawn with -> whether the file brings them."""
    found = {}
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                font = raw.FPDFTextObj_GetFont(drawn)
                name = ctypes.create_string_buffer(128)
                raw.FPDFFont_GetBaseFontName(font, name, len(name))
                found[name.value.decode()] = bool(raw.FPDFFont_GetIsEmbedded(font))
    return found
