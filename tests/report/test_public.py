"""The public profile, and an attacker who knows every sum and tries to get at the small numbers."""

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.problems import BadInputError
from fundeval.report.public.disclosure import disclose, refuse_recoverable
from fundeval.report.public.knowledge import Terms
from fundeval.report.public.page import render_public, select
from fundeval.results.frames import FRAMES, Evaluation
from fundeval.words import say

try:  # the sharper attack; without it, linear algebra alone
    from scipy.optimize import linprog
except ImportError:
    linprog = None

YEAR, MINIMUM, PROTECTION = 2024, 11, 0.1
TERMS = Terms(MINIMUM, PROTECTION)
POLICY = (
    ("minimum_disclosed", "count", MINIMUM), ("disclosed_protection", "fraction", PROTECTION),
    ("disclosed_step", "money", 0), ("disclosed_share", "fraction", 0),
)  # fmt: skip
SCHEMES = ("employee", "resident")
COUNTY, CITY = ["C1", "C2"], "01"


def rows(name, given):
    return pd.DataFrame(given, columns=list(FRAMES[name]))


def rate(unit_id, scheme, executed):
    return {
        "unit_id": unit_id, "year": YEAR, "scheme": scheme, "indicator": "execution_rate",
        "value": executed / 1e6, "numerator": executed, "denominator": 1e6, "status": "ok",
        "reason": "",
    }  # fmt: skip


def build(hospitals, rests, about):
    """Return an evaluation of a city, two counties and hospitals.

    `hospitals`: executed and visits by scheme of each, in turn under the counties. `rests`:
    what each county spends beside its hospitals.
    """
    units = [{"unit_id": CITY, "name": "市", "kind": "region", "parent_id": None}]
    units += [{"unit_id": c, "name": c, "kind": "region", "parent_id": CITY} for c in COUNTY]
    executed, visits = {}, []
    for number, amounts in enumerate(hospitals):
        unit, county = f"H{number}", COUNTY[number % 2]
        units.append({"unit_id": unit, "name": unit, "kind": "hospital", "parent_id": county})
        for scheme, (amount, people) in zip(SCHEMES, amounts, strict=True):
            visits.append({"unit_id": unit, "year": YEAR, "scheme": scheme, "visits": people})
            executed[unit, scheme] = amount
            executed[county, scheme] = round(executed.get((county, scheme), 0) + amount, 2)
    for county, rest in zip(COUNTY, rests, strict=True):
        for scheme in SCHEMES:
            executed[county, scheme] = round(executed.get((county, scheme), 0) + rest, 2)
    for scheme in SCHEMES:
        executed[CITY, scheme] = round(sum(executed[c, scheme] for c in COUNTY), 2)
    for unit in {unit for unit, _ in executed}:
        executed[unit, "all"] = round(sum(executed[unit, scheme] for scheme in SCHEMES), 2)
    fund = {"year": YEAR, "income": 9e6, "balance": 5e5}
    funds = [
        {**fund, "unit_id": unit, "scheme": scheme, "expenditure": amount}
        for (unit, scheme), amount in executed.items()
        if unit in (CITY, *COUNTY) and scheme != "all"
    ]
    frames = {name: rows(name, []) for name in FRAMES}
    frames["units"] = rows("units", units)
    frames["indicators"] = rows("indicators", [rate(*key, a) for key, a in executed.items()])
    return Evaluation(
        **frames,
        tables={"services": pd.DataFrame(visits), "funds": pd.DataFrame(funds)},
        about=about,
    )


def executed_in(evaluation):
    frame = evaluation.indicators
    return dict(
        zip(zip(frame["unit_id"], frame["scheme"], strict=True), frame["numerator"], strict=True)
    )


