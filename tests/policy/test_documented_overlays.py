"""Every overlay printed in docs/next-budget.md and docs/overlays.md is a policy that loads."""

import re
from pathlib import Path

import pytest

from fundeval.policy import load

DOCS = Path(__file__).parents[2] / "docs"


def overlays_of(page: str) -> dict[str, str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return {
        match[1]: match[0]
        for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        if (match := re.match(r"id: (\S+)\n.*", block, re.DOTALL))
    }


OVERLAYS = overlays_of("next-budget.md")
OF_OVERLAYS = overlays_of("overlays.md")


def test_the_page_prints_the_programmes_it_speaks_of() -> None:
    assert len(OVERLAYS) == 7


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_of_the_page_loads(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(OVERLAYS[name], encoding="utf-8")
    policy = load(path)
    assert policy.id == name
    link = policy.parameters["evaluation_link"].values[-1].value
    # Kinds that the overlay does not name keep what they inherit.
    assert set(link) == {"region", "hospital", "department"}


def test_the_page_on_overlays_prints_one_of_each_form() -> None:
    assert list(OF_OVERLAYS) == ["county-weights", "without-examinations", "settlement-only"]


@pytest.mark.parametrize("name", OF_OVERLAYS)
def test_an_overlay_of_the_page_on_overlays_loads(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(OF_OVERLAYS[name], encoding="utf-8")
    assert load(path).id == name
