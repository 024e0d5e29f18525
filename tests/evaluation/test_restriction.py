"""The two-year rule against a brute-force reading of it, over all short histories."""

from __future__ import annotations

import datetime as dt
import re
from itertools import product

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.report.report import Report
from fundeval.report.text.explain_restriction import explain_restriction
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEARS = (2020, 2021, 2022, 2023, 2024)
LOW, FINE, GAP = 89.99, 90.0, None


def read_the_rule(history):
    """Walk through the years as a clerk would, one after the other.

    A restriction lasts through a gap until a year that is not below the floor.
    """
    states, held = [], False
    for position, rate in enumerate(history):
        before = history[position - 1] if position else GAP
        was_held, good = held, rate is not GAP and rate >= 90
        both_low = rate is not GAP and before is not GAP and rate < 90 and before < 90
        held = both_low or (was_held and not good)
        if rate is GAP or before is GAP:
            states.append("undetermined")
        elif held:
            states.append("restricted")
        elif rate < 90:
            states.append("watch")
        else:
            states.append("released" if was_held else "clear")
    return states


def test_all_histories_of_five_years():
    histories = {
        f"D{number:03}": history
        for number, history in enumerate(product((LOW, FINE, GAP), repeat=len(YEARS)))
    }
    rows = [
        budget(name, year, executed)
        for name, history in histories.items()
        for year, executed in zip(YEARS, history, strict=True)
    ]
    data = dataset(units=[unit(name) for name in histories], budgets=rows)
    restrictions = decide(data, POLICY, YEARS[-1]).restrictions
    found = restrictions.groupby("unit_id")["state"].agg(list).to_dict()
    assert len(found) == 3 ** len(YEARS)
    assert found == {name: read_the_rule(history) for name, history in histories.items()}


@pytest.mark.parametrize(
    ("units", "rows", "reason"),
    [
        ([unit("D", valid_from="2024-01-01")], [budget("D", 2024, 95.0)], "new_unit"),
        ([unit("D")], [budget("D", 2022, 95.0), budget("D", 2024, 95.0)], "gap"),
        ([unit("D")], [budget("D", 2023, 95.0)], "no_budget"),
        ([unit("D")], [budget("D", 2024, 80.0)], "data_begin"),
    ],
)
def test_a_state_that_cannot_be_judged_says_why(units, rows, reason):
    older = [budget("E", 2022, 95.0)] if reason == "new_unit" else []
    data = dataset(units=[*units, unit("E")], budgets=rows + older)
    state = decide(data, POLICY, 2024).restrictions.query("unit_id == 'D' and year == 2024")
    assert (state["state"].item(), state["reason"].item()) == ("undetermined", reason)


def given(**changes):
    """Return the national policy with other values."""
    return suppose(POLICY, changes, dt.date(YEARS[-1], 12, 31))


def judged(rows, policy=POLICY, units=None, year=YEARS[-1]):
    """Return what the rule says of the department D."""
    data = dataset(units=units or [unit("D")], budgets=rows)
    evaluation = decide(data, policy, year)
    rows = evaluation.restrictions
    return rows[rows["unit_id"] == "D"].set_index("year"), evaluation


def by_scheme(employee, resident):
    """Return two years of budgets of 100 by scheme, executed as given in both."""
    return [
        budget("D", year, executed, scheme=scheme)
        for year in (2023, 2024)
        for scheme, executed in (("employee", employee), ("resident", resident))
    ]


@pytest.mark.parametrize(
    ("by", "state", "scheme", "rate"),
    [
        ("all", "clear", "all", 0.905),
        ("any_scheme", "restricted", "resident", 0.83),
        ("every_scheme", "clear", "employee", 0.98),
    ],
)
def test_schemes_of_which_one_is_low_are_not_netted_unseen(by, state, scheme, rate):
    """98 and 83 of 100 each: 181 of 200 is 90.5 %, not below 90 %; 83 % is, two years running.

    Whatever decides, the three views stand side by side, and a finding tells that they differ.
    """
    rows, evaluation = judged(by_scheme(98.0, 83.0), given(restriction_by=by))
    assert rows.loc[2024, ["state", "scheme", "rate"]].tolist() == [state, scheme, rate]
    views = evaluation.restriction_views.set_index("scheme")["state"].to_dict()
    assert views == {"all": "clear", "employee": "clear", "resident": "restricted"}
    [told] = evaluation.findings.query("finding == 'restriction_views_differ'").to_dict("records")
    other = ("all", 0.905) if by == "any_scheme" else ("resident", 0.83)
    assert (told["unit_id"], told["detail"]) == ("D", state)
    if state != "restricted":
        assert (told["scheme"], told["value"]) == other


