"""The arithmetic: indicators → scores → restriction → settlement → next year's budget."""

from fundeval.evaluation.pipeline import evaluate, judge, measure

__all__ = ["evaluate", "judge", "measure"]
