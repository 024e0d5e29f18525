"""What a policy declares on the pages of a report, in derivations, lists and the workbook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

import fundeval
from fundeval.cli import app
from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report import open_unit
from fundeval.report.workbook.writer import write_workbook
from fundeval.results import parquet
from fundeval.tables.dataset import Dataset
from fundeval.words import say
from tests.messages import says
from tests.report.pages import executed
from tests.report.small_city import CITY, COUNTY, DEPARTMENTS, HOSPITAL, YEAR, small_city

PAGE = Path(__file__).parents[2] / "docs" / "indicator.md"
[OVERLAY] = re.findall(
    r"```yaml\n(id: county-indicators\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
)
GROWTH, SHARE, RATIO = "tertiary_visits_growth", "primary_payment_share", "readmission_ratio"


def with_readmissions(dataset: Dataset) -> Dataset:
    """Add observed and expected readmissions of one hospital: 63 and 70, in no file."""
    pairs = {"readmissions_observed": 63.0, "readmissions_expected": 70.0}
    rows = [{"unit_id": HOSPITAL, "year": YEAR, "measure": name, "value": value}
            for name, value in pairs.items()]  # fmt: skip
    measures = pd.concat([dataset.measures, pd.DataFrame(rows)], ignore_index=True)
    return replace(dataset, measures=measures)


@pytest.fixture(scope="module")
def policy(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "county-indicators.yaml"
    # A further one that is not scored.
    more = (
        "  visits_a_head:\n    title: {zh: 人均门诊次数, en: Visits a head}\n"
        "    ratio: [sum(services.visits where setting = outpatient), sum(funds.insured)]\n"
        "    unit: count\n    kinds: [region]\n    caveat: {zh: 不分年龄, en: of every age}\n"
        '    source: {kind: local, cite: "自定", checked_on: 2025-01-15}\n'
    )
    path.write_text(OVERLAY.replace("indicators:\n", f"{more}indicators:\n", 1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def evaluation(policy):
    return evaluate(with_readmissions(small_city()), load(policy), YEAR)


@pytest.fixture(scope="module")
def run(evaluation, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    parquet.write(evaluation, folder / "evaluation")
    return folder


def explained(run: Path, unit: str, indicator: str, lang: str = "en") -> list[str]:
    ended = CliRunner().invoke(app, ["explain", str(run), unit, indicator, "--lang", lang])
    assert ended.exit_code == 0, ended.output
    return ended.stdout.splitlines()


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_growth_is_led_back_to_its_cells(run, evaluation, city) -> None:
    lines = explained(run, CITY, GROWTH)
    rows = city.services
    rows = rows[(rows["unit_id"] == CITY) & (rows["setting"] == "outpatient")]
    rows = rows[(rows["care_level"] == "tertiary") & rows["year"].isin([YEAR - 1, YEAR])]
    assert len(rows) == 4
    for number, row in rows.iterrows():
        [cited] = [line for line in lines if f"services.csv row {number} " in line]
        assert cited.endswith(f"visits {row['visits']:.0f} (column F)")
    now, before = (rows.loc[rows["year"] == year, "visits"].sum() for year in (YEAR, YEAR - 1))
    [value] = [line for line in lines if line.startswith("Growth of tertiary outpatient visits 20")]
    assert value == (
        f"Growth of tertiary outpatient visits {YEAR} All schemes: "
        f"{now:.0f} / {before:.0f} - 1 = {round(now / before - 1, 12):.15g}"
    )
    title = evaluation.about["policy"]["title"]["en"]
    declared = {"origin": title, "cite": "县医保局考核办法第八条"}
    assert any(says(line, "explain.declared", "en", **declared) for line in lines)
    assert "note: counts only rows that state the type of institution." in lines


def test_a_ratio_of_measures_names_both(run) -> None:
    lines = explained(run, HOSPITAL, RATIO)
    assert "readmissions_observed 2024: 63 = 63" in lines
    assert "readmissions_expected 2024: 70 = 70" in lines
    assert "Observed over expected readmissions 2024 All schemes: 63 / 70 = 0.9" in lines


def test_a_share_cites_the_parameter_of_its_filter(run) -> None:
    lines = explained(run, COUNTY, SHARE, "zh")
    levels = say("parameter.primary_care_levels", "zh")
    assert any(says(line, "explain.rule", what=levels) or levels in line for line in lines)
    # Two sums of one column are told apart.
    sums = [line.partition(": ")[0] for line in lines if not line.startswith(" ")]
    assert {f"基金支付 ({levels}) 2024", "基金支付 2024"} < set(sums)
    assert lines[0] == "基层基金支付占比"


def test_a_region_shows_what_its_policy_declares(run) -> None:
    opened = open_unit(CITY, run / "evaluation", "en")
    part = opened.show("declared").markup
    shown = text(part)
    for title in ("Growth of tertiary outpatient visits", "Visits a head"):
        assert title in shown
    # Of a hospital alone.
    assert "Observed over expected" not in shown
    # In the chart fractions; how the one that is not scored came about stands below it.
    assert "<svg" in part
    assert "Visits a head 2024" in shown
    assert "of every age" in shown
    scored = text(opened.show("scorecard").markup)
    assert "Primary care's share of fund payments" in scored.replace("&#39;", "'")


def test_units_of_a_kind_without_declared_indicators_show_nothing(run, city_run) -> None:
    assert open_unit(DEPARTMENTS[0], run / "evaluation").show("declared").markup == ""
    assert open_unit(DEPARTMENTS[0], city_run / "evaluation").show("declared").markup == ""


def test_what_has_no_value_says_why(run) -> None:
    """The county has no tertiary hospital, the other hospital no readmissions."""
    lines = explained(run, COUNTY, GROWTH)
    assert "cannot be judged: no data" in lines
    other = open_unit("H99010300002", run / "evaluation", "en").show("declared").markup
    assert "no data" in text(other)


@pytest.mark.parametrize(
    ("notebook", "unit_id", "title"),
    [("region", CITY, "三级医院门诊人次增长率"), ("hospital", HOSPITAL, "实际与预期再入院之比")],
)
def test_pages_of_a_region_and_a_hospital(run, notebook, unit_id, title) -> None:
    cells = executed(notebook, str(run / "evaluation"), unit_id, "zh").cells
    outputs = [output["data"]["text/html"] for cell in cells if cell.cell_type == "code"
               for output in cell.outputs]  # fmt: skip
    page = " ".join(outputs)
    assert says(page, "heading.declared", "zh")
    assert page.count(title) > 3
    # In the annex of sources with what it is made of.
    sources = page[page.index('id="table-sources_declared"') :]
    assert title in sources[: sources.index("</table>")]


def test_the_workbook_has_its_title_and_its_format(evaluation, tmp_path) -> None:
    write_workbook(evaluation, tmp_path / "book.xlsx", "zh")
    read = CalamineWorkbook.from_path(tmp_path / "book.xlsx").get_sheet_by_name("评分明细")
    rows = [row for row in read.to_python() if "实际与预期再入院之比" in row]
    assert [row for row in rows if 0.9 in row]


def test_the_workbench_knows_what_is_declared(policy) -> None:
    run = fundeval.evaluate("sample:city", policy=str(policy), year=YEAR, lang="en")
    assert run.word("indicator", SHARE) == "Primary care's share of fund payments"
    shares = run.unit(CITY).history(SHARE)
    assert shares.index.max() == YEAR
    words = run.in_words(run.indicators.query("indicator == 'visits_a_head' and year == 2024"))
    assert not words["Value"].str.contains("%").any()
    answer = run.what_if({f"indicators.{SHARE}": {"weight": {"region": 20}}})
    assert set(answer.weights["kind"]) == {"region"}
    # One that is not scored so far: it keeps its own title.
    further = {"domain": "effect", "weight": {"region": 10}, "direction": "higher",
               "curve": {"kind": "segments", "points": [[5, 0], [9, 100]]}}  # fmt: skip
    assert run.what_if({"indicators.visits_a_head": further}).counts.loc["region", "scores"] > 0


def test_lists_of_indicators_and_of_a_policy(policy) -> None:
    listed = CliRunner().invoke(app, ["indicators", "--policy", str(policy), "--lang", "en"])
    assert listed.exit_code == 0, listed.output
    [block] = [b for b in listed.stdout.split("\n\n") if b.startswith("Growth of tertiary")]
    assert "Σ services.visits[setting=outpatient, care_level=tertiary][t]" in block
    assert "counts only rows that state the type of institution." in block
    shown = CliRunner().invoke(app, ["policy", "show", str(policy), "--lang", "en"])
    [line] = [x for x in shown.stdout.splitlines() if x.startswith(f"definitions.{RATIO}\t")]
    cells = line.split("\t")
    assert cells[1:4] == [
        "Observed over expected readmissions",
        "ratio: [measures.readmissions_observed, measures.readmissions_expected]", "count",
    ]  # fmt: skip
    assert cells[-1] == "county-indicators"
    differ = CliRunner().invoke(app, ["policy", "diff", "national", str(policy), "--lang", "en"])
    [line] = [x for x in differ.stdout.splitlines() if x.startswith(f"definitions.{SHARE}\t")]
    assert line.split("\t")[2:] == [
        "—", "", "share: sum(services.fund_paid where care_level in @primary_care_levels)",
        "county-indicators",
    ]  # fmt: skip