def test_every_scheme_low_is_restricted_by_each_view_and_nothing_differs():
    """88 and 83 of 100: 171 of 200 is 85.5 %; all three are below 90 % in both years."""
    for by in ("all", "any_scheme", "every_scheme"):
        rows, evaluation = judged(by_scheme(88.0, 83.0), given(restriction_by=by))
        assert rows.loc[2024, "state"] == "restricted"
        assert "restriction_views_differ" not in set(evaluation.findings["finding"])


def test_the_path_of_a_department_names_the_scheme_of_each_rate():
    """Either scheme decides: 80 % of employees in 2023 and 2024, 70 % of residents in 2022."""
    rows = [
        *(budget("D", year, rate, scheme="employee")
          for year, rate in zip(YEARS, (95, 95, 95, 80, 80), strict=True)),
        *(budget("D", year, rate, scheme="resident")
          for year, rate in zip(YEARS, (95, 95, 70, 95, 95), strict=True)),
    ]  # fmt: skip
    units = [unit("H", "hospital"), unit("D", parent="H")]
    _, found = judged(rows, given(restriction_by="any_scheme"), units)
    view = found.view("H", "en")
    pages = [Report(view).show(part).markup for part in ("departments", "restricted")]
    for page in pages:
        steps = re.findall(r"(\d{4}) (\w+) (\d+)\.00%", page)
        assert ("2022", "Residents", "70") in steps
        assert {("2023", "Employees", "80"), ("2024", "Employees", "80")} <= {*steps}
    assert "Employees 80.00%" in pages[0]


def test_another_scheme_low_in_each_year_is_restricted_over_all_alone():
    """Employees 60 then 98, residents 98 then 60 of 100: 158 of 200 is 79 % in both years."""
    rows = [
        budget("D", year, executed, scheme=scheme)
        for year, employee, resident in ((2023, 60.0, 98.0), (2024, 98.0, 60.0))
        for scheme, executed in (("employee", employee), ("resident", resident))
    ]
    assert judged(rows)[0].loc[2024, "state"] == "restricted"
    assert judged(rows, given(restriction_by="any_scheme"))[0].loc[2024, "state"] == "watch"


@pytest.mark.parametrize("by", ["any_scheme", "every_scheme"])
@pytest.mark.parametrize(
    ("residents", "expected"),
    [
        # Low in one year alone, then without a budget: nothing is held against the employees.
        ([83.0], {"any_scheme": ("clear", "employee"), "every_scheme": ("clear", "employee")}),
        # Restricted by two years, then without a budget: whether it still is cannot be judged.
        ([83.0, 83.0],
         {"any_scheme": ("undetermined", "resident"), "every_scheme": ("clear", "employee")}),
    ],
)  # fmt: skip
def test_a_scheme_without_a_budget_decides_only_where_it_is_held(by, residents, expected):
    rows = [budget("D", year, 98.0, scheme="employee") for year in YEARS]
    rows += [budget("D", year, executed, scheme="resident")
             for year, executed in zip(YEARS[1:], residents, strict=False)]  # fmt: skip
    found, _ = judged(rows, given(restriction_by=by))
    assert tuple(found.loc[2024, ["state", "scheme"]]) == expected[by]


def test_a_budget_over_all_schemes_is_judged_whatever_decides():
    for by in ("any_scheme", "every_scheme"):
        rows, _ = judged([budget("D", year, 80.0) for year in (2023, 2024)],
                         given(restriction_by=by))  # fmt: skip
        assert rows.loc[2024, ["state", "scheme"]].tolist() == ["restricted", "all"]


