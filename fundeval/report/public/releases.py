"""The register of releases, `releases.json` in the public folder: what was published and hidden.

Pages that are out cannot be taken back, and a reader holds them against the next one. The register
has public figures only: amounts as they were published, and which were hidden, but not why.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from fundeval.problems import refusal
from fundeval.report.public.figures import Figure
from fundeval.report.public.lines import Place, nearest_above
from fundeval.report.public.rounding import UNROUNDED, Rounding

RELEASES = "releases.json"


class ListedUnit(BaseModel):
    """A unit of a release."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: str
    above: str | None


class Release(BaseModel):
    """A page that was published; `figures` by column, unit and scheme, without a value if hidden.

    Examples
    --------
    >>> unit = ListedUnit(name="H", kind="hospital", above=None)
    >>> figures = {"executed": {"H1": {"employee": None, "resident": 20.0}}}
    >>> made = Release(year=2024, report="yearly", minimum=11, units={"H1": unit}, figures=figures)
    >>> made.hidden
    {Figure(unit_id='H1', scheme='employee', year=2024, column='executed')}
    """

    model_config = ConfigDict(extra="forbid")

    year: int
    report: str
    minimum: int
    rounding: Rounding = UNROUNDED
    units: dict[str, ListedUnit]
    figures: dict[str, dict[str, dict[str, float | None]]]

    @classmethod
    def of(
        cls,
        about: Mapping[str, Any],
        places: Mapping[str, Place],
        published: Mapping[Figure, float],
        hidden: Iterable[Figure],
    ) -> Release:
        """Return the release of published and hidden figures; `about` has the other fields."""
        figures: dict[str, dict[str, dict[str, float | None]]] = {}
        values: dict[Figure, float | None] = {**published, **dict.fromkeys(hidden)}
        for cell in sorted(values):
            figures.setdefault(cell.column, {}).setdefault(cell.unit_id, {})[cell.scheme] = values[
                cell
            ]
        listed = dict.fromkeys(sorted({cell.unit_id for cell in values}))
        above = {unit_id: place.above for unit_id, place in places.items()}
        # Below the nearest that is listed too, so that a reader of the register sees where it is.
        units = {
            unit_id: ListedUnit(
                name=places[unit_id].name,
                kind=places[unit_id].kind,
                above=nearest_above(unit_id, above, listed),
            )
            for unit_id in listed
        }
        return cls(**about, units=units, figures=figures)

    @property
    def published(self) -> dict[Figure, float]:
        """The amounts that were published."""
        return {cell: value for cell, value in self._values() if value is not None}

    @property
    def hidden(self) -> set[Figure]:
        """The figures that were hidden."""
        return {cell for cell, value in self._values() if value is None}

    def _values(self) -> Iterable[tuple[Figure, float | None]]:
        for column, by_unit in self.figures.items():
            for unit_id, by_scheme in by_unit.items():
                for scheme, value in by_scheme.items():
                    yield Figure(unit_id, scheme, self.year, column), value


class Register(BaseModel):
    """The releases of a folder, the first one first."""

    model_config = ConfigDict(extra="forbid")

    releases: list[Release]

    def text(self) -> str:
        """Return the content of `releases.json`; equal releases give equal text."""
        content = self.model_dump(mode="json")
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    def with_release(self, release: Release) -> Register:
        """Return the register with one more release, unless it has that one already."""
        if release in self.releases:
            return self
        return Register(releases=[*self.releases, release])


def read_register(folder: Path) -> Register:
    """Read the register of a public folder; it is empty where nothing was published.

    Raises
    ------
    BadInputError
        If there is one that cannot be read: without it nobody knows what was published.
    """
    path = folder / RELEASES
    if not path.exists():
        return Register(releases=[])
    try:
        return Register.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        detail = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise refusal("public.register_damaged", str(path), reason=str(detail)) from None


def plain_name(name: str) -> str:
    """Return a name as it is compared: without spaces, width and case.

    Examples
    --------
    >>> plain_name("甲县 人民医院（Ａ）") == plain_name("甲县人民医院(a)")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def earlier_releases(
    folder: Path,
    places: Mapping[str, Place],
    usual: Path | None = None,
    amounts_of: Callable[[int], Mapping[Figure, float]] | None = None,
) -> list[Release]:
    """Return what was published in a folder, and of the same units in the folders beside it.

    The pages of two years, or of a correction, may lie in folders of their own. Those beside where
    the run is published by default count too. Releases are of the same units if one has the same id
    and name, half of them the same names, or half of the amounts are the same, whatever language
    the names are in; `amounts_of` gives those of a year as they are today.
    """
    parents = [each.absolute().parent for each in (folder, usual or folder)]
    beside = {path.parent for parent in parents for path in parent.glob(f"*/{RELEASES}")}
    found = list(read_register(folder).releases)
    for other in sorted(beside - {folder.absolute()}):
        found += [
            each
            for each in read_register(other).releases
            if _shares_units(each, places) or (amounts_of and _shares_amounts(each, amounts_of))
        ]
    return found


def _shares_units(release: Release, places: Mapping[str, Place]) -> bool:
    today = {(plain_name(place.name), place.kind) for place in places.values()}
    same = [(plain_name(unit.name), unit.kind) in today for unit in release.units.values()]
    return 2 * sum(same) >= len(same) > 0 or any(
        unit_id in places and places[unit_id].name == unit.name
        for unit_id, unit in release.units.items()
    )


def _shares_amounts(release: Release, amounts_of: Callable[[int], Mapping[Figure, float]]) -> bool:
    """Tell whether at least half of the amounts that were published stand somewhere today."""
    now = amounts_of(release.year)
    rounded = {(c.scheme, c.column, round(release.rounding.amount(v), 2)) for c, v in now.items()}
    columns = {cell.column for cell in now}
    told = [
        (cell.scheme, cell.column, round(value, 2))
        for cell, value in release.published.items()
        if value and cell.column in columns
    ]
    return 2 * sum(each in rounded for each in told) >= len(told) > 0


def places_of(releases: Sequence[Release]) -> dict[str, Place]:
    """Return where the units of earlier releases stood."""
    return {
        unit_id: Place(unit.kind, unit.above, unit.name)
        for release in releases
        for unit_id, unit in release.units.items()
    }
