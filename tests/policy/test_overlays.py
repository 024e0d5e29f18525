"""What an overlay drops, what it changes within a map, and which weights make room."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from fundeval import evaluation
from fundeval.policy import Rules, load
from fundeval.policy.curves import Target
from fundeval.problems import BadInputError
from tests.report.small_city import small_city

SOURCE = 'source: {kind: local, cite: "测试", checked_on: 2024-01-01}'
NO_QUANTILE = "{kind: quantiles, low: 1, low_percent: 0, high: 0.9, high_percent: 1}"
DATE = dt.date(2024, 12, 31)
NATIONAL = load("national").on(DATE)


def write(folder: Path, body: str, name: str = "test", extends: str = "national") -> Path:
    path = folder / f"{name}.yaml"
    head = f'id: {name}\ntitle: {{zh: "测试", en: "Test"}}\nextends: {extends}\n'
    path.write_text(head + body, encoding="utf-8")
    return path


def in_force(folder: Path, body: str, year: int = 2024) -> Rules:
    return load(write(folder, body)).on(dt.date(year, 12, 31))


def refused(folder: Path, body: str) -> list[tuple[str, str]]:
    with pytest.raises(BadInputError) as error:
        load(write(folder, body))
    return [(problem.rule, problem.column) for problem in error.value.problems]


def entry(section: str, name: str, *values: str) -> str:
    return f"{section}:\n{named(name, *values)}"


def named(name: str, *values: str) -> str:
    rows = "".join(f"      - {{{value}, {SOURCE}}}\n" for value in values)
    return f"  {name}:\n    values:\n{rows}"


def weights(rules: Rules, kind: str = "hospital") -> dict[str, float]:
    return {
        name: rules.rule(name).weight[kind]
        for name in rules.indicators
        if kind in rules.rule(name).weight
    }


def test_a_change_leaves_the_rest_of_a_scoring_rule_as_it_is(tmp_path):
    change = "from: 2024-01-01, change: {curve: {improvement_percent: 50}}"
    rules = in_force(tmp_path, entry("indicators", "satisfaction", change))
    now, then = NATIONAL.rule("satisfaction"), rules.rule("satisfaction")
    assert (now.curve.improvement_percent, then.curve.improvement_percent) == (90, 50)
    assert then.model_copy(update={"curve": now.curve}) == now
    assert rules.indicators["satisfaction"].origin == "test"


def test_a_curve_of_another_kind_is_stated_whole(tmp_path):
    curve = "{kind: target, target: 0.95}"
    change = f"from: 2024-01-01, change: {{curve: {curve}}}"
    rules = in_force(tmp_path, entry("indicators", "satisfaction", change))
    assert rules.rule("satisfaction").curve == Target(target=0.95)


def test_a_whole_rule_still_replaces_what_it_omits(tmp_path):
    """A kind of unit that a whole rule does not weigh has no weight: as it ever was."""
    rule = NATIONAL.rule("payout_ratio").model_dump(exclude_none=True) | {"weight": {"hospital": 5}}
    body = entry("indicators", "payout_ratio", f"from: 2024-01-01, value: {flow(rule)}")
    assert refused(tmp_path, body) == [("policy.weights", "indicators")]


def test_a_change_holds_from_its_date_and_of_what_follows_too(tmp_path):
    later = "from: 2025-01-01, value: {region: 0.05, hospital: 0.2, department: 0.05}"
    write(tmp_path, entry("parameters", "withheld_share", later), "province")
    change = "from: 2024-01-01, change: {hospital: 0.15}"
    path = write(tmp_path, entry("parameters", "withheld_share", change), extends="province")
    shares = [
        load(path).on(dt.date(year, 12, 31)).value("withheld_share") for year in (2023, 2024, 2025)
    ]
    assert [share["hospital"] for share in shares] == [0.1, 0.15, 0.15]
    assert [share["region"] for share in shares] == [0.02, 0.02, 0.05]


def test_one_key_of_a_map_deep_within_a_parameter(tmp_path):
    change = "from: 2024-01-01, change: {hospital: {grades: {excellent: 2}}}"
    returned = in_force(tmp_path, entry("parameters", "returned", change)).value("returned")
    assert returned["hospital"].grades == {"excellent": 2, "good": 1, "fair": 1, "poor": 0}
    assert returned["region"] == NATIONAL.value("returned")["region"]


def test_null_leaves_a_key_out(tmp_path):
    change = "from: 2024-01-01, change: {projection: null, higher: null}"
    body = entry("parameters", "projection_scenarios", change)
    assert in_force(tmp_path, body).value("projection_scenarios") == {"lower": -0.02, "trend": 0}


def test_other_weights_make_room_in_proportion(tmp_path):
    change = "from: 2024-01-01, change: {weight: {hospital: 30}}, other_weights: in_proportion"
    rules = in_force(tmp_path, entry("indicators", "execution_rate", change))
    now, then = weights(NATIONAL), weights(rules)
    assert (now.pop("execution_rate"), then.pop("execution_rate")) == (10, 30)
    assert {n: w / now[n] for n, w in then.items()} == pytest.approx(dict.fromkeys(now, 70 / 90))
    assert sum(weights(rules).values()) == pytest.approx(100, rel=1e-15)
    assert weights(rules, "department") == weights(NATIONAL, "department")
    moved = rules.indicators["exam_share"]
    assert (moved.origin, moved.source.cite) == ("test", "测试")
    before = load(tmp_path / "test.yaml").on(dt.date(2023, 12, 31))
    assert weights(before) == weights(NATIONAL)


def test_only_the_named_weights_make_room(tmp_path):
    change = (
        "from: 2024-01-01, change: {weight: {hospital: 20}},"
        " other_weights: [average_stay, self_paid_share]"
    )
    rules = in_force(tmp_path, entry("indicators", "exam_share", change))
    moved = {"exam_share": 20, "average_stay": 5, "self_paid_share": 5}
    assert weights(rules) == weights(NATIONAL) | moved


def test_what_others_gave_comes_back_with_the_weight(tmp_path):
    """From 2025 the weight is again what it was, and so are the others."""
    change = "change: {{weight: {{hospital: {}}}}}, other_weights: in_proportion"
    values = [f"from: {year}-01-01, {change.format(w)}" for year, w in ((2024, 30), (2025, 10))]
    path = write(tmp_path, entry("indicators", "execution_rate", *values))
    found = {year: weights(load(path).on(dt.date(year, 12, 31))) for year in (2023, 2024, 2025)}
    assert found[2023] == found[2025] == weights(NATIONAL)
    assert found[2024]["exam_share"] == pytest.approx(10 * 70 / 90)


def test_a_later_weight_of_the_base_makes_room_too(tmp_path):
    whole = "change: {{weight: {{hospital: {}}}}}"
    body = entry("indicators", "average_stay", f"from: 2025-01-01, {whole.format(15)}") + named(
        "satisfaction", f"from: 2025-01-01, {whole.format(5)}"
    )
    write(tmp_path, body, "province")
    change = f"from: 2024-01-01, {whole.format(30)}, other_weights: in_proportion"
    path = write(tmp_path, entry("indicators", "execution_rate", change), extends="province")
    found = weights(load(path).on(dt.date(2025, 12, 31)))
    assert found["execution_rate"] == 30
    assert found["average_stay"] == pytest.approx(15 * 70 / 90)
    assert found["satisfaction"] == pytest.approx(5 * 70 / 90)


def test_weights_that_differ_by_level_make_room_level_by_level(tmp_path):
    change = (
        "from: 2024-01-01, change: {weight: {hospital: {tertiary: 15, other: 10}}},"
        " other_weights: [exam_share]"
    )
    rules = in_force(tmp_path, entry("indicators", "execution_rate", change))
    assert rules.rule("exam_share").weight["hospital"] == {"tertiary": 5, "other": 10}


def test_weights_within_a_weighted_domain_only_share_it(tmp_path):
    """With 75 of 100 for outputs, the 50 outside share 25, in proportion: each gives half."""
    weight = "{region: 50, hospital: 75, department: 40}"
    domains = f"from: 2024-01-01, change: {{output: {{weight: {weight}}}}}"
    body = entry("parameters", "domain_rules", domains) + entry(
        "indicators", "exam_share", "from: 2024-01-01, change: {weight: {hospital: 90}}"
    )
    assert refused(tmp_path, body) == [("policy.domain_weights", "parameters.domain_rules")]
    rules = in_force(tmp_path, f"other_weights: in_proportion\n{body}")
    found = weights(rules)
    outside = [n for n in found if NATIONAL.rule(n).domain != "output"]
    assert [found.pop(n) for n in outside] == [5] * 5
    assert found == {
        n: w for n, w in (weights(NATIONAL) | {"exam_share": 90}).items() if n in found
    }


def test_without_other_weights_a_sum_that_is_not_100_is_told_with_the_key(tmp_path):
    change = "from: 2024-01-01, change: {weight: {hospital: 30}}"
    with pytest.raises(BadInputError) as error:
        load(write(tmp_path, entry("indicators", "execution_rate", change)))
    for lang in ("zh", "en"):
        assert "other_weights: in_proportion" in error.value.text(lang)


def test_a_dropped_indicator_gives_its_weight_to_the_others(tmp_path):
    rules = in_force(tmp_path, "drop: [indicators.exam_share]\nother_weights: in_proportion\n")
    assert "exam_share" not in rules.indicators
    for kind in ("region", "hospital", "department"):
        now = weights(NATIONAL, kind)
        gone = now.pop("exam_share")
        then = weights(rules, kind)
        assert then == pytest.approx({n: w * 100 / (100 - gone) for n, w in now.items()})
    assert rules.indicators["execution_rate"].source.cite == "test: drop, other_weights"
    assert rules.indicators["execution_rate"].source.kind == "local"


def test_a_dropped_indicator_gives_its_weight_to_those_named(tmp_path):
    body = "drop: [indicators.average_stay]\nother_weights: [satisfaction]\n"
    rules = in_force(tmp_path, body)
    assert weights(rules)["satisfaction"] == 20
    assert weights(rules, "region") == weights(NATIONAL, "region")


def test_all_inherited_indicators_give_way_to_those_of_the_file(tmp_path):
    rule = flow({
        "domain": "execution", "weight": {"hospital": 100}, "direction": "higher",
        "curve": {"kind": "target", "target": 1}, "missing": "void",
    })  # fmt: skip
    body = "drop: [indicators.*, domains.output, domains.effect, domains.satisfaction]\n" + entry(
        "indicators", "execution_rate", f"from: 2024-01-01, value: {rule}"
    )
    rules = in_force(tmp_path, body)
    assert list(rules.indicators) == ["execution_rate"]
    assert list(rules.domains) == ["execution"]


def test_a_policy_may_score_nothing(tmp_path):
    policy = load(write(tmp_path, "indicators: none\n"))
    assert policy.indicators == {}
    found = evaluation.evaluate(small_city(), policy, 2024)
    assert len(found.scores) == 0
    assert set(found.grades["reason"]) == {"not_scored"}
    assert len(found.settlement) > 0


@pytest.mark.parametrize(
    ("body", "rule", "place"),
    [
        ("drop: [indicators.exam_shar]\n", "policy.drop_unknown", "drop[0]"),
        ("drop: [exam_share]\n", "policy.drop_unknown", "drop[0]"),
        ("drop: [domains.outputs]\n", "policy.drop_unknown", "drop[0]"),
        ("drop: [parameters.execution_floor]\n", "policy.drop_parameter", "drop[0]"),
        ("drop: [domains.output]\n", "policy.domain_in_use", "domains.output"),
        ("drop: [indicators.exam_share]\nother_weights: [exam_share]\n",
         "policy.unknown_taker", "other_weights"),
    ],
)  # fmt: skip
def test_what_cannot_be_dropped_is_told(tmp_path, body, rule, place):
    assert (rule, place) in refused(tmp_path, body)


def test_what_is_near_a_name_that_cannot_be_dropped(tmp_path):
    with pytest.raises(BadInputError) as error:
        load(write(tmp_path, "drop: [indicators.exam_shar]\n"))
    assert "indicators.exam_share" in error.value.text("zh")


def test_what_the_file_states_itself_cannot_be_dropped(tmp_path):
    change = "from: 2024-01-01, change: {missing: void}"
    body = "drop: [indicators.exam_share]\n" + entry("indicators", "exam_share", change)
    assert ("policy.drop_stated", "drop[0]") in refused(tmp_path, body)


@pytest.mark.parametrize(
    ("section", "name", "value", "rule", "place"),
    [
        ("parameters", "withheld_share", "change: {}", "policy.empty_change", ".change"),
        ("parameters", "execution_floor", "change: {hospital: 0.9}", "policy.nothing_within",
         ".change"),
        ("parameters", "withheld_share", "change: {hospital: 2}", "yaml.not_below",
         ".change.hospital"),
        ("parameters", "withheld_share", "change: {}, value: {}", "policy.value_or_change", ""),
        ("indicators", "further", "change: {missing: void}", "policy.nothing_to_change", ".change"),
        ("indicators", "exam_share", "change: {weigth: {hospital: 1}}", "yaml.unknown_key",
         ".change.weigth"),
        ("indicators", "exam_share", "change: {weight: {hospital: 150}}", "yaml.too_large",
         ".change.weight.hospital"),
        ("indicators", "exam_share", "change: {weight: 20}", "yaml.not_map", ".change.weight"),
        ("indicators", "exam_share", "other_weights: in_proportion", "policy.value_or_change", ""),
        ("indicators", "exam_share", "change: {curve: {kind: targets, target: 1}}",
         "yaml.not_allowed", ".change.curve.kind"),
        ("indicators", "exam_share", f"change: {{curve: {NO_QUANTILE}}}", "yaml.not_below",
         ".change.curve.low"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_told_at_its_key(tmp_path, section, name, value, rule, place):
    body = entry(section, name, f"from: 2024-01-01, {value}")
    assert refused(tmp_path, body) == [(rule, f"{section}.{name}.values[0]{place}")]


def test_before_a_first_value_nothing_can_be_changed(tmp_path):
    change = "from: 2020-01-01, change: {hospital: 0.2}"
    with pytest.raises(BadInputError) as error:
        load(write(tmp_path, entry("parameters", "withheld_share", change)))
    assert "2023-01-01" in error.value.text("zh")
    path = write(tmp_path, entry("parameters", "withheld_share", change), extends="retrospective")
    assert load(path).on(dt.date(2020, 12, 31)).value("withheld_share")["hospital"] == 0.2


def test_two_ways_of_making_room_at_one_time_are_refused(tmp_path):
    change = "from: 2024-01-01, change: {{weight: {{hospital: 18}}}}, other_weights: {}"
    body = entry("indicators", "exam_share", change.format("in_proportion")) + named(
        "average_stay", change.format("[satisfaction]")
    )
    assert ("policy.other_weights_differ", "other_weights") in refused(tmp_path, body)


def test_a_year_before_the_policy_is_told_in_one_line():
    with pytest.raises(BadInputError) as error:
        load("national").on(dt.date(2022, 12, 31))
    for lang in ("zh", "en"):
        _, *lines = error.value.text(lang).splitlines()
        assert len(lines) == 1
        assert "backdate" in lines[0]
        assert "retrospective" in lines[0]


def flow(value: object) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value)
