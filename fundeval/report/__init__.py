"""What people read: numbers, charts, the parts of a report, its HTML and the index."""

from fundeval.report.report import Report, open_unit


def warm_up(evaluation: str, lang: str) -> None:
    """Make this process warm: what every report needs and no report changes."""
    # Only here: it needs nbconvert, which a notebook must not pay for.
    from fundeval.report.warm import warm_up as warm  # noqa: PLC0415

    warm(evaluation, lang)


__all__ = ["Report", "open_unit", "warm_up"]
