"""Every overlay printed in docs/next-budget.md is a policy that loads."""

import re
from pathlib import Path

import pytest

from fundeval.policy import load

PAGE = Path(__file__).parents[2] / "docs" / "next-budget.md"
OVERLAYS = {
    match[1]: match[0]
    for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if (match := re.match(r"id: (\S+)\n.*", block, re.DOTALL))
}


def test_the_page_prints_the_programmes_it_speaks_of() -> None:
    assert len(OVERLAYS) == 6


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_of_the_page_loads(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(OVERLAYS[name], encoding="utf-8")
    policy = load(path)
    assert policy.id == name
    link = policy.parameters["evaluation_link"].values[-1].value
    # Kinds that the overlay does not name keep what they inherit.
    assert set(link) == {"region", "hospital", "department"}
