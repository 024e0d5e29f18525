"""The arithmetic: indicators → scores → restriction → settlement → next year's budget."""

from fundeval.evaluate.evaluate import evaluate
from fundeval.evaluate.evaluation import FRAMES, Evaluation

__all__ = ["FRAMES", "Evaluation", "evaluate"]
