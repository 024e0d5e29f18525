"""Bounds of hidden figures by linear programming, and what is hidden until they are wide enough."""

from dataclasses import replace

import pandas as pd
import pytest

from fundeval.report.public.disclosure import disclose, rounded_table
from fundeval.report.public.figures import Figure
from fundeval.report.public.lines import Place
from fundeval.report.public.protection import Need, Protection
from fundeval.report.public.rounding import Rounding
from fundeval.report.public.sums import sums_of
from fundeval.report.public.suppression import Request, audit, choose
from tests.report.small_county import TERMS, county, evaluated, write

PLACES = {
    "C": Place("region", None, "county"), "A": Place("hospital", "C", "a"),
    "B": Place("hospital", "C", "b"), "D": Place("hospital", "C", "d"),
}  # fmt: skip


def cell(unit, scheme):
    return Figure(unit, scheme, 2024, "executed")


def sums(rest=0.0, **amounts):
    """Return the sums of a county with hospitals A and B; `amounts` by unit: both schemes."""
    found = {}
    totals = [rest, 0.0]
    for unit, pair in amounts.items():
        totals = [total + part for total, part in zip(totals, pair, strict=True)]
        found |= {cell(unit, "employee"): pair[0], cell(unit, "resident"): pair[1]}
    found |= {cell("C", "employee"): totals[0], cell("C", "resident"): totals[1]}
    for unit in (*amounts, "C"):
        found[cell(unit, "all")] = found[cell(unit, "employee")] + found[cell(unit, "resident")]
    return sums_of(found, PLACES)


SQUARE = {cell(unit, scheme) for unit in "AB" for scheme in ("employee", "resident")}
SMALL = cell("A", "employee")


def test_the_bounds_of_a_square_are_what_its_sides_leave():
    """A: 40 and 900, B: 500 and 600. What A's employees gain A's residents lose, and B's
    employees too: they gain 500 at most, B's; and lose 40 at most, their own."""
    protection = Protection(sums(A=(40, 900), B=(500, 600)), {SMALL: Need(up=500, down=40)})
    bounds = protection.audit(SQUARE).bounds[SMALL]
    assert (bounds.up, bounds.down) == pytest.approx((500, 40))
    more = Protection(sums(A=(40, 900), B=(500, 600)), {SMALL: Need(up=501)})
    assert more.audit(SQUARE).exposed == [SMALL]


def test_without_the_square_the_amount_follows():
    protection = Protection(sums(A=(40, 900), B=(500, 600)), {SMALL: Need(up=1, down=1)})
    for shown in SQUARE - {SMALL}:
        assert protection.audit(SQUARE - {shown}).exposed == [SMALL]


def test_what_nobody_publishes_bounds_an_amount_from_above():
    """The county spends 100 on others, so A's employees may cost 100 more, not 101."""
    system = sums(rest=100.0, A=(40, 900), B=(500, 600))
    hidden = {SMALL, cell("A", "resident")}
    system.equations = [e for e in system.equations if cell("C", "resident") not in e]
    assert Protection(system, {SMALL: Need(up=100)}).audit(hidden).exposed == []
    assert Protection(system, {SMALL: Need(up=101)}).audit(hidden).exposed == [SMALL]


def test_a_small_square_is_hidden_and_no_more():
    request = Request(
        sums(A=(40, 900), B=(500, 600)), {SMALL: 11 / 3}, frozenset({SMALL}), frozenset(), 0.1
    )
    assert choose(request).hidden == SQUARE


def test_what_was_published_before_protects_nothing():
    """B's employees are out, so nothing can be moved: all is given away."""
    request = Request(
        sums(A=(40, 900), B=(500, 600)),
        {SMALL: 11 / 3},
        frozenset({SMALL}),
        frozenset({cell("B", "employee"), cell("C", "employee")}),
        0.1,
    )
    chosen = choose(request)
    assert SMALL in chosen.lost
    assert chosen.hidden == {SMALL}


