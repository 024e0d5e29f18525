"""What an evaluator works with: an evaluation by name, in words, and what another rule would do."""

from fundeval.jupyter import prepare_notebook
from fundeval.workbench.run import Run, evaluate, open_run
from fundeval.workbench.unit import Unit

prepare_notebook()

__all__ = ["Run", "Unit", "evaluate", "open_run"]
