"""The public page by quarter beside that of the year: nothing small is left in their difference.

The attack is by linear algebra, not by the search that hides: a reader knows every published
figure of both pages, all sums over schemes, units and quarters, and solves for what is hidden.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.problems import BadInputError
from fundeval.report.public.disclosure import disclose, refuse_recoverable
from fundeval.report.public.page import render_public, select
from fundeval.report.public.quarters import disclose_quarters
from fundeval.results.frames import FRAMES
from fundeval.words import say
from tests.report.test_public import (
    CITY,
    COUNTY,
    POLICY,
    SCHEMES,
    TERMS,
    YEAR,
    build,
    executed_in,
)

QUARTERS = range(1, 5)
HOSPITALS = [
    ((5000.0, 90), (40.0, 3)), ((7000.0, 80), (6000.0, 70)), ((300.0, 60), (900.0, 50)),
    ((2000.0, 300), (500.0, 30)),
]  # fmt: skip


def with_quarters(evaluation, parts):
    """Cut what each hospital, and the rest of each county, executed into quarters by `parts`."""
    year = executed_in(evaluation)
    parents = evaluation.units.set_index("unit_id")["parent_id"].to_dict()
    cents = {}
    for unit, scheme in sorted(key for key in year if key[1] != "all"):
        if unit in (CITY, *COUNTY):
            continue
        whole, left = round(year[unit, scheme] * 100), round(year[unit, scheme] * 100)
        for quarter in QUARTERS:
            part = left if quarter == 4 else whole * parts[quarter - 1] // sum(parts)
            left -= part
            cents[unit, scheme, quarter] = part
            county = parents[unit]
            cents[county, scheme, quarter] = cents.get((county, scheme, quarter), 0) + part
    for county in COUNTY:
        for scheme in SCHEMES:
            known = sum(cents.get((county, scheme, q), 0) for q in QUARTERS)
            rest = round(year[county, scheme] * 100) - known
            for quarter in QUARTERS:
                part = rest // 4 if quarter < 4 else rest - 3 * (rest // 4)
                key = (county, scheme, quarter)
                cents[key] = cents.get(key, 0) + part
                key = (CITY, scheme, quarter)
                cents[key] = cents.get(key, 0) + cents[county, scheme, quarter]
    rows = [
        {"unit_id": u, "year": YEAR, "scheme": s, "span": "quarter", "number": q, "months": 3,
         "executed": amount / 100, "level": "none", "reason": "",
         "executed_to_date": sum(cents[u, s, n] for n in range(1, q + 1)) / 100,
         "progress_to_date": 0.9}
        for (u, s, q), amount in cents.items()
    ]  # fmt: skip
    return replace(evaluation, periods=pd.DataFrame(rows, columns=list(FRAMES["periods"])))


def solved_for(evaluation, tables):
    """Return the hidden quarters whose amount follows from both pages and the sums."""
    year = {(u, s, 0): amount for (u, s), amount in executed_in(evaluation).items()}
    rows = evaluation.periods[["unit_id", "scheme", "number", "executed"]]
    truth = year | {(u, s, q): amount for u, s, q, amount in rows.itertuples(index=False)}
    shown = {
        (u, s, 0)
        for u, s in disclose(evaluation, TERMS).tables["execution"]["executed"].dropna().index
    }
    for quarter in QUARTERS:
        shown |= {
            (u, s, quarter) for u, s in tables["execution"][f"quarter_{quarter}"].dropna().index
        }
    hidden = sorted(truth.keys() - shown)
    parents = evaluation.units.set_index("unit_id")["parent_id"].dropna()
    sums = [((u, "all", 0), [(u, s, 0) for s in SCHEMES]) for u in evaluation.units["unit_id"]]
    sums += [
        ((parent, s, q), [(child, s, q) for child in parents.index[parents == parent]])
        for parent in parents.unique() for q in (0, *QUARTERS) for s in SCHEMES
    ]  # fmt: skip
    sums += [((u, s, 0), [(u, s, q) for q in QUARTERS]) for u, s, q in truth if q == 1]
    matrix = np.zeros((len(sums), len(hidden)))
    unsure = []
    for row, (total, parts) in enumerate(sums):
        unsure.append(abs(truth[total] - sum(truth[p] for p in parts)) > 0.005)
        for key, sign in [(total, -1), *((part, 1) for part in parts)]:
            if key in hidden:
                matrix[row, hidden.index(key)] += sign
    matrix = matrix[~np.array(unsure)]
    rank = np.linalg.matrix_rank(matrix)
    ones = np.eye(len(hidden))
    return [
        key for column, key in enumerate(hidden)
        if key[2] and np.linalg.matrix_rank(np.vstack([matrix, ones[column]])) == rank
    ]  # fmt: skip


def page_of(evaluation, lang):
    return render_public(evaluation, lang, select(evaluation, quarterly=True))


def marked(tables):
    """Return unit, scheme and quarter of what is hidden."""
    frame = tables["execution"]
    return {
        (unit, scheme, quarter)
        for quarter in QUARTERS
        for unit, scheme in frame.index[frame[f"quarter_{quarter}"].isna()]
    }


@pytest.fixture
def city(evaluation):
    about = evaluation.about | {
        "policy": evaluation.about["policy"] | {
            "parameters": [
                *evaluation.about["policy"]["parameters"],
                *(
                    {"name": name, "unit": unit, "value": value, "source": {"kind": "local"}}
                    for name, unit, value in POLICY
                ),
                {"name": "warning_bands", "value": [], "unit": "bands",
                 "source": {"kind": "local", "cite": "本地设定"}},
            ]
        }
    }  # fmt: skip
    return with_quarters(build(HOSPITALS, (0.0, 0.0), about), (1, 1, 1, 1))


def test_what_the_year_hides_is_hidden_in_every_quarter(city):
    """H0's residents are 3 people: the year hides them, H2's, and both hospitals' employees."""
    yearly = disclose(city, TERMS).tables["execution"]
    hidden = {key for key in yearly.index[yearly["hidden"]] if key[1] != "all"}
    assert hidden >= {("H0", "resident"), ("H2", "resident")}
    tables = disclose_quarters(city, TERMS).tables
    assert {(*key, quarter) for key in hidden for quarter in QUARTERS} <= marked(tables)
    assert solved_for(city, tables) == []


