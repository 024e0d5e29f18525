"""An evaluation as an evaluator holds it: frames by name, units by name, one door to the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, overload

import pandas as pd

from fundeval.problems import BadInputError, Problem
from fundeval.report.format.html_fragments import render_table
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.sections.what_if import Source
from fundeval.results import parquet
from fundeval.results.frames import FRAMES, Evaluation
from fundeval.tables.dataset import Dataset
from fundeval.words import DEFAULT_LANGUAGE
from fundeval.workbench.in_words import in_words
from fundeval.workbench.near import near
from fundeval.workbench.source import evaluate_source, source_of_run
from fundeval.workbench.sweep import sweep
from fundeval.workbench.unit import Unit
from fundeval.workbench.what_if import WhatIf, suppose_changes

if TYPE_CHECKING:
    from fundeval.workbench.charts import Charts

# Where a run keeps its evaluation.
EVALUATION = "evaluation"


class Frame:
    """A frame of a run, read when it is first asked for."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, _: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, run: None, owner: type) -> Frame: ...
    @overload
    def __get__(self, run: Run, owner: type) -> pd.DataFrame: ...
    def __get__(self, run: Run | None, owner: type) -> Frame | pd.DataFrame:
        """Return the frame of a run; of the class, itself."""
        return self if run is None else run.frame(self.name)


