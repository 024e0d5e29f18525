"""Names of units in the language of a report."""

from __future__ import annotations

from typing import Any, TypeVar

import pandas as pd

# Columns with the name of a unit, by the column with its English name.
NAMED = {"name_en": "name", "above_en": "above"}
F = TypeVar("F", bound=pd.DataFrame)


def name_units(frame: F, lang: str) -> F:
    """Return a frame that names units as a reader of a language knows them.

    Parameters
    ----------
    frame
        Rows with `name` and `name_en`, or `above` and `above_en`; other frames stay as they are.
    lang
        `zh` for the names of the data, `en` for English names where the data have them.

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["霁山县", "云汀区"], "name_en": ["Jishan County", None]})
    >>> name_units(units, "en")["name"].tolist()
    ['Jishan County', '云汀区']
    """
    if lang == "zh":
        return frame
    named = {
        column: frame[english].where(frame[english].notna(), frame[column])
        for english, column in NAMED.items()
        if english in frame and frame[english].notna().any()
    }
    named_frame: Any = frame.assign(**named) if named else frame
    result: F = named_frame
    return result


def english_names(frame: pd.DataFrame, lang: str) -> dict[str, str]:
    """Return English names by names of the data; none for a Chinese report.

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["霁山县", "云汀区"], "name_en": ["Jishan County", None]})
    >>> english_names(units, "en"), english_names(units, "zh")
    ({'霁山县': 'Jishan County'}, {})
    """
    if lang == "zh" or "name_en" not in frame:
        return {}
    known = frame.dropna(subset="name_en")
    return dict(zip(known["name"], known["name_en"], strict=True))
