"""To which unit the rows of one that has ended belong."""

import pandas as pd

from fundeval.tables.succession import successors


def units(**following: str | None) -> pd.DataFrame:
    """Return units that all ended in 2021 but those that nobody follows."""
    ends = [pd.Timestamp(2021, 12, 31) if after else pd.NaT for after in following.values()]
    ids = {"unit_id": [*following], "successor_id": [*following.values()]}
    return pd.DataFrame({**ids, "valid_from": pd.NaT, "valid_to": ends})


def test_a_chain_ends_in_its_last_unit() -> None:
    chain = units(A="B", B="C", C="D", D=None)
    assert successors(chain, 2024).to_dict() == {"A": "D", "B": "D", "C": "D"}


def test_who_is_followed_in_a_circle_or_leads_into_one_has_no_successor() -> None:
    assert successors(units(A="B", B="A", C="A", S="S", D="E", E=None), 2024).to_dict() == {
        "D": "E"
    }
