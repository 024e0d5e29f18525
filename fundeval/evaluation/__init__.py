"""The arithmetic: indicators → scores → restriction → settlement → next year's budget.

Each rule is a stage: a pure function of `Inputs` (the tables of the data set, prepared for the
evaluated year), of `Rules` (the policy in force) and of what stages before it returned. It
returns a frame with the columns that `FRAMES` names, sorted by its key, money in whole 分
(`Int64`) until `evaluate` turns it into 元, rates as fractions, and a reason beside each value
that is missing.
"""

from fundeval.evaluation.pipeline import evaluate, judge, judge_outcomes, measure

__all__ = ["evaluate", "judge", "judge_outcomes", "measure"]
