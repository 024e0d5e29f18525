"""An evaluation as an evaluator holds it: frames by name, units by name, one door to the data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, overload

import pandas as pd

from fundeval.near import near
from fundeval.problems import BadInputError, Problem, tells_in_its_language, told_in
from fundeval.report.format.html_fragments import render_table
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.report.format.parameter_values import name_parameter, value_in_words
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.report import NOTEBOOK, Report, open_unit
from fundeval.report.text.cited_rules import citation
from fundeval.results import parquet
from fundeval.results.below_unit import children_of, list_below
from fundeval.results.frames import FRAMES, Evaluation
from fundeval.results.unit_ids import unit_id_of
from fundeval.words import DEFAULT_LANGUAGE, LANGUAGES
from fundeval.workbench.in_words import SHORT, Unscaled, in_words, with_words
from fundeval.workbench.unit import Unit

# A report of a written evaluation needs nothing that evaluates: imported where it is used.
if TYPE_CHECKING:
    from fundeval.policy import Policy
    from fundeval.tables.dataset import Dataset
    from fundeval.workbench.charts import Charts
    from fundeval.workbench.panel import Panel
    from fundeval.workbench.source import Source
    from fundeval.workbench.what_if import WhatIf

# Units of one name that are listed.
MOST = 20
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


@tells_in_its_language
class Run:
    """An evaluation by name: frames, input tables, units, parameters, reports, and what-if.

    Made by `fundeval.open` or `fundeval.evaluate`.

    Parameters
    ----------
    about
        What the evaluation was made from.
    read
        Returns a frame of the evaluation by its name, a table by `tables/NAME`.
    tables
        Names of the input tables.
    folder
        Returns the folder with the written evaluation.
    source
        Returns data set and policy, for a what-if.
    lang
        Language of names and messages, `zh` or `en`.

    Examples
    --------
    >>> import fundeval
    >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
    >>> run.grades["grade"].value_counts().index[0]
    'good'
    >>> run.unit("映川区人民医院").history("execution_rate").round(4).to_dict()[2024]
    0.9706
    """

    units = Frame("Units: id, name, kind, parent, alliance, level, from when to when they exist.")
    indicators = Frame("Value of each indicator by unit, year and scheme, or why there is none.")
    scores = Frame("Points of each scored indicator of a unit in the evaluated year.")
    domains = Frame("Points by domain, out of the unit's 100.")
    grades = Frame("Score, grade and how stable it is, or why there is none.")
    card_scores = Frame("Points by a further scorecard such as credit, or of one fund.")
    card_domains = Frame("Points by domain of a further scorecard, or of one fund.")
    card_grades = Frame("Score and grade by a further scorecard and year, or of one fund.")
    deductions = Frame("What incidents take off a score, and the grades that they leave.")
    restrictions = Frame("The two-year rule: rate, floor and state of each department by year.")
    restriction_views = Frame("The two-year rule by each scheme and over all, where both are.")
    cost_changes = Frame("Why the cost of care changed since the year before, part by part.")
    settlement = Frame("Steps of the year-end settlement of each institution.")
    budget = Frame("The bridge to next year's budget, step by step.")
    allocations = Frame("How each next budget was settled: limits, envelope, group, factor.")
    periods = Frame(
        "Months and quarters: execution, progress, growth on the same months, forecast."
    )
    purchase_alerts = Frame("Daily purchases against their threshold, and the check of an alert.")
    project_reviews = Frame("The project library: score, rank, decision and grant of each.")
    project_parts = Frame("The parts of each project's score, or why one has no value.")
    warnings = Frame("Early warning within the year, month by month.")
    group_values = Frame("Indicators by group of a unit, each held against its limit.")
    adjustments = Frame("Adjustment between regions under one parent.")
    execution_effects = Frame("Every place where under- or over-execution acts, with its sum.")
    actions = Frame("What a result calls for: action, why, until when, who sees to it.")
    projections = Frame("Income, expenditure and balance of the next years by scenario.")
    findings = Frame("What a reviewer must see: finding, severity, value and its limit.")
    peers = Frame("Distribution of each indicator among units of a kind, level and tier.")

    def __init__(  # noqa: PLR0913, PLR0917  # what it is made of, each read when asked for
        self,
        about: dict[str, Any],
        read: Callable[[str], pd.DataFrame],
        tables: Iterable[str],
        folder: Callable[[], Path],
        source: Callable[[], Source],
        lang: str = DEFAULT_LANGUAGE,
    ) -> None:
        self.about, self._read, self.lang = about, read, lang
        self._folder, self._source = folder, source
        self._tables = sorted(tables)
        self._frames: dict[str, pd.DataFrame] = {}

    @property
    def folder(self) -> Path:
        """The folder with the evaluation in files; one that was made now is written first."""
        return self._folder()

    # Data ----------------------------------------------------------------------------------------

    def frame(self, name: str) -> pd.DataFrame:
        """Return a frame by name, such as `"budget"`, or a table by `"tables/budgets"`.

        A frame that was changed in place stays changed for this run.
        """
        if name not in self._frames:
            known = [*FRAMES, *(f"tables/{table}" for table in self._tables)]
            if name not in known:
                values = {"near": near(name, known)}
                raise BadInputError([Problem("workbench.no_frame", "run", values, value=name)])
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

    def unit(self, unit: str | int) -> Unit:
        """Return a unit by its id, or by a name that only one unit has.

        A department is also known by its hospital and its own name, as `full_name` says it.

        Raises
        ------
        BadInputError
            If there is no such unit, or the name is that of several.
        """
        text = unit_id_of(unit, lambda: self.units["unit_id"], NOTEBOOK)
        units = self.units
        found = units[(units["unit_id"] == text) | (units["name"] == text)]
        if found.empty:
            found = units[units["unit_id"].isin(self._by_full_name.get(text, []))]
        own = found[found["unit_id"] == text]
        chosen = own if len(own) else found
        if len(chosen) != 1:
            self._no_unit(text, chosen)
        return Unit(self, str(chosen["unit_id"].iloc[0]))

    def ids_below(self, unit_id: str) -> list[str]:
        """Return the ids of a unit and of all units below it, members of alliances among them."""
        units = self.units
        children = children_of(
            [*units["unit_id"]] * 2, [*units["parent_id"], *units["alliance_id"]]
        )
        return list_below(children, unit_id)

    def _no_unit(self, unit: str, found: pd.DataFrame) -> NoReturn:
        if len(found):
            ids = self.messages.join(
                f"{i} {self.full_name(i)}" for i in found["unit_id"].head(MOST)
            )
            raise BadInputError(
                [Problem("workbench.several_units", "units", {"ids": ids}, value=unit)]
            )
        known = [*self.units["unit_id"], *self.units["name"]]
        raise BadInputError(
            [Problem("workbench.no_unit", "units", {"near": near(unit, known[:5000])}, value=unit)]
        )

    def parameters(self) -> pd.DataFrame:
        """Return the parameters in force: name, value, source, since when, which file set it."""
        rows = [
            {
                "parameter": name,
                "title": name_parameter(self.messages, name),
                "value": entry["value"],
                "value_in_words": value_in_words(self.messages, entry),
                "source": self.messages.code("source.", entry["source"]["kind"]),
                "cite": citation(self.messages, entry["source"]),
                "since": entry["since"],
                "origin": entry["origin"],
                "stale": entry["stale"],
            }
            for name, entry in self._policy.parameters.items()
        ]
        return pd.DataFrame(rows).set_index("parameter")

    def parameter_name(self, name: str) -> str:
        """Return what a parameter is called in the language of the run, in short."""
        return name_parameter(self.messages, name)

    @property
    def drivers(self) -> tuple[str, ...]:
        """The drivers of growth of next year's budgets, by name."""
        return tuple(self._policy.drivers)

    def change_name(self, name: str) -> str:
        """Return what is changed by a name of a what-if is called: a parameter or an indicator."""
        if name in self._policy.parameters:
            return self.parameter_name(name)
        return self.messages.indicator(name.removeprefix("indicators."))

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
        return self._numbers(self.lang)

    def _numbers(self, lang: str) -> NumberFormatter:
        currency = self.about["dataset"].get("currency", "CNY")
        return NumberFormatter(lang, currency, self._policy.units)

    @cached_property
    def _names(self) -> pd.Series:
        return self.units.set_index("unit_id")["name"]

    def full_name(self, unit_id: str) -> str:
        """Return the name of a unit; of a department, whose name many share, with its hospital."""
        name = str(self._names[unit_id])
        above = self._departments.get(unit_id)
        return name if above is None else f"{self._names.get(above, above)} {name}"

    @cached_property
    def _by_full_name(self) -> dict[str, list[str]]:
        """The ids of departments by their full name."""
        ids: dict[str, list[str]] = {}
        for unit_id in self._departments:
            ids.setdefault(self.full_name(unit_id), []).append(unit_id)
        return ids

    @cached_property
    def _departments(self) -> dict[str, str]:
        """The unit above each department."""
        rows = self.units[self.units["kind"] == "department"].dropna(subset=["parent_id"])
        return dict(zip(rows["unit_id"], rows["parent_id"], strict=True))

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
        >>> list(run.in_words(run.restrictions.head(1)).columns)[:5]
        ['Unit id', 'Name', 'Year', 'Scheme', 'Rate (%)']
        """
        lang = lang or self.lang
        return in_words(frame, self._names, Messages(lang, self._policy), self._numbers(lang))

    def with_words(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with codes in words and names of units; columns and figures as they are.

        For plots and pivots of one's own, whose legends and rows people read.

        Parameters
        ----------
        frame
            A frame of the run, a part of one, or one merged with others.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024, lang="en")
        >>> run.with_words(run.grades)[["unit_id", "name", "grade"]].iloc[1].tolist()
        ['990101', '映川区(虚构)', 'Fair']
        """
        return with_words(frame, self._names, self.messages)

    def word(self, group: str, code: str) -> str:
        """Return a code in words: of a `kind`, `level`, `grade`, `indicator`, column (`field`) ….

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> run.word("level", "tertiary"), run.word("field", "score")
        ('三级', '总分')
        """
        if group == "indicator":
            return self.messages.indicator(code)
        return self.messages.code(SHORT.get(group, f"{group}."), code)

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
        chosen = [self.unit(unit) for unit in ([units] if isinstance(units, str) else units)]
        names = [self.full_name(unit.id) for unit in chosen]
        columns = {
            name if names.count(name) == 1 else f"{name} ({unit.id})": unit.summary()
            for name, unit in zip(names, chosen, strict=True)
        }
        frame = pd.DataFrame(columns)
        frame = frame.reindex(list(dict.fromkeys(key for c in columns.values() for key in c.index)))
        return frame.fillna(self.messages.say("report.missing"))

    def report(self, unit: str | int = "", month: int | None = None) -> Report:
        """Open the report of a unit, whose parts a notebook shows in any order.

        Only what the report needs is read, not the frames of all units.

        Parameters
        ----------
        unit
            Id or unique name; empty for the overview of all units.
        month
            The month of an early-warning report; the latest reported by default.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> run.report("990103").show("verdict")  # doctest: +ELLIPSIS
        <Html, ... characters>
        """
        try:
            return open_unit(unit, self.folder, self.lang, month)
        except BadInputError as error:
            if error.problems[0].rule != "report.unknown_unit":
                raise
        return open_unit(self.unit(unit).id, self.folder, self.lang, month)

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

    def what_if(self, changes: Mapping[str, Any], unit: str | None = None) -> WhatIf:
        """Evaluate again under other values of the policy, and tell what moves.

        Parameters
        ----------
        changes
            New values by parameter, such as `{"execution_floor": 0.95}`, or changed keys of a
            scoring rule by `indicators.NAME`. In a map only what is named changes; where a
            weight changes, the others of its kind make room in proportion. A further indicator
            over a supplied measure states domain, weight, direction and curve.
        unit
            Id or unique name: tell only what moves in this unit and below it.

        Raises
        ------
        BadInputError
            For a value that a policy could not have, or a name that it does not know.
        WhatIfInReportError
            Where official reports are made: a cell with a what-if is left out of them.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> answer = run.what_if({"execution_floor": 0.95})
        >>> int(answer.counts.loc["department", "states"]) > 0
        True
        >>> heavier = run.what_if({"indicators.average_stay": {"weight": {"hospital": 15}}})
        >>> heavier.weights["other_weight"].sum().round(6).item()
        100.0
        """
        from fundeval.workbench.what_if import suppose_changes  # noqa: PLC0415

        answer = suppose_changes(self, changes)
        return answer if unit is None else answer.of(unit)

    def sweep(self, parameter: str, start: float, stop: float, steps: int = 7) -> pd.DataFrame:
        """Evaluate at evenly spaced values of a parameter: who is restricted, what money moves.

        Parameters
        ----------
        parameter
            A parameter that is a number, such as `"execution_floor"`, or a number within a map
            or scoring rule by its path, such as `"withheld_share.hospital"`.
        start, stop
            First and last value.
        steps
            How many values, both ends included.

        Returns
        -------
        pandas.DataFrame
            A row a value: units restricted, units whose state or grade differs from today's,
            and what next year's budgets gain and lose, in 元.

        Raises
        ------
        BadInputError
            As `what_if` does.
        """
        from fundeval.workbench.sweep import sweep  # noqa: PLC0415

        return sweep(self, parameter, start, stop, steps)

    @property
    def years(self) -> list[int]:
        """The years that could be evaluated: with budgets, and all values of the policy."""
        policy = self.source.policy
        entries = (policy.parameters | policy.indicators).values()
        first = max(next(iter(entry.values)).since for entry in entries)
        budgets = self.source.measured.dataset.budgets
        return [y for y in sorted(map(int, budgets["year"].unique())) if y >= first.year]

    def of_year(self, year: int) -> Run:
        """Evaluate another year of the same data by the same policy."""
        if year == self.year:
            return self
        return evaluate(self.source.measured.dataset, self.source.policy, year, self.lang)

    def panel(
        self, unit: str = "", sliders: Mapping[str, tuple[float, float]] | None = None
    ) -> Panel:
        """Return sliders over parameters, with what they move in a unit and all below it.

        Parameters
        ----------
        unit
            Id or unique name to begin with; all units by default.
        sliders
            The lowest and highest value by parameter, or by path as in `sweep`; by default the
            parameters that matter most, around their values in force.

        Examples
        --------
        >>> import fundeval
        >>> run = fundeval.evaluate("sample:city", policy="national", year=2024)
        >>> panel = run.panel("990103", {"execution_floor": (0.8, 0.99)})
        >>> panel.sliders["execution_floor"].value = 0.95
        >>> int(panel.answer.counts.loc["department", "states"])
        11
        """
        # Imported here: widgets are slow to import, and only a notebook shows them.
        from fundeval.workbench.panel import Panel  # noqa: PLC0415

        return Panel(self, unit, sliders)

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
            Frames by the name of their sheet. Amounts are written in whole, in 元 to the 分.

        Raises
        ------
        BadInputError
            If there is no such folder.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise BadInputError([Problem("workbench.no_folder", str(path))])
        final = self.budget[self.budget["step"] == "next_budget"]
        chosen = frames or {
            self.messages.say("frame.grades"): self.grades,
            self.messages.say("frame.budget"): final,
        }
        numbers = Unscaled(self.numbers)
        # A name from somebody's table is text, whatever it begins with.
        options = {"strings_to_formulas": False, "strings_to_urls": False}
        with pd.ExcelWriter(
            path, engine="xlsxwriter", engine_kwargs={"options": options}
        ) as writer:
            for name, frame in chosen.items():
                sheet = re.sub(r"[\[\]:*?/\\]", " ", name)[:31]
                said = in_words(frame, self._names, self.messages, numbers)
                said.to_excel(writer, sheet_name=sheet, index=False)
        return path

    # Shown ---------------------------------------------------------------------------------------

    def __dir__(self) -> list[str]:
        """List what a person may ask for."""
        asked = (
            "about", "charts", "compare", "evaluation", "folder", "frame", "full_name",
            "in_words", "lang", "of_year", "panel", "parameters", "report", "source", "sweep",
            "tables", "to_excel", "unit", "what_if", "with_words", "word", "year", "years",
        )  # fmt: skip
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
        return render_table("", ["", ""], self._facts())._repr_html_()


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
    _check_language(lang)
    folder = Path(path)
    inner = folder / EVALUATION if (folder / EVALUATION).is_dir() else folder
    with told_in(lang):
        about = parquet.read_about(inner)
        return _opened(inner, about, lang, partial(_source_of, about=about))