@pytest.mark.parametrize(
    ("years", "states", "until"),
    [
        (1, ["watch", "restricted", "released", "clear"], None),
        (2, ["watch", "restricted", "restricted", "released"], None),
        (3, ["watch", "restricted", "restricted", "restricted"], 2025),
    ],
)
def test_a_restriction_ends_after_so_many_good_years(years, states, until):
    """85 %, 85 %, 95 %, 95 %: of three good years that are needed, two are there in 2024, so that
    the evaluation of 2025 is the first that can lift it."""
    executed = zip((2021, 2022, 2023, 2024), (85.0, 85.0, 95.0, 95.0), strict=True)
    rows = [budget("D", 2020, 95.0), *(budget("D", *one) for one in executed)]
    found, _ = judged(rows, given(restriction_lifted_after=years))
    assert found.loc[2021:, "state"].tolist() == states
    assert found.loc[[2024], "until"].dropna().tolist() == ([until] if until else [])


def test_the_year_that_can_lift_a_restriction_is_told():
    """Restricted in 2024 with no good year yet: one year lifts it in 2025, two in 2026."""
    rows = [budget("D", year, 85.0) for year in (2023, 2024)]
    for years, until in ((1, 2025), (2, 2026)):
        found, evaluation = judged(rows, given(restriction_lifted_after=years))
        assert found.loc[2024, "until"] == until
        [told] = evaluation.findings.query("finding == 'restricted'")["detail"]
        assert told == str(until)


@pytest.mark.parametrize(
    ("codes", "exempting", "state"),
    [
        ((None, "suspended"), [], "restricted"),
        ((None, "suspended"), ["suspended"], "exempt"),
        (("suspended", None), ["suspended"], "exempt"),
        (("saving", "saving"), ["suspended"], "restricted"),
    ],
)
def test_a_low_year_for_an_exempt_reason_does_not_count(codes, exempting, state):
    """80 % in 2023 and 2024; the state is that of the pair, with the reason beside it."""
    rows = [
        budget("D", year, 80.0, reason_code=code, reason=code and "说明")
        for year, code in zip((2023, 2024), codes, strict=True)
    ]
    found, evaluation = judged(
        [*rows, budget("D", 2022, 95.0)],
        given(restriction_exempt_reasons=exempting) if exempting else POLICY,
    )
    assert found.loc[2024, "state"] == state
    assert found.loc[[2023, 2024], "cause"].tolist() == [code or "" for code in codes]
    assert found.loc[2024, "given"] == ("说明" if codes[1] else "")
    restricted = set(evaluation.findings["finding"]) & {"restricted"}
    assert bool(restricted) == (state == "restricted")


def test_a_restriction_is_explained_from_its_two_low_years_on():
    """Lifted after 3 good years, of which there were two: 79 and 79 % restrict, 95, 96, 80 keep
    it; the years without a low one before them are shown too."""
    rows = [budget("D", *each) for each in zip(YEARS, (79, 79, 95, 96, 80), strict=True)]
    _, found = judged(rows, given(restriction_lifted_after=3))
    lines = explain_restriction(found.view("D", "en"))
    told = [line[:4] for line in lines if "below 90%" in line]
    assert told == [str(year) for year in YEARS]


def test_an_exempt_year_lifts_no_restriction():
    """Restricted in 2023 (80 %, 80 %); 2024 is low again, because closed: it stays."""
    rows = [budget("D", year, 80.0) for year in (2022, 2023)]
    rows += [budget("D", 2024, 80.0, reason_code="suspended")]
    found, _ = judged(rows, given(restriction_exempt_reasons=["suspended"]))
    assert found.loc[2024, "state"] == "restricted"


def test_over_all_schemes_each_low_scheme_must_be_exempt():
    """Both schemes at 80 %; only when both were suspended are all schemes together exempt."""
    policy = given(restriction_exempt_reasons=["suspended"])
    for both, state in ((False, "restricted"), (True, "exempt")):
        rows = [
            budget("D", year, 80.0, scheme=scheme,
                   reason_code="suspended" if both or scheme == "employee" else None)
            for year in (2023, 2024)
            for scheme in ("employee", "resident")
        ]  # fmt: skip
        assert judged(rows, policy)[0].loc[2024, "state"] == state