class Tables:
    """The input tables of a run by name, with the file and row that each row stands in."""

    def __init__(self, read: Callable[[str], pd.DataFrame], names: Iterable[str]) -> None:
        self._read, self._names = read, sorted(names)

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return a table; a wrong name says what is near."""
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"no table {name!r}; near: {near(name, self._names)}")
        return self._read(name)

    def __dir__(self) -> list[str]:
        """List the tables, for completion."""
        return self._names

    def __repr__(self) -> str:
        """Name the tables."""
        return f"<tables: {', '.join(self._names)}>"


class Run:
    """An evaluation by name: frames, input tables, units, parameters, and what-if.

    Made by `fundeval.open` or `fundeval.evaluate`.

    Parameters
    ----------
    about
        What the evaluation was made from.
    read
        Returns a frame of the evaluation by its name, a table by `tables/NAME`.
    tables
        Names of the input tables.
    source
        Returns data set and policy, for a what-if.
    lang
        Language of names and messages, `zh` or `en`.

    Examples
    --------
    >>> import fundeval
    >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
    >>> run.grades["grade"].value_counts().index[0]
    'excellent'
    >>> run.unit("映川区人民医院").history("execution_rate").round(4).to_dict()[2024]
    0.9706
    """

    units = Frame("Units: id, name, kind, parent, alliance, level, from when to when they exist.")
    indicators = Frame("Value of each indicator by unit, year and scheme, or why there is none.")
    scores = Frame("Points of each scored indicator of a unit in the evaluated year.")
    domains = Frame("Points by domain, out of the unit's 100.")
    grades = Frame("Score, grade and how stable it is, or why there is none.")
    restrictions = Frame("The two-year rule: rate, floor and state of each department by year.")
    cost_changes = Frame("Why the cost of care changed since the year before, part by part.")
    settlement = Frame("Steps of the year-end settlement of each institution.")
    budget = Frame("The bridge to next year's budget, step by step.")
    allocations = Frame("How each next budget was settled: limits, envelope, group, factor.")
    warnings = Frame("Early warning within the year, month by month.")
    adjustments = Frame("Adjustment between regions under one parent.")
    projections = Frame("Income, expenditure and balance of the next years by scenario.")
    findings = Frame("What a reviewer must see: finding, severity, value and its limit.")
    peers = Frame("Distribution of each scored indicator among units of a kind and level.")

    def __init__(
        self,
        about: dict[str, Any],
        read: Callable[[str], pd.DataFrame],
        tables: Iterable[str],
        source: Callable[[], Source],
        lang: str = DEFAULT_LANGUAGE,
    ) -> None:
        self.about, self._read, self._source, self.lang = about, read, source, lang
        self._tables = sorted(tables)
        self._frames: dict[str, pd.DataFrame] = {}

    # Data ----------------------------------------------------------------------------------------

    def frame(self, name: str) -> pd.DataFrame:
        """Return a frame by name, such as `"budget"`, or a table by `"tables/budgets"`.

        A frame that was changed in place stays changed for this run.
        """
        if name not in self._frames:
            frame = self._read(name)
            frame.attrs["frame"] = name.rpartition("/")[2]
            self._frames[name] = frame
        return self._frames[name]

    @property
    def tables(self) -> Tables:
        """The input tables: `run.tables.budgets` and so on, each row with its file and row."""
        return Tables(lambda name: self.frame(f"tables/{name}"), self._tables)

    @property
    def year(self) -> int:
        """The evaluated year."""
        return int(self.about["year"])

    def unit(self, unit: str) -> Unit:
        """Return a unit by its id, or by a name that only one unit has.

        Raises
        ------
        BadInputError
            If there is no such unit, or the name is that of several.
        """
        found = self.units[(self.units["unit_id"] == str(unit)) | (self.units["name"] == unit)]
        own = found[found["unit_id"] == str(unit)]
        chosen = own if len(own) else found
        if len(chosen) != 1:
            self._no_unit(str(unit), chosen)
        return Unit(self, str(chosen["unit_id"].iloc[0]))

    def _no_unit(self, unit: str, found: pd.DataFrame) -> NoReturn:
        if len(found):
            ids = ", ".join(found["unit_id"])
            raise BadInputError(
                [Problem("workbench.several_units", "units", {"ids": ids}, value=unit)]
            )
        known = [*self.units["unit_id"], *self.units["name"]]
        raise BadInputError(
            [Problem("workbench.no_unit", "units", {"near": near(unit, known[:5000])}, value=unit)]
        )

    def parameters(self) -> pd.DataFrame:
        """Return the parameters in force: name, value in words, source, since when, which file."""
        rows = [
            {
                "parameter": name,
                "name": (entry.get("description") or {}).get(self.lang, name),
                "value": entry["value"],
                "source": self.messages.code("source.", entry["source"]["kind"]),
                "cite": entry["source"]["cite"],
                "since": entry["since"],
                "origin": entry["origin"],
                "stale": entry["stale"],
            }
            for name, entry in self._policy.parameters.items()
        ]
        return pd.DataFrame(rows).set_index("parameter")

    # In words ------------------------------------------------------------------------------------

    @cached_property
    def _policy(self) -> PolicyInForce:
        return PolicyInForce(self.about["policy"])

    @property
    def messages(self) -> Messages:
        """The message catalogue in the language of the run."""
        return Messages(self.lang, self._policy)

    @property
    def numbers(self) -> NumberFormatter:
        """The formatter of figures in the language and currency of the run."""
        return NumberFormatter(self.lang, self.about["dataset"].get("currency", "CNY"))

    @cached_property
    def _names(self) -> pd.Series:
        return self.units.set_index("unit_id")["name"]

    def in_words(self, frame: pd.DataFrame, lang: str | None = None) -> pd.DataFrame:
        """Return a frame as people read it: names beside ids, codes in words, percent and 万元.

        Parameters
        ----------
        frame
            A frame of the run or a part of one: `run.grades`, `run.budget.query("step == 'base'")`.
        lang
            `zh` or `en`; the run's own language by default.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024, lang="en")
        >>> list(run.in_words(run.restrictions.head(1)).columns)[:4]
        ['Unit id', 'Name', 'Year', 'Rate (%)']
        """
        lang = lang or self.lang
        numbers = NumberFormatter(lang, self.about["dataset"].get("currency", "CNY"))
        return in_words(frame, self._names, Messages(lang, self._policy), numbers)

    def compare(self, units: Iterable[str]) -> pd.DataFrame:
        """Set units side by side: score, grade, state, budget, then each scored indicator.

        Parameters
        ----------
        units
            Ids or unique names.

        Returns
        -------
        pandas.DataFrame
            A row for each figure, a column for each unit, in words.
        """
        chosen = [self.unit(unit) for unit in units]
        columns = {unit.name: unit.summary() for unit in chosen}
        frame = pd.DataFrame(columns)
        return frame.reindex(list(dict.fromkeys(key for c in columns.values() for key in c.index)))

    @property
    def charts(self) -> Charts:
        """The figures of the reports: `run.charts.score_and_change()` and so on."""
        from fundeval.workbench.charts import Charts  # noqa: PLC0415  # seaborn takes its time

        return Charts(self)

    # What if -------------------------------------------------------------------------------------

    @cached_property
    def source(self) -> Source:
        """Data set and policy that the evaluation was made from."""
        return self._source()

    def what_if(self, changes: Mapping[str, Any]) -> WhatIf:
        """Evaluate again under other values of the policy, and tell what moves.

        Parameters
        ----------
        changes
            New values by parameter, such as `{"execution_floor": 0.95}`, or changed keys of a
            scoring rule by `indicators.NAME`. In a map only what is named changes.

        Raises
        ------
        BadInputError
            For a value that a policy could not have, or a name that it does not know.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> answer = run.what_if({"execution_floor": 0.95})
        >>> int(answer.counts.loc["department", "states"]) > 0
        True
        """
        return suppose_changes(self, changes)

    def sweep(self, parameter: str, start: float, stop: float, steps: int = 7) -> pd.DataFrame:
        """Evaluate at evenly spaced values of a parameter: who is restricted, what money moves.

        Returns
        -------
        pandas.DataFrame
            A row a value: units restricted, units whose state or grade differs from today's,
            and what next year's budgets gain and lose, in 元.
        """
        return sweep(self, parameter, start, stop, steps)

    def evaluation(self) -> Evaluation:
        """Return the whole evaluation, all frames read."""
        frames = {name: self.frame(name) for name in FRAMES}
        tables = {name: self.frame(f"tables/{name}") for name in self._tables}
        return Evaluation.of(frames, tables, self.about)

    def to_excel(self, path: str | Path, frames: Mapping[str, pd.DataFrame] | None = None) -> Path:
        """Write frames in words to a workbook, a sheet each; by default grades and next budgets.

        Parameters
        ----------
        path
            The workbook to write.
        frames
            Frames by the name of their sheet.
        """
        path = Path(path)
        final = self.budget[self.budget["step"] == "next_budget"]
        chosen = frames or {
            self.messages.say("frame.grades"): self.grades,
            self.messages.say("frame.budget"): final,
        }
        with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
            for name, frame in chosen.items():
                self.in_words(frame).to_excel(writer, sheet_name=name[:31], index=False)
        return path

    # Shown ---------------------------------------------------------------------------------------

    def __dir__(self) -> list[str]:
        """List what a person may ask for."""
        asked = ("about", "charts", "compare", "evaluation", "frame", "in_words", "lang",
                 "parameters", "source", "sweep", "tables", "to_excel", "unit", "what_if",
                 "year")  # fmt: skip
        return sorted([*FRAMES, *asked])

    def __getattr__(self, name: str) -> NoReturn:
        """Say what is near a name that is not there."""
        raise AttributeError(f"a run has no {name!r}; near: {near(name, dir(self))}")

    def _facts(self) -> list[tuple[str, str]]:
        say, title = self.messages.say, self.about["dataset"]["title"][self.lang]
        kinds = self.units["kind"].value_counts()
        counted = self.messages.join(
            f"{self.messages.code('kind.', kind)} {count}" for kind, count in kinds.items()
        )
        return [
            (say("workbench.dataset"), title),
            (say("field.year"), str(self.year)),
            (say("workbench.policy"), self.about["policy"]["title"][self.lang]),
            (say("frame.units"), counted),
            (say("workbench.frames"), self.messages.join(self._titles())),
        ]

    def _titles(self) -> list[str]:
        """Return each frame with what it holds: the name to ask for, and its title."""
        return [f"{name} {self.messages.code('frame.', name)}" for name in FRAMES]

    def __repr__(self) -> str:
        """Say in a few lines what was evaluated."""
        return "\n".join(f"{name}: {text}" for name, text in self._facts())

    def _repr_html_(self) -> str:
        return render_table("", ["", ""], self._facts()).markup


def open_run(path: str | Path, lang: str = DEFAULT_LANGUAGE) -> Run:
    """Open a finished run by its output folder, such as `outputs/demo`; frames are read on demand.

    Parameters
    ----------
    path
        The folder of a run, or its `evaluation` folder.
    lang
        Language of names and messages.

    Raises
    ------
    BadInputError
        If there is no evaluation.
    """
    folder = Path(path)
    inner = folder / EVALUATION if (folder / EVALUATION).is_dir() else folder
    about = parquet.read_about(inner)

    def read(name: str) -> pd.DataFrame:
        return parquet.read_frame(inner, name)

    tables = parquet.list_tables(inner)
    return Run(about, read, tables, lambda: source_of_run(inner, about), lang)


def evaluate(
    data: str | Path | Dataset,
    policy: str = "national",
    year: int | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> Run:
    """Evaluate a data set, and hold the evaluation by name.

    Parameters
    ----------
    data
        `sample:city`, a folder, a workbook, a database address, or a loaded data set.
    policy
        Name or path of the policy.
    year
        The year to evaluate; by default the last year of the data.
    lang
        Language of names and messages.

    Raises
    ------
    BadInputError
        If data or policy are unusable, or the data have no such year.

    Examples
    --------
    >>> import fundeval
    >>> fundeval.evaluate("sample:public", policy="retrospective", year=2015).year
    2015
    """
    source = evaluate_source(data, policy, year)
    made = source.evaluation
    frames = made.frames() | {f"tables/{name}": table for name, table in made.tables.items()}
    return Run(made.about, lambda name: frames[name].copy(), made.tables, lambda: source, lang)
