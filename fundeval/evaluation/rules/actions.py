"""What follows from a result by a certain day, and who sees to it (R1, R6)."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from fundeval.evaluation.inputs import Inputs
from fundeval.evaluation.scoring.scorecards import GRADES, Frames
from fundeval.policy import Rules
from fundeval.results.frames import restricted_in, without_rows


class FollowUp(NamedTuple):
    """An action on units of a kind, why, within so many days (a parameter), and who acts."""

    action: str
    kind: str
    why: str
    within: str
    who: str


FOLLOW_UPS = (
    FollowUp("talk", "hospital", "lowest_grade", "talk_within_days", "head_of_institution"),
    FollowUp("talk", "hospital", "lowest_card", "talk_within_days", "head_of_institution"),
    FollowUp("report", "department", "restricted", "report_within_days", "head_of_department"),
)


def list_actions(
    graded: pd.DataFrame, cards: Frames, restrictions: pd.DataFrame, inputs: Inputs, rules: Rules
) -> pd.DataFrame:
    """List the actions that grades and restrictions of the year call for.

    The head of an institution with the lowest grade, or the lowest on a further scorecard such as
    credit (`cards`, as `judge_cards` returns them), is called in for a talk (R6); a department that
    is restricted reports what it does about it (R1). Each is due so many days after 31 December of
    the evaluated year as the policy states. A unit without a grade or a state that is known calls
    for none.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> actions = evaluation.evaluate(city, rules, 2024).actions
    >>> actions.loc[actions["action"] == "talk", "due"].dt.strftime("%Y-%m-%d").unique().tolist()
    ['2025-01-30']
    """
    rows = inputs.rows_of_year(cards.get(GRADES, without_rows(GRADES)))
    lowest = rows["card"].map({name: card.grades[0] for name, card in rules.scorecards.items()})
    units = {
        "lowest_grade": graded.loc[graded["grade"] == rules.grades[0], "unit_id"],
        "lowest_card": rows.loc[rows["grade"] == lowest, "unit_id"].drop_duplicates(),
        "restricted": restricted_in(restrictions, inputs.year),
    }
    of_kind = inputs.units.set_index("unit_id")["kind"]
    end = pd.Timestamp(inputs.year, 12, 31)
    parts = []
    for follow_up in FOLLOW_UPS:
        ids = units[follow_up.why]
        due = end + pd.Timedelta(days=rules.value(follow_up.within))
        parts.append(
            pd.DataFrame({"unit_id": ids[ids.map(of_kind) == follow_up.kind].array}).assign(
                year=inputs.year, action=follow_up.action, why=follow_up.why, due=due,
                who=follow_up.who, parameter=follow_up.within,
            )
        )  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["unit_id", "action", "why"], ignore_index=True)