def test_a_quarter_of_too_few_is_hidden_though_its_year_is_published(city):
    """H3's residents are 30 in the year, 7.5 in each quarter: below 11."""
    assert not disclose(city, TERMS).tables["execution"].loc[("H3", "resident"), "hidden"]
    row = disclose_quarters(city, TERMS).tables["execution"].loc[("H3", "resident")]
    assert row[["quarter_1", "quarter_2", "quarter_3", "quarter_4", "to_date"]].isna().all()
    assert row["hidden"]


def test_a_large_quarter_is_hidden_where_it_would_give_a_small_one_away():
    """30 people as 28 : 1 : 1 : 0 parts: 28 people are enough, 1 is not.

    Quarters 2 and 3 are small; their sum is the published year less quarters 1 and 4.
    """
    hospitals = [((2000.0, 300), (500.0, 30)), ((7000.0, 800), (6000.0, 700))]
    uneven = with_quarters(
        build(hospitals, (400.0, 0.0), {"year": YEAR, "policy": {"parameters": []}}), (28, 1, 1, 0)
    )
    tables = disclose_quarters(uneven, TERMS).tables
    assert marked(tables) >= {("H0", "resident", quarter) for quarter in QUARTERS}
    assert solved_for(uneven, tables) == []


def test_taking_one_page_from_the_other_would_give_a_number_away(city):
    """The year publishes H1 and hides H0; a page by quarter that hides H1 alone is refused."""
    disclosed = disclose_quarters(city, TERMS)
    leaky = disclosed.tables["execution"].copy()
    whole = city.periods.set_index(["unit_id", "scheme", "number"])["executed"]
    for quarter in QUARTERS:
        leaky.loc[("H2", "resident"), f"quarter_{quarter}"] = whole["H2", "resident", quarter]
    assert solved_for(city, {"execution": leaky}) != []
    tables = disclosed.tables | {"execution": leaky}
    out = [disclose(city, TERMS).release, disclosed.release]
    with pytest.raises(BadInputError) as caught:
        refuse_recoverable(city, replace(disclosed, tables=tables), TERMS, out)
    assert ("H0", "resident quarter_1") in [(p.file, p.column) for p in caught.value.problems]


