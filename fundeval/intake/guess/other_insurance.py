"""Tell sheets about other social insurance, which have the layout of those of medical insurance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fundeval.intake.guess.outside import Around

# Pensions, unemployment, injury, maternity, care.
BRANCH = "(?:养老|失业|工伤|生育|长期护理|长护)"
INSURANCE = re.compile(f"{BRANCH}(?:保险|金|险|基金)|(?:职业|企业)年金")
# In a title the branch may stand alone; a home or a department of that name is none.
TITLED = re.compile(rf"{INSURANCE.pattern}|{BRANCH}(?!.{{0,4}}(?:院|机构|服务|中心|康复|科|病))")
MEDICAL = re.compile(r"医疗(?!机构|费)|医保|新农合|大病")


def is_of_other_insurance(around: Around, rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether a sheet is about another insurance than the medical one, and about that alone.

    The nearest texts that name any insurance count: those above the header, the name of the
    sheet, that of the file, then what stands in the rows.

    Parameters
    ----------
    around
        The texts around the table.
    rows
        The texts of its header and rows.

    Examples
    --------
    >>> is_of_other_insurance(Around([["2025年居民养老保险基金收支表"]], "", "社保.xlsx"), [])
    True
    >>> is_of_other_insurance(Around([["职工医疗保险（含生育保险）"]], "养老", "社保.xlsx"), [])
    False
    """
    inside = [text for row in rows for text in row]
    for texts, pattern in (
        (around.above, TITLED),
        ([around.sheet], TITLED),
        ([around.stem], TITLED),
        (inside, INSURANCE),
    ):
        named = "\n".join(re.sub(r"\s", "", text) for text in texts)
        medical = MEDICAL.search(named)
        if medical or pattern.search(named):
            return medical is None
    return False
