"""Rows as typed tuples: made of the models, and as the evaluation holds them."""

from pathlib import Path

import pytest

from fundeval.results import rows
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import MODELS, columns_of_frame, finish
from tools import make_rows


def test_the_written_rows_are_those_that_the_models_make():
    assert Path(rows.__file__).read_text(encoding="utf-8") == make_rows.source()


def test_rows_of_tables_have_the_columns_that_an_evaluation_traces(evaluated_city):
    fields = {
        name: list(kind._fields)
        for kind, name in rows.FRAME_OF.items()
        if kind.__name__.endswith("Input")
    }
    assert fields == {name: list(table) for name, table in evaluated_city.tables.items()}


def test_rows_of_what_lies_below_a_unit_have_the_columns_of_its_summary(evaluated_city):
    below = vars(summarize_descendants(evaluated_city))
    fields = {name: list(kind._fields) for kind, name in rows.FRAME_OF.items() if name in below}
    assert fields == {name: list(frame) for name, frame in below.items()}


@pytest.mark.parametrize("name", MODELS)
def test_a_finished_frame_is_as_its_model_says(evaluated_city, name):
    frame = evaluated_city.frames()[name]
    assert list(frame.columns) == list(columns_of_frame(name))
    assert finish(name, frame).equals(frame)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [("indicators", "status", "okay"), ("budget", "step", "bonus"), ("grades", "score", 101.0),
     ("indicators", "unit_id", None), ("scores", "points", -1.0),
     ("allocations", "complete", None)],
)  # fmt: skip
def test_what_a_model_forbids_does_not_leave_an_evaluation(evaluated_city, name, column, value):
    frame = evaluated_city.frames()[name].head(3).copy()
    frame[column] = frame[column].astype("object")
    frame.loc[frame.index[0], column] = value
    with pytest.raises(Exception, match=column):
        finish(name, frame)


def test_a_value_that_is_missing_needs_a_reason(evaluated_city):
    frame = evaluated_city.frames()["indicators"].query("reason == ''").head(2).copy()
    frame.loc[frame.index[0], "value"] = None
    with pytest.raises(Exception, match="value_or_reason"):
        finish("indicators", frame)


# Of keys in order, and of those that are not.
@pytest.mark.parametrize("rows", [[0, 0, 1], [0, 1, 0], [1, 0, 0]])
@pytest.mark.parametrize("name", ["grades", "indicators"])
def test_a_key_that_repeats_is_refused(evaluated_city, name, rows):
    frame = evaluated_city.frames()[name]
    with pytest.raises(Exception, match="unit_id"):
        finish(name, frame.iloc[rows].reset_index(drop=True))


def test_keys_in_another_order_are_no_mistake(evaluated_city):
    frame = evaluated_city.indicators.iloc[::-1].reset_index(drop=True)
    assert finish("indicators", frame).equals(frame)