money = st.integers(0, 10**7).map(lambda cents: cents / 100)
people = st.one_of(st.integers(0, 40), st.integers(0, 10**4))
hospital = st.tuples(st.tuples(money, people), st.tuples(money, people))


@pytest.mark.slow
@settings(max_examples=5)
@given(
    hospitals=st.lists(hospital, min_size=1, max_size=3),
    rests=st.tuples(st.one_of(st.just(0.0), money), st.one_of(st.just(0.0), money)),
    parts=st.tuples(*[st.integers(1, 9)] * 4),
)
def test_no_quarter_follows_from_both_pages(hospitals, rests, parts):
    evaluation = with_quarters(
        build(hospitals, rests, {"year": YEAR, "policy": {"parameters": []}}), parts
    )
    try:
        tables = disclose_quarters(evaluation, TERMS).tables
    except BadInputError:
        # Nothing is published where no protection is found.
        return
    small = {key for key in marked(tables) if key in set(solved_for(evaluation, tables))}
    assert {key for key in small if evaluation_amount(evaluation, key)} == set()


def evaluation_amount(evaluation, key):
    rows = evaluation.periods.set_index(["unit_id", "scheme", "number"])["executed"]
    return rows[key]


def test_a_quarter_alone_that_is_the_year_is_not_hidden_twice(city):
    """With one quarter of data that is all of the year, it rests on the year's people."""
    first = city.periods[city.periods["number"] == 1]
    year = executed_in(city)
    whole = [year[key] for key in zip(first["unit_id"], first["scheme"], strict=True)]
    begun = replace(city, periods=first.assign(executed=whole, executed_to_date=whole))
    frame = disclose_quarters(begun, TERMS).tables["execution"]
    assert frame.loc[("H3", "resident"), "quarter_1"] == 500.0
    assert [*frame.columns] == ["quarter_1", "to_date", "progress", "left", "hidden"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_by_quarter_shows_marks_and_no_hidden_number(city, lang):
    page = page_of(city, lang)
    assert page == page_of(city, lang)
    assert "＊" in page
    assert ">0.18<" in page  # a quarter of H1's employees
    # A quarter of H0's residents, 10.00, in 万元; others round to what may be shown.
    for absent in (">0.001<", "<script", ">nan<", "http:", "https:"):
        assert absent not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_quarter_that_has_begun_or_lacks_a_month_says_so(city, lang):
    """Of quarter 3 there is a month; of the city's employees a month of quarter 2 is missing."""
    rows = city.periods[city.periods["number"] <= 3]
    rows = rows.assign(months=rows["months"].mask(rows["number"] == 3, 1))
    none = (rows["unit_id"] == CITY) & (rows["scheme"] == "employee")
    rows.loc[none & (rows["number"] == 2), "executed"] = float("nan")
    late = none & (rows["number"] >= 2)
    rows.loc[late, ["executed_to_date", "progress_to_date"]] = float("nan")
    rows.loc[late, "reason"] = "month_missing"
    page = page_of(replace(city, periods=rows), lang)
    whole = page_of(city, lang)
    begun = say("periods.quarter_begun", lang, number=3, months=1)
    assert begun in page
    assert begun not in whole
    for reason in ("quarter_unreported", "month_missing"):
        assert say(f"reason.{reason}", lang) in page
        assert say(f"reason.{reason}", lang) not in whole


def test_without_monthly_data_the_page_says_so(city):
    none = replace(city, periods=city.periods.iloc[:0])
    assert "没有月度执行数据，无法分季公开执行进度。" in page_of(none, "zh")