def known_sums(evaluation):
    """Return what anybody knows to hold: total, parts, and whether a rest is left over."""
    truth = executed_in(evaluation)
    parents = evaluation.units.set_index("unit_id")["parent_id"].dropna()
    sums = [((u, "all"), [(u, s) for s in SCHEMES]) for u in evaluation.units["unit_id"]]
    sums += [
        ((parent, scheme), [(child, scheme) for child in parents.index[parents == parent]])
        for parent in parents.unique()
        for scheme in (*SCHEMES, "all")
    ]
    return [(t, parts, abs(truth[t] - sum(truth[p] for p in parts)) > 0.005) for t, parts in sums]


def attack(evaluation, disclosed):
    """Return the equations over what is hidden: columns are the hidden cells, then the rests."""
    shown = disclosed.tables["execution"]["executed"].dropna().to_dict()
    truth = executed_in(evaluation)
    hidden = sorted(truth.keys() - shown.keys())
    sums = known_sums(evaluation)
    rests = [number for number, (_, _, rest) in enumerate(sums) if rest]
    matrix = np.zeros((len(sums), len(hidden) + len(rests)))
    right = np.zeros(len(sums))
    for row, (total, parts, _) in enumerate(sums):
        for key, sign in [(total, -1), *((part, 1) for part in parts)]:
            if key in shown:
                right[row] -= sign * shown[key]
            else:
                matrix[row, hidden.index(key)] += sign
    for column, row in enumerate(rests):
        matrix[row, len(hidden) + column] = 1
    return hidden, matrix, right


def small_cells(evaluation):
    table = evaluation.tables["services"]
    counts = table.set_index(["unit_id", "scheme"])["visits"].to_dict()
    of_all = table.groupby("unit_id")["visits"].sum()
    counts |= {(unit, "all"): count for unit, count in of_all.items()}
    return {key: count for key, count in counts.items() if 0 < count < MINIMUM}


def assert_safe(evaluation, disclosed):
    """Attack by linear algebra, and by the bounds that no amount is negative."""
    hidden, matrix, right = attack(evaluation, disclosed)
    truth = executed_in(evaluation)
    rank = np.linalg.matrix_rank(matrix)
    for key, count in small_cells(evaluation).items():
        assert key in hidden
        column = hidden.index(key)
        one = np.eye(matrix.shape[1])[column]
        assert np.linalg.matrix_rank(np.vstack([matrix, one])) > rank, f"{key} can be solved for"
        if linprog is None:
            continue
        bound = linprog(-one, A_eq=matrix, b_eq=right)
        # Unbounded, or as much as if it rested on enough people.
        enough = truth[key] * MINIMUM / count
        assert bound.status == 3 or -bound.fun >= enough * (1 - 1e-6) - 0.01, f"{key} is small"


money = st.integers(0, 10**8).map(lambda cents: cents / 100)
people = st.one_of(st.integers(0, 12), st.integers(0, 10**5))
tables = st.builds(
    lambda hospitals, rests: (hospitals, rests),
    st.lists(st.tuples(st.tuples(money, people), st.tuples(money, people)), min_size=1, max_size=7),
    st.tuples(st.one_of(st.just(0.0), money), st.one_of(st.just(0.0), money)),
)


@settings(max_examples=12)
@given(drawn=tables)
def test_no_small_number_can_be_worked_out(drawn):
    hospitals, rests = drawn
    evaluation = build(hospitals, rests, {"year": YEAR, "policy": {"parameters": []}})
    assert_safe(evaluation, disclose(evaluation, TERMS))


@pytest.fixture
def city(evaluation):
    """One hospital with 3 visits of residents; its county spends on nothing else."""
    hospitals = [
        ((5000.0, 90), (40.0, 3)), ((7000.0, 80), (6000.0, 70)), ((300.0, 60), (900.0, 50)),
    ]  # fmt: skip
    about = evaluation.about | {
        "policy": evaluation.about["policy"] | {
            "parameters": [
                *evaluation.about["policy"]["parameters"],
                *(
                    {"name": name, "unit": unit, "value": value, "source": {"kind": "local"}}
                    for name, unit, value in POLICY
                ),
            ]
        }
    }  # fmt: skip
    return build(hospitals, (0.0, 0.0), about)


