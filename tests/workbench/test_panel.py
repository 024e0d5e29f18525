"""Sliders over parameters: what is moved is what a what-if of the same values moves."""

import pytest

import fundeval
from fundeval.problems import BadInputError


@pytest.fixture(scope="module")
def run():
    return fundeval.evaluate("sample:city", policy="national", year=2024)


@pytest.fixture
def panel(run):
    return run.panel(
        "990103", {"execution_floor": (0.8, 0.99), "withheld_share.hospital": (0, 0.2)}
    )


def test_at_the_values_in_force_nothing_is_supposed(panel):
    assert panel.changes == {}
    assert panel.answer is None
    assert {name: slider.value for name, slider in panel.sliders.items()} == {
        "execution_floor": 0.9,
        "withheld_share.hospital": 0.1,
    }


def test_a_moved_slider_moves_money_as_the_what_if_does(run, panel):
    panel.sliders["withheld_share.hospital"].value = 0.2
    assert panel.changes == {"withheld_share": {"hospital": 0.2}}
    expected = run.what_if({"withheld_share": {"hospital": 0.2}}, "990103")
    assert panel.answer.counts.equals(expected.counts)
    assert panel.answer.counts.loc["hospital", "gained"] > 0
    assert panel.shown.value == expected._repr_html_()


def test_another_unit_and_another_year_answer_for_themselves(run, panel):
    panel.sliders["execution_floor"].value = 0.95
    of_county = panel.answer.counts.loc["department", "units"]
    panel.unit.value = ""
    assert panel.answer.counts.loc["department", "units"] > of_county
    # Before 2023 the policy has not all its values.
    assert panel.year.options == (2023, 2024)
    panel.year.value = 2023
    expected = run.of_year(2023).what_if({"execution_floor": 0.95})
    assert panel.answer.counts.equals(expected.counts)
    panel.reset()
    assert panel.answer is None


def test_what_a_policy_could_not_hold_is_told_in_the_panel(run):
    panel = run.panel("", {"withheld_share.hospital": (0, 1.5)})
    panel.sliders["withheld_share.hospital"].value = 1.2
    assert panel.answer is None
    assert "withheld_share" in panel.shown.value


def test_by_default_there_are_sliders_for_what_matters_most(run):
    sliders = run.panel().sliders
    assert {"execution_floor", "indicators.execution_rate.weight.hospital"} < set(sliders)
    assert all(slider.min <= slider.value <= slider.max for slider in sliders.values())


@pytest.mark.parametrize("name", ["execution_flor", "gdp_ceiling", "withheld_share.hospitl"])
def test_a_slider_needs_a_number(run, name):
    with pytest.raises(BadInputError) as error:
        run.panel("", {name: (0, 1)})
    assert (error.value.problems[0].rule, error.value.problems[0].column) == (
        "workbench.no_number",
        name,
    )
