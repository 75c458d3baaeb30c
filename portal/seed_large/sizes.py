"""How much is to be made."""

from dataclasses import dataclass
from random import Random

# Nobody keeps a diary for longer than three years here, and no clinician treats more.
MOST_NIGHTS = 1_000
MOST_PATIENTS = 2_000


class SizesDoNotFit(ValueError):
    """What was asked for can't be spread over so few people."""


@dataclass(frozen=True)
class Sizes:
    """Numbers of rows; what is not named follows from these in proportion."""

    patients: int
    nights: int
    assignments: int
    clinicians: int
    articles: int

    @classmethod
    def of(
        cls,
        patients: int,
        nights: int,
        assignments: int,
        clinicians: int | None = None,
        articles: int | None = None,
    ) -> "Sizes":
        """The sizes asked for, the others made to fit; refuses what can't be."""
        each = -(-assignments // max(patients, 1))
        sizes = cls(
            patients=patients,
            nights=nights,
            assignments=assignments,
            clinicians=clinicians or 2 + patients // 400,
            articles=articles or max(36, 2 * each),
        )
        if patients < 2 or min(nights, assignments) < 0 or sizes.clinicians < 2:
            raise SizesDoNotFit("Ask for two patients, two clinicians and no negative number.")
        if nights > patients * MOST_NIGHTS // 4:
            raise SizesDoNotFit(f"At most {MOST_NIGHTS // 4} nights for each patient.")
        if assignments > patients * sizes.articles // 2:
            raise SizesDoNotFit(
                f"{assignments:,} assignments need more than {sizes.articles} articles: "
                "nobody has the same article twice."
            )
        return sizes

    @property
    def largest_caseload(self) -> int:
        """How many patients the first clinician has."""
        return min(MOST_PATIENTS, max(self.patients // 2, 1))


def spread(total: int, among: int, most: int, weights: list[int], chance: Random) -> list[int]:
    """`among` numbers of at most `most` with this sum, some large and some small."""
    wanted = [chance.choice(weights) for _ in range(among)]
    share = total / max(sum(wanted), 1)
    counts = [min(int(weight * share), most) for weight in wanted]
    missing, place = total - sum(counts), 0
    # Whoever has something gets more of it first; the others only if that is not enough.
    order = [n for n in range(among) if wanted[n]] + [n for n in range(among) if not wanted[n]]
    while missing:
        number = order[place % among]
        if counts[number] < most:
            counts[number] += 1
            missing -= 1
        place += 1
    return counts