def test_beyond_the_largest_component_less_is_taken_as_unknown_and_it_is_told():
    """Of six hidden figures five are moved: B's employees may lose 500, D's stay as they are."""
    system = sums(A=(40, 900), B=(500, 600), D=(700, 800))
    hidden = SQUARE | {cell("D", "employee"), cell("D", "resident")}
    needs = {SMALL: Need(up=1200 - 300, down=40)}
    whole = Protection(system, needs).audit(hidden)
    assert (whole.too_large, whole.exposed) == (0, [])
    part = Protection(system, needs, largest=5).audit(hidden)
    assert (part.too_large, part.exposed) == (1, [SMALL])
    enough = Protection(system, {SMALL: Need(up=500)}, largest=5).audit(hidden)
    assert (enough.too_large, enough.exposed) == (1, [])


def test_an_audit_tells_a_small_figure_that_is_shown():
    request = Request(
        sums(A=(40, 900), B=(500, 600)), {SMALL: 11 / 3}, frozenset(), frozenset(), 0.1
    )
    assert audit(request, {SMALL}).exposed == [SMALL]


def test_rounded_amounts_give_rates_of_what_is_published(tmp_path):
    """H1's employees: 6 659 185.90 of a budget; both to 1 000, and the rate of these."""
    made = county()
    evaluation = evaluated(write(tmp_path / "d", made), 2024)
    exact = disclose(evaluation, TERMS).tables["execution"].loc[("H1", "employee")]
    rounded = disclose(evaluation, replace(TERMS, rounding=Rounding(step=1000)))
    row = rounded.tables["execution"].loc[("H1", "employee")]
    assert row["executed"] == round(exact["executed"] / 1000) * 1000
    assert row["execution"] == pytest.approx(row["executed"] / row["adjusted"], rel=1e-12)
    assert row["execution"] != exact["execution"]
    published = rounded.release.published
    assert published[Figure("H1", "employee", 2024, "executed")] == row["executed"]
    assert pd.isna(rounded.tables["execution"].loc[("H6", "employee"), "executed"])


@pytest.mark.parametrize(
    ("rounding", "amount", "expected"),
    [
        (Rounding(step=1000), 499.99, 0.0), (Rounding(step=1000), 500.0, 1000.0),
        (Rounding(step=1000), -1500.0, -2000.0), (Rounding(share=0.01), 151_234.56, 151_000.0),
        (Rounding(share=0.01), 99.5, 99.5),
        (Rounding(step=1000, share=0.01), 2_345_678.0, 2_340_000.0),
        (Rounding(share=0.01), 0.0, 0.0), (Rounding(), 1.23, 1.23),
    ],
)  # fmt: skip
def test_rounding_is_half_up_to_a_step_or_within_a_share(rounding, amount, expected):
    assert rounding.amount(amount) == expected


def test_rates_of_rounded_amounts_hold_no_digit_of_the_exact_ones(tmp_path):
    """Each of 100 000 amounts that are rounded to what H1's employees had would give its rate, but
    for the last digits: whoever tries them all must find as many as without the rate."""
    disclosed = disclose(
        evaluated(write(tmp_path / "d", county()), 2024),
        replace(TERMS, rounding=Rounding(step=1000)),
    )
    row = disclosed.tables["execution"].loc[("H1", "employee")]
    assert row["execution"] == row["executed"] / row["adjusted"]


def test_rates_that_are_not_all_published_are_rounded_as_they_are_shown():
    frame = pd.DataFrame({
        "closing": [4_338_912.34], "expenditure": [21_694_613.6], "months": [2.400000123456],
        "to_date": [1_234_567.0], "progress": [0.987654321012],
    })  # fmt: skip
    made = rounded_table(frame, Rounding(step=1000)).iloc[0]
    assert (made["months"], made["progress"]) == (2.4, 0.988)
