"""The samples' totals stay what they are: a rule that moves a 分 or a unit shows here."""

import pytest
import yaml

from tests.samples.totals import EXPECTED, SAMPLES, evaluated, totals

PINNED = yaml.safe_load(EXPECTED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=SAMPLES)
def sample(request) -> tuple[dict, dict]:
    """Return the totals found and those expected."""
    made = (
        request.getfixturevalue("evaluated_city")
        if request.param == "city"
        else evaluated(request.param)
    )
    return totals(made), PINNED[request.param]


def parts() -> list[str]:
    return list(PINNED["city"])


@pytest.mark.parametrize("part", parts())
def test_totals_are_those_written_down(sample, part):
    found, expected = sample
    assert found[part] == expected[part]


def test_every_total_is_written_down(sample):
    found, expected = sample
    assert list(found) == list(expected)