def test_only_what_is_needed_is_hidden(city):
    disclosed = disclose(city, TERMS)
    frame = disclosed.tables["execution"]
    assert set(frame.index[frame["executed"].isna()]) == {
        ("H0", "resident"),
        ("H2", "resident"),
        ("H0", "employee"),
        ("H2", "employee"),
    }
    assert_safe(city, disclosed)


def test_nothing_but_the_three_disclosures_is_left(city):
    disclosed = disclose(city, TERMS)
    assert {name: list(frame.columns) for name, frame in disclosed.tables.items()} == {
        "allocation": ["adjusted", "next_budget", "hidden"],
        "execution": ["adjusted", "executed", "execution", "hidden"],
        "balance": ["income", "expenditure", "closing", "months", "hidden"],
    }
    assert disclosed.tables["execution"]["execution"].isna().sum() == 4


@pytest.mark.parametrize("key", [("H0", "resident"), ("H2", "resident")])
def test_the_last_check_refuses_a_number_left_or_given_away(city, key):
    disclosed = disclose(city, TERMS)
    # Only the rate is left: with the budget beside it, that is the amount.
    leaky = disclosed.tables["execution"].copy()
    leaky.loc[key, "execution"] = 0.9
    tables = disclosed.tables | {"execution": leaky}
    with pytest.raises(BadInputError) as caught:
        refuse_recoverable(city, replace(disclosed, tables=tables), TERMS)
    assert (key[0], f"{key[1]} executed") in [(p.file, p.column) for p in caught.value.problems]
    assert "11" in caught.value.text("zh")


def test_a_small_fund_is_hidden_with_its_balance(city):
    few = pd.DataFrame([{"unit_id": "C2", "year": YEAR, "scheme": "employee", "visits": 2}])
    services = pd.concat([city.tables["services"], few])
    disclosed = disclose(replace(city, tables=city.tables | {"services": services}), TERMS)
    funds = disclosed.tables["balance"]
    hidden = funds.index[funds["expenditure"].isna()]
    assert ("C2", "employee") in hidden
    assert len(hidden) > 1
    assert funds.loc[hidden, ["income", "closing"]].isna().all(axis=None)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_marks_for_what_is_hidden_and_names_no_signer(city, lang):
    page = render_public(city, lang, select(city))
    assert page == render_public(city, lang, select(city))
    assert page.count("<td>＊</td>") + page.count('<td class="figure">＊</td>') == 8
    assert ">0.70<" in page
    assert page.count(">0.09<") == 2  # other amounts that round to it; one of 900 is hidden
    for absent in (">0.004<", "<script", ">nan<", "http:", "https:"):
        assert absent not in page
    assert {"zh": "签名", "en": "Signature"}[lang] not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_figure_stands_in_its_own_unit(city, lang):
    """Amounts in 万元, rates in percent, months in months: 5 000 of 1 000 000 are 0.50%."""
    months = rate("C1", "employee", 5300.0) | {"indicator": "payable_months", "value": 2.4}
    indicators = pd.concat([city.indicators, rows("indicators", [months])])
    made = replace(city, indicators=indicators)
    page = render_public(made, lang, select(made))
    shown = [
        [
            html.unescape(re.sub("<[^>]+>", "", cell))
            for cell in re.findall("<t[dh].*?</t[dh]>", row)
        ]
        for row in re.findall("<tr>.*?</tr>", page, re.DOTALL)
    ]
    employees = say("scheme.employee", lang)
    of_unit = [row[2:] for row in shown if row[:2] == ["C1", employees]]
    assert of_unit == [
        ["100.00"],
        ["100.00", "0.53", "0.53%"],
        ["900.00", "0.53", "50.00", "2.40"],
    ]
