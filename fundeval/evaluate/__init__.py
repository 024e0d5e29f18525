"""The arithmetic: indicators → scores → restriction → settlement → next year's budget."""

from fundeval.evaluate.evaluate import evaluate

__all__ = ["evaluate"]
