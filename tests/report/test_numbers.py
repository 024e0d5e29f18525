import pytest

from fundeval.report.format.numbers import NumberFormatter

ZH = NumberFormatter("zh")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.89996, "89.996%"), (0.9, "90.00%"), (0.895, "89.50%"), (0.899999999, "89.9999999%")],
)
def test_digits_grow_where_rounding_would_contradict_the_floor(value, shown):
    assert ZH.percent(value, 0.9) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.00125, "0.13%"), (-0.00125, "-0.13%"), (1.21205, "121.21%")]
)
def test_rounds_half_up_as_a_reader_does_by_hand(value, shown):
    assert ZH.percent(value) == shown


def test_minus_zero_is_zero():
    assert ZH.percent(-0.000001) == "0.00%"


def test_score_keeps_its_grade():
    assert ZH.number(89.996, limits=[0, 60, 80, 90]) == "89.996"


def test_missing_is_a_dash_never_zero():
    assert ZH.percent(None) == NumberFormatter("en").money(float("nan")) == "—"


@pytest.mark.parametrize(
    ("amount", "lang", "shown"),
    [
        (0.0, "zh", "0.00 万元"),
        (8_000.0, "zh", "0.80 万元"),
        (12.34, "zh", "0.001234 万元"),
        (-40.0, "zh", "-0.004 万元"),
        (50.0, "zh", "0.01 万元"),
        (-0.001, "zh", "0.00 万元"),
        (50139.17 * 1e4, "zh", "50,139.17 万元"),
        (12_345_678.9, "zh", "1,234.57 万元"),
        (-12_345_678.9, "en", "-1,234.57 ten thousand CNY"),
    ],
)
def test_money_is_in_one_unit_whatever_its_size_and_never_reads_as_none(amount, lang, shown):
    assert NumberFormatter(lang).money(amount) == shown


def test_money_of_another_currency_is_named():
    assert NumberFormatter("zh", "USD").money(2e8) == "20,000.00 万美元"
    assert NumberFormatter("en", "USD").money(2e8) == "200,000.00 thousand USD"


def test_points_are_not_percent():
    assert ZH.format_as("points", -0.0124) == "-1.24 个百分点"
