"""What a policy says of each of its entries: what it is called, and where it comes from."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from fundeval.strict_yaml import StrictModel

Bilingual = Annotated[dict[Literal["zh", "en"], str], Field(min_length=2)]


class Source(StrictModel):
    """Where a value comes from, and when somebody last looked."""

    kind: Literal["regulation", "document", "local", "assumption"]
    cite: str = Field(min_length=1)
    # The citation in English; without it `cite` stands in both languages.
    cite_en: str | None = Field(None, min_length=1)
    checked_on: dt.date