def test_the_budget_follows_an_exemption():
    """The return of a restricted department is capped, that of an exempt one is not."""
    for exempting, capped in (([], True), (["suspended"], False)):
        rows = [budget("D", year, 80.0, reason_code="suspended") for year in (2023, 2024)]
        policy = given(restriction_exempt_reasons=exempting) if exempting else POLICY
        _, evaluation = judged(rows, policy)
        assert evaluation.allocations["restricted_unit"].tolist() == [capped]


def test_a_unit_that_ends_within_the_year_counts_with_its_successor():
    """A ends in June 2024 into D. 2023: 60 + 96 of 200 is 78 %; 2024: 20 of 40 by A and 95 of 100
    by D are 115 of 140, 82.14 %: D is restricted, and A is not judged beside it.
    """
    units = [unit("A", valid_to="2024-06-30", successor_id="D"), unit("D")]
    rows = [
        budget("A", 2023, 60.0), budget("D", 2023, 96.0),
        budget("A", 2024, 20.0, 40.0), budget("D", 2024, 95.0),
    ]  # fmt: skip
    found, evaluation = judged(rows, units=units)
    assert found.loc[2024, "previous_rate"] == 0.78
    assert found.loc[2024, "rate"] == pytest.approx(115 / 140)
    assert found.loc[2024, "state"] == "restricted"
    assert set(evaluation.units["unit_id"]) == {"D"}
    [told] = evaluation.findings.query("finding == 'merged'")["detail"]
    assert told == "A"


def test_a_unit_that_ends_with_the_year_is_judged_in_it():
    units = [unit("A", valid_to="2024-12-31", successor_id="D"), unit("D")]
    rows = [budget(name, year, 95.0) for name in "AD" for year in (2023, 2024)]
    assert set(judged(rows, units=units)[1].units["unit_id"]) == {"A", "D"}


def test_a_unit_whose_successor_begins_later_is_judged_itself():
    units = [
        unit("A", valid_to="2024-06-30", successor_id="D"), unit("D", valid_from="2025-01-01"),
    ]  # fmt: skip
    rows = [budget("A", year, 80.0) for year in (2023, 2024)]
    _, evaluation = judged(rows, units=units)
    assert evaluation.restrictions.set_index(["unit_id", "year"]).loc[("A", 2024), "state"] == (
        "restricted"
    )


def test_a_gap_does_not_lift_a_restriction():
    """80, 80: restricted in 2021, lifted after two good years; 2022 is missing, 2023 is 80 again.
    2024 is the first good year: still restricted, until 2025 at the earliest."""
    rows = [budget("D", y, r) for y, r in ((2020, 80.0), (2021, 80.0), (2023, 80.0), (2024, 95.0))]
    found, _ = judged(rows, given(restriction_lifted_after=2))
    assert found.loc[2021:, "state"].tolist() == [
        "restricted", "undetermined", "undetermined", "restricted",
    ]  # fmt: skip
    assert found.loc[2024, "until"] == 2025


def test_an_excused_year_counts_neither_against_nor_towards_lifting():
    """80, 80, 95, 80 excused, 95: two good years of those that count lift it."""
    executed = zip(range(2020, 2025), (80.0, 80.0, 95.0, 80.0, 95.0), strict=True)
    rows = [budget("D", *one) | {"reason_code": "saving" if one[0] == 2023 else None}
            for one in executed]  # fmt: skip
    rules = given(restriction_lifted_after=2, restriction_exempt_reasons=["saving"])
    found, _ = judged(rows, rules)
    assert found.loc[2021:, "state"].tolist()[-1] == "released"


@pytest.mark.parametrize(
    ("codes", "state"),
    [(("saving", "low_volume"), "exempt"), (("saving", None), "restricted")],
)
def test_the_reasons_of_merged_units_must_all_excuse(codes, state):
    """P and Q became S in 2024; each was low in both years, for a reason of its own or none."""
    ended = {"valid_to": "2024-06-30", "successor_id": "D"}
    units = [unit("D"), unit("P", **ended), unit("Q", **ended)]
    rows = [budget(name, year, 80.0) | {"reason_code": code}
            for name, code in zip("PQ", codes, strict=True) for year in (2023, 2024)]  # fmt: skip
    rules = given(restriction_exempt_reasons=["saving", "low_volume"])
    assert judged(rows, rules, units)[0].loc[2024, "state"] == state
