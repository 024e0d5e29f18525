"""Sliders over the parameters of a run, and what they move."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Box, Button, Dropdown, FloatSlider, Label, Layout, VBox

from fundeval.policy.overlay import merge
from fundeval.problems import BadInputError, Problem
from fundeval.workbench.suppose import INDICATORS
from fundeval.workbench.sweep import nest, split_path
from fundeval.workbench.what_if import WhatIf, suppose_changes

if TYPE_CHECKING:
    from fundeval.workbench.run import Run

# What decides who is restricted, who scores, and how much money moves.
MATTER_MOST = (
    "execution_floor",
    "cost_growth_limit",
    "withheld_share.hospital",
    "withheld_share.department",
    "indicators.execution_rate.weight.hospital",
)
KINDS = ("region", "hospital", "alliance")
# How far a slider reaches from the value in force: a fraction by this much, others by half.
REACH = 0.15
STEPS = 60
DIGITS = 6


class Panel(VBox):  # type: ignore[misc]
    """A unit, a year and sliders; below them what the values move, counted first.

    Attributes
    ----------
    run
        The run of the chosen year.
    answer
        What the sliders move, None where all stand at their values in force.
    sliders
        The sliders by parameter.
    unit, year
        The choices of unit and year.
    """

    def __init__(
        self, run: Run, unit: str = "", sliders: Mapping[str, tuple[float, float]] | None = None
    ) -> None:
        self.run = run
        self.answer: WhatIf | None = None
        say = run.messages.say
        chosen = run.unit(unit).id if unit else ""
        self.unit = Dropdown(
            options=self._units(), value=chosen, description=say("workbench.unit"), **WIDE
        )
        self.year = Dropdown(
            options=run.years, value=run.year, description=say("field.year"), **WIDE
        )
        self.sliders = {name: self._slider(name, ends) for name, ends in self._ends(sliders)}
        reset = Button(description=say("workbench.reset"), icon="undo")
        self.shown = HTML()
        for widget in (self.unit, *self.sliders.values()):
            widget.observe(self._changed, "value")
        self.year.observe(self._year_changed, "value")
        reset.on_click(lambda _: self.reset())
        choices = Box([self.unit, self.year, reset], layout=ROWS)
        named = [
            VBox([Label(_title(run, name), tooltip=name), slider], layout=SLIDER)
            for name, slider in self.sliders.items()
        ]
        super().__init__([choices, Box(named, layout=ROWS), self.shown])
        self._tell()

    def __repr__(self) -> str:
        """Name the sliders: where nothing live is shown, this is."""
        titles = (_title(self.run, name) for name in self.sliders)
        return self.run.messages.say("workbench.panel", sliders=self.run.messages.join(titles))

    @property
    def changes(self) -> dict[str, Any]:
        """The values that differ from those in force, as `Run.what_if` takes them."""
        changes: dict[str, Any] = {}
        for name, slider in self.sliders.items():
            if round(slider.value, DIGITS) != round(_value(self.run, name), DIGITS):
                changes = merge(changes, nest(name, round(slider.value, DIGITS)))
        return changes

    def reset(self) -> None:
        """Set all sliders to the values in force."""
        for name, slider in self.sliders.items():
            slider.value = _value(self.run, name)

    def _units(self) -> list[tuple[str, str]]:
        """Return every unit that has others below it, and hospitals, by name; first all of them."""
        units = self.run.units
        units = units[units["kind"].isin(KINDS)].sort_values(["unit_id"])
        named = [
            (f"{name} ({unit_id})", unit_id)
            for name, unit_id in zip(units["name"], units["unit_id"], strict=True)
        ]
        return [(self.run.messages.say("workbench.all_units"), ""), *named]

    def _ends(
        self, sliders: Mapping[str, tuple[float, float]] | None
    ) -> list[tuple[str, tuple[float, float]]]:
        if sliders is not None:
            return [(name, (float(low), float(high))) for name, (low, high) in sliders.items()]
        drivers = (f"growth_drivers.{name}.weight" for name in self.run.drivers)
        known = [name for name in (*MATTER_MOST, *drivers) if _find(self.run, name) is not None]
        return [(name, _around(_value(self.run, name))) for name in known]

    def _slider(self, name: str, ends: tuple[float, float]) -> FloatSlider:
        low, high = ends
        value = _value(self.run, name)
        return FloatSlider(
            value=value,
            min=min(low, value),
            max=max(high, value),
            step=(high - low) / STEPS,
            # A change is evaluated once the slider is let go.
            continuous_update=False,
            readout_format=".4f",
            tooltip=name,
            layout=Layout(width="96%"),
        )

    def _changed(self, _: object) -> None:
        self._tell()

    def _year_changed(self, change: Mapping[str, Any]) -> None:
        self.run = self.run.of_year(int(change["new"]))
        self._tell()

    def _tell(self) -> None:
        """Show what the values move; what is wrong with them is told in its place."""
        messages, changes = self.run.messages, self.changes
        try:
            self.answer = self._answer(changes) if changes else None
        except BadInputError as error:
            self.answer = None
            self.shown.value = _told(error, self.run.lang)
            return
        nothing = f"<p>{messages.say('workbench.move_a_slider')}</p>"
        self.shown.value = self.answer._repr_html_() if self.answer else nothing

    def _answer(self, changes: Mapping[str, Any]) -> WhatIf:
        answer = suppose_changes(self.run, changes)
        return answer.of(self.unit.value) if self.unit.value else answer


ROWS = Layout(flex_flow="row wrap")
WIDE: dict[str, Any] = {
    "style": {"description_width": "60px"},
    "layout": Layout(width="420px"),
}
SLIDER = Layout(width="420px")


def _told(error: BadInputError, lang: str) -> str:
    """Return what is wrong, without the first line, which speaks of what is written."""
    return "<br>".join(map(escape, error.text(lang).splitlines()[1:]))


def _find(run: Run, path: str) -> float | None:
    """Return the number in force at a path, None where the policy has none there."""
    name, deeper = split_path(path)
    entries = run.about["policy"]["indicators" if name.startswith(INDICATORS) else "parameters"]
    known = {entry["name"]: entry["value"] for entry in entries}
    found: Any = known.get(name.removeprefix(INDICATORS))
    for key in deeper:
        found = found.get(key) if isinstance(found, Mapping) else None
    number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if number else None


def _value(run: Run, path: str) -> float:
    """Return the number in force at a path; raises BadInputError where there is none."""
    found = _find(run, path)
    if found is None:
        raise BadInputError([Problem("workbench.no_number", "panel", column=path)])
    return found


def _around(value: float) -> tuple[float, float]:
    """Return the ends of a slider around a value in force."""
    if 0 <= value <= 1:
        return max(0.0, round(value - REACH, 2)), min(1.0, round(value + REACH, 2))
    return value / 2, value * 1.5


def _title(run: Run, path: str) -> str:
    """Return what a slider is called: the parameter in words, and which key of it."""
    name, deeper = split_path(path)
    title = run.change_name(name)
    keys = [
        run.messages.say("workbench.weight")
        if key == "weight"
        else run.messages.step(key)
        if key in run.drivers
        else run.messages.code("kind.", key)
        for key in deeper
    ]
    return run.messages.say("workbench.comma").join([title, *keys])
