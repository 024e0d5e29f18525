"""Charts of a workbench, drawn with seaborn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from fundeval.jupyter.theme import use_theme

if TYPE_CHECKING:
    from fundeval.workbench.what_if import WhatIf


def draw_changes(answer: WhatIf, most: int) -> Axes:
    """Draw the largest changes of next year's budget as bars, gains above losses."""
    use_theme()
    rows = answer.moved.dropna(subset=["change"])
    rows = rows[rows["change"] != 0].head(most).sort_values("change", ascending=False)
    scale = answer.run.numbers.scale_for_largest(rows["change"])
    data = pd.DataFrame(
        {"name": rows["unit_id"].map(answer.run.full_name), "change": rows["change"] / scale.factor}
    )
    _, axes = plt.subplots(figsize=(7, 0.3 * max(len(data), 1) + 1))
    sns.barplot(data, x="change", y="name", orient="h", ax=axes)
    axes.axvline(0, linewidth=0.8)
    axes.set(xlabel=f"{answer.run.messages.say('field.net')} ({scale.name})", ylabel="")
    return axes
