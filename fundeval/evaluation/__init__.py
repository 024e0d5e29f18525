"""The arithmetic: indicators → scores → restriction → settlement → next year's budget."""

from fundeval.evaluation.pipeline import evaluate

__all__ = ["evaluate"]
