"""What an image takes is read from the program itself, and held against a budget that says what it means."""

import random

import pytest

from fakes import elf as fake_elf
from host_tools.image import size
from host_tools.image.errors import BudgetError, ElfError, OverBudgetError
from host_tools.image.places import Places
from host_tools.image.size import Budget, Use

USED = Use(flash=1000, ram=200, heap=5000)
BUDGET = "flash_most = 1_000\nram_most = 200\nheap_least = 5_000\n"


@pytest.fixture
def budget(tmp_path):
    """Reads a budget of these words."""

    def read(text: str | bytes) -> Budget:
        path = tmp_path / "budget.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return size.budget(path)

    return read


def test_flash_is_what_is_loaded_ram_what_comes_before_the_heap(tmp_path, elf_bytes):
    (tmp_path / "x.elf").write_bytes(elf_bytes)
    assert size.use(tmp_path / "x.elf") == Use(flash=16, ram=12, heap=0x100)


def test_the_real_image_is_within_the_budget_of_its_board(image, elf):
    used = size.use(image.with_suffix(".elf"))
    assert size.excess(used, size.budget(Places().board("pico") / "budget.toml")) == {}
    symbols = elf.get_section_by_name(".symtab")
    end = symbols.get_symbol_by_name("__flash_binary_end")[0]["st_value"]
    assert used.flash == pytest.approx(end - 0x1000_0000, abs=256)
    assert used.ram + used.heap <= 264 * 1024


def test_no_file_no_elf_and_an_empty_one_are_refused(tmp_path):
    for name, content in (("nothing", None), ("text", b"hello"), ("empty", b""), ("magic", b"\x7fELF")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ElfError, match=name):
            size.use(tmp_path / name)


def test_a_program_without_symbols_is_refused(tmp_path):
    (tmp_path / "x.elf").write_bytes(fake_elf.make([fake_elf.Section(".text", 0x1000_0000, b"text")], None))
    with pytest.raises(ElfError, match="has no symbols"):
        size.use(tmp_path / "x.elf")


def test_a_program_without_a_heap_is_refused(tmp_path):
    text = fake_elf.Section(".text", 0x1000_0000, b"text")
    (tmp_path / "x.elf").write_bytes(fake_elf.make([text], {"__GcHeapEnd": 1}))
    with pytest.raises(ElfError, match="has no symbol __GcHeapStart"):
        size.use(tmp_path / "x.elf")


def test_a_damaged_program_is_refused_or_read_but_nothing_else(tmp_path, elf_bytes):
    """No cut and no flipped bits end in anything but figures or ElfError."""
    path = tmp_path / "x.elf"
    randomly = random.Random(1)
    damaged = [elf_bytes[:length] for length in range(0, len(elf_bytes), 5)]
    for _ in range(200):
        copy = bytearray(elf_bytes)
        for _ in range(randomly.randint(1, 4)):
            copy[randomly.randrange(len(copy))] = randomly.randrange(256)
        damaged.append(bytes(copy))
    for content in damaged:
        path.write_bytes(content)
        try:
            assert isinstance(size.use(path), Use)
        except ElfError as error:
            assert str(path) in str(error)  # noqa: PT017 - either outcome is right


def test_a_real_program_that_was_cut_short_is_refused(image, tmp_path):
    content = image.with_suffix(".elf").read_bytes()
    for length in (60, 1000, len(content) // 2, len(content) - 1):
        (tmp_path / "x.elf").write_bytes(content[:length])
        with pytest.raises(ElfError):
            size.use(tmp_path / "x.elf")


def test_a_budget_is_three_numbers(budget):
    assert budget(BUDGET) == Budget(flash_most=1000, ram_most=200, heap_least=5000)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("flash_most = ", "is no TOML"),
        (b"\xff", "is no TOML"),
        ("", "must give flash_most, ram_most, heap_least in bytes"),
        (BUDGET.replace("ram_most", "ram"), "must give"),
        (BUDGET + "stack_most = 1\n", "and nothing else"),
        (BUDGET.replace("200", "'200'"), "must give"),
        (BUDGET.replace("200", "true"), "must give"),
        (BUDGET.replace("200", "200.0"), "must give"),
    ],
)
def test_another_budget_is_refused_with_what_is_expected(budget, text, problem, tmp_path):
    with pytest.raises(BudgetError, match=problem) as caught:
        budget(text)
    assert caught.value.path == tmp_path / "budget.toml"


def test_a_budget_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BudgetError, match="cannot be read: No such file"):
        size.budget(tmp_path / "nothing.toml")


def test_the_limits_themselves_are_within_the_budget():
    size.check(USED, Budget(1000, 200, 5000))


@pytest.mark.parametrize(
    ("allowed", "excess"),
    [
        (Budget(999, 200, 5000), {"flash": 1}),
        (Budget(1000, 100, 5000), {"RAM": 100}),
        (Budget(1000, 200, 7000), {"heap": 2000}),
        (Budget(0, 0, 10_000), {"flash": 1000, "RAM": 200, "heap": 5000}),
    ],
)
def test_each_limit_that_is_missed_is_named_with_the_bytes(allowed, excess):
    with pytest.raises(OverBudgetError) as caught:
        size.check(USED, allowed)
    assert caught.value.excess == excess
    assert all(f"{name} by {count:,} bytes" in str(caught.value) for name, count in excess.items())


def test_the_table_has_a_line_for_each_figure_with_its_limit_if_there_is_one():
    assert size.table(Use(422_488, 10_016, 251_936), Budget(655_360, 16_384, 245_760)).splitlines() == [
        "flash                 422,488 bytes, at most   655,360",
        "RAM before the heap    10,016 bytes, at most    16,384",
        "heap                  251,936 bytes, at least   245,760",
    ]
    assert size.table(USED).splitlines()[0] == "flash                   1,000 bytes"