def _check_language(lang: str) -> None:
    if lang not in LANGUAGES:
        expected = {"expected": ", ".join(LANGUAGES)}
        raise BadInputError(
            [Problem("yaml.not_allowed", NOTEBOOK, expected, "", None, "lang", lang)]
        )


def _opened(
    folder: Path, about: dict[str, Any], lang: str, source: Callable[[Callable[[], Path]], Source]
) -> Run:
    """Return the run of a written evaluation, whose files must stay those that were opened."""
    opened = parquet.identities(folder)

    def same() -> Path:
        """Return the folder if its files are those that were opened."""
        if parquet.identities(folder) != opened:
            raise BadInputError([Problem("workbench.made_again", folder.parent.name)])
        return folder

    def read(name: str) -> pd.DataFrame:
        return parquet.read_frame(same(), name)

    return Run(about, read, parquet.list_tables(folder), same, lambda: source(same), lang)


def _source_of(folder: Callable[[], Path], about: dict[str, Any]) -> Source:
    from fundeval.workbench.source import source_of_run  # noqa: PLC0415

    return source_of_run(folder, about)


def evaluate(
    data: str | Path | Dataset,
    policy: str | Path | Policy = "national",
    year: int | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> Run:
    """Evaluate a data set, and hold the evaluation by name.

    What this process evaluated before is not evaluated again, nor what `fundeval run` has
    written below `outputs/` from the same data by the same policy and program.

    Parameters
    ----------
    data
        `sample:city`, a folder, a workbook, a database address, or a loaded data set.
    policy
        Name or path of the policy, or a loaded one.
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
    from fundeval.evaluation.cells import as_texts  # noqa: PLC0415
    from fundeval.workbench import source as sources  # noqa: PLC0415

    _check_language(lang)
    with told_in(lang):
        stored = sources.find_stored(data, policy, year)
        if stored is not None:
            about = parquet.read_about(stored)
            made_from = {"data": str(data), "policy": policy, "year": about["year"]}
            again = partial(sources.source_of_stored, **made_from)
            return _opened(stored, about, lang, again)
        source = sources.evaluate_source(data, policy, year)
    made = source.evaluation
    frames = made.frames() | {f"tables/{name}": table for name, table in made.tables.items()}
    return Run(
        made.about, lambda name: as_texts(frames[name]), made.tables, lambda: source.folder,
        lambda: source, lang,
    )  # fmt: skip
