"""How often the vault's sectors are erased, by arithmetic, beside what a simulated history counts."""

from collections.abc import Iterator

from figure import Figure

from fakes.vault_wear import CASES, ENDURANCE, MILLION, TEN_YEARS, per_sector, simulate

SAMPLE = 200_000  # logins that are carried out


def figures() -> Iterator[Figure]:
    """Erases of the most worn sector; the first of each case is simulated, the others are the arithmetic."""
    for case in CASES:
        counted, foretold = simulate(case, SAMPLE)
        yield Figure(f"{case.name}: {SAMPLE:,} logins", counted, "erases", "foretold", foretold)
        for what, logins in ((f"{MILLION:,} logins", MILLION), ("a login a minute for ten years", TEN_YEARS)):
            yield Figure(
                f"{case.name}: {what}", per_sector(case, logins), "erases", "what a sector stands", ENDURANCE
            )
