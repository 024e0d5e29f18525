"""Indicators that a policy declares: what is read of a formula, and each way of being wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundeval.indicator_formulas import CODE_PARAMETERS
from fundeval.indicator_registry import DEFINITIONS, Amount, Definition
from fundeval.policy import Policy, load
from fundeval.policy.known import KNOWN
from fundeval.problems import BadInputError

HEAD = 'id: test\ntitle: {zh: "测试", en: "Test"}\nextends: national\n'
SOURCE = '{kind: local, cite: "测试", checked_on: 2024-01-01}'
KEYS = {"growth", "real_growth", "change", "growth_over_gdp"}


def declared(**definitions: str) -> str:
    """Return the section of a policy: keys of each definition in braces, title and source added."""
    rest = f'title: {{zh: "某", en: "Some"}}, source: {SOURCE}'
    lines = [f"  {name}: {{{keys}, {rest}}}" for name, keys in definitions.items()]
    return "\n".join(["definitions:", *lines, ""])


def policy(folder: Path, body: str, name: str = "test.yaml", head: str = HEAD) -> Policy:
    path = folder / name
    path.write_text(head + body, encoding="utf-8")
    return load(path)


def refused(folder: Path, body: str) -> list[tuple[str, str, object]]:
    """Return rule, key and value of each problem of a policy."""
    with pytest.raises(BadInputError) as raised:
        policy(folder, body)
    return [(p.rule, p.column, p.value) for p in raised.value.problems]


def near_of(folder: Path, body: str) -> object:
    with pytest.raises(BadInputError) as raised:
        policy(folder, body)
    return raised.value.problems[0].values["near"]


def written(amount: Amount) -> str:
    """Return a sum of the registry as a policy writes it."""
    text = " + ".join(f"{amount.table}.{column}" for column in amount.plus)
    text += "".join(f" - {amount.table}.{column}" for column in amount.minus)
    where = " and ".join(f"{column} in [{', '.join(c)}]" for column, c in amount.where.items())
    divisor = f" / {amount.divisor}" if amount.divisor > 1 else ""
    return f"sum({text}{' where ' if where else ''}{where}){divisor}"


def as_written(definition: Definition) -> str:
    """Return a built-in indicator under another name, as a policy would declare it."""
    direction = f"direction: {definition.direction}"
    if definition.formula in KEYS:
        return f"{definition.formula}_of: own_{definition.of}, {direction}"
    keys = [direction, f"unit: {definition.unit_of_measure}"]
    sums = ", ".join(f'"{written(amount)}"' for amount in definition.sums)
    formula = f"[{sums}]" if len(definition.sums) > 1 else sums
    keys += [f"kinds: [{', '.join(definition.kinds)}]", f"by_scheme: {definition.by_scheme}"]
    keys += [f"minimum_volume_of: {definition.volume}"] if definition.volume else []
    return ", ".join([f"{definition.formula}: {formula}", *keys])


def test_every_built_in_indicator_can_be_declared(tmp_path: Path) -> None:
    own = {f"own_{each.id}": as_written(each) for each in DEFINITIONS}
    found = policy(tmp_path, declared(**own)).definitions
    for each in DEFINITIONS:
        mine, of = found[f"own_{each.id}"], f"own_{each.of}" if each.of else ""
        assert (mine.formula, mine.sums, mine.of) == (each.formula, each.sums, of)
        assert (mine.kinds, mine.by_scheme) == (each.kinds, each.by_scheme)
        assert (mine.unit_of_measure, mine.direction) == (each.unit_of_measure, each.direction)
        assert mine.volume == each.volume


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("total: sum(services.cost)", "money"),
        ("total: sum(services.visits)", "count"),
        ("total: measures.some", "fraction"),
        ("ratio: [sum(services.cost), sum(services.visits)]", "money"),
        ("ratio: [sum(funds.income), sum(funds.expenditure)]", "fraction"),
        ("ratio: [measures.some, measures.other]", "fraction"),
        ("share: sum(services.cost where setting = inpatient)", "fraction"),
        ("growth_of: sum(services.cost)", "fraction"),
        ("growth_over_gdp_of: sum(services.cost)", "points"),
        ("change_of: sum(services.cost)", "money"),
        ("change_of: measures.some", "points"),
        ("change_of: exam_share", "points"),
        ("change_of: inpatient_cost", "money"),
        ("change_of: sum(services.cost), unit: count", "count"),
    ],
)
def test_the_unit_of_measure_follows_from_the_formula(tmp_path, formula, unit) -> None:
    assert policy(tmp_path, declared(x=formula)).definitions["x"].unit_of_measure == unit


def test_a_share_is_of_the_sum_without_the_last_condition(tmp_path: Path) -> None:
    share = "share: sum(services.visits where setting = outpatient and care_level in hospitals)"
    part, whole = policy(tmp_path, declared(x=share)).definitions["x"].sums
    hospitals = ("tertiary", "secondary", "primary_hospital", "ungraded", "hospital_total")
    assert part.where == {"setting": ("outpatient",), "care_level": hospitals}
    assert whole.where == {"setting": ("outpatient",)}


def test_what_a_policy_declares_is_inherited_and_replaced_by_name(tmp_path: Path) -> None:
    body = declared(beds="total: sum(services.bed_days)", more_beds="growth_of: beds")
    policy(tmp_path, body, "province.yaml", HEAD.replace("id: test", "id: province"))
    head = HEAD.replace("national", "province")
    found = policy(tmp_path, declared(beds="total: sum(services.visits), kinds: [hospital]"),
                   head=head).definitions  # fmt: skip
    assert (found["beds"].sums[0].plus, found["beds"].origin) == (("visits",), "test")
    # What compares it follows.
    assert (found["more_beds"].origin, found["more_beds"].kinds) == ("province", ("hospital",))
    with pytest.raises(BadInputError) as raised:
        policy(tmp_path, declared(beds="growth_of: exam_share"), head=head)
    [problem] = raised.value.problems
    assert (problem.rule, problem.column, problem.value) == (
        "declared.compares_a_comparison", "definitions.more_beds.growth_of", "beds",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "rule", "place", "value"),
    [
        ("total: sum(service.visits)", "unknown_table", ".total", "service"),
        ("total: sum(units.name)", "unknown_table", ".total", "units"),
        ("total: sum(measures.value)", "unknown_table", ".total", "measures"),
        ("total: sum(services.visit)", "unknown_column", ".total", "services.visit"),
        ("total: sum(services.basis)", "not_summed", ".total", "services.basis"),
        ("total: sum(services.care_level)", "not_summed", ".total", "services.care_level"),
        ("total: sum(context.cpi)", "not_summed", ".total", "context.cpi"),
        ("total: sum(services.cost + funds.income)", "several_tables", ".total", "services, funds"),
        ("total: sum(services.cost - services.visits)", "money_and_counts", ".total",
         "cost, visits"),
        ("total: visits", "no_sum", ".total", "visits"),
        ("total: sum(visits)", "no_sum", ".total", "sum(visits)"),
        ("total: sum(- services.visits)", "no_sum", ".total", "sum(- services.visits)"),
        ("total: sum(services.visits) / 0", "no_sum", ".total", "sum(services.visits) / 0"),
        ("total: sum(services.visits where level = tertiary)", "unknown_filter", ".total", "level"),
        ("total: sum(monthly.executed where month = 3)", "unknown_filter", ".total", "month"),
        ("total: sum(services.visits where care_level = tertiar)", "unknown_code", ".total",
         "tertiar"),
        ('total: "sum(services.visits where care_level in [tertiary, clinics])"', "unknown_code",
         ".total", "clinics"),
        ("total: sum(services.visits where care_level in @primary)", "unknown_code", ".total",
         "@primary"),
        ("total: sum(services.visits where setting in @primary_care_levels)", "unknown_code",
         ".total", "@primary_care_levels"),
        ("total: sum(services.visits where setting)", "no_condition", ".total", "setting"),
        ("total: sum(services.visits where setting = outpatient and setting = inpatient)",
         "no_condition", ".total", "setting = inpatient"),
        ("share: sum(services.visits)", "share_of_all", ".share", None),
        ("share: measures.some", "share_of_all", ".share", None),
        ("ratio: [sum(services.cost), sum(services.none)]", "unknown_column", ".ratio",
         "services.none"),
        ("growth_of: exam_shares", "unknown_level", ".growth_of", "exam_shares"),
        ("growth_of: primary_volume_growth", "compares_a_comparison", ".growth_of",
         "primary_volume_growth"),
        ("growth_of: x", "compares_a_comparison", ".growth_of", "x"),
        ("growth_of: exam_share, kinds: [hospital]", "of_the_level", ".kinds", None),
        ("growth_of: exam_share, by_scheme: true", "of_the_level", ".by_scheme", None),
        ("change_of: exam_share, unit: count", "of_the_level", ".unit", None),
        ("total: sum(services.cost), minimum_volume_of: cost", "unknown_volume",
         ".minimum_volume_of", "cost"),
        ("direction: higher", "one_formula", "", None),
        ("total: sum(funds.income), growth_of: exam_share", "one_formula", "", "total, growth_of"),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_is_refused_at_its_key(tmp_path, keys, rule, place, value) -> None:
    found = refused(tmp_path, declared(x=keys))
    assert found == [(f"declared.{rule}", f"definitions.x{place}", value)]


@pytest.mark.parametrize(
    ("keys", "near"),
    [
        ("total: sum(service.visits)", "services"),
        ("total: sum(services.visit)", "visits"),
        ("total: sum(services.visits where care_levels = tertiary)", "care_level"),
        ("total: sum(services.visits where care_level = tertiar)", "tertiary"),
        ("growth_of: exam_shares", "exam_share"),
        ("total: sum(services.cost), minimum_volume_of: visit", "visits"),
    ],
)
def test_what_is_near_is_told(tmp_path, keys, near) -> None:
    assert near in str(near_of(tmp_path, declared(x=keys)))


def test_definitions_in_a_circle_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, declared(a="growth_of: b", b="change_of: a")) == [
        ("declared.compares_a_comparison", "definitions.a.growth_of", "b"),
        ("declared.compares_a_comparison", "definitions.b.change_of", "a"),
    ]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    body = declared(a="total: sum(services.visit)", b="growth_of: nothing", exam_share="share: x")
    assert [rule for rule, _, _ in refused(tmp_path, body)] == [
        "declared.unknown_column", "declared.name_taken", "declared.unknown_level",
    ]  # fmt: skip


def test_a_name_is_that_of_one_indicator(tmp_path: Path) -> None:
    taken = declared(execution_rate="total: sum(budgets.executed)")
    assert refused(tmp_path, taken) == [("declared.name_taken", "definitions.execution_rate", None)]
    # The national policy scores satisfaction as a supplied measure with a title.
    assert refused(tmp_path, declared(satisfaction="total: measures.some")) == [
        ("declared.measure_too", "definitions.satisfaction", None)
    ]
    found = refused(tmp_path, declared(**{"No name": "total: measures.some"}))
    assert [rule for rule, _, _ in found] == ["yaml.bad_name"]


def test_parameters_of_filters_hold_codes() -> None:
    named = {name.removeprefix("@") for names in CODE_PARAMETERS.values() for name in names}
    assert {KNOWN[name] for name in named} == {"codes"}


def test_a_declared_indicator_may_be_dropped_and_a_built_in_one_may_not(tmp_path: Path) -> None:
    body = declared(x="total: sum(services.visits)", y="total: sum(services.cost)")
    first = policy(tmp_path, body, "first.yaml", HEAD.replace("id: test", "id: first"))
    over = HEAD.replace("extends: national", "extends: first")
    second = policy(tmp_path, "drop: [definitions.x]\n", head=over)
    assert {*first.definitions} - {*second.definitions} == {"x"}
    assert "y" in second.definitions
    assert ("policy.drop_unknown", "drop[0]", "definitions.execution_rate") in refused(
        tmp_path, "drop: [definitions.execution_rate]\n"
    )
