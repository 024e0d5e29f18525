"""How time and memory of an evaluation grow with the number of units. Run by hand, on Unix:

    python tests/benchmarks/evaluate.py [TIMES ...]

Each TIMES (6 and 60 by default: about 4 000 and 40 000 units, five years, all indicators) is
how often the sample city is repeated. Sizes rise, so that the peak of memory is that of each.
"""

import resource
import sys
import time
from dataclasses import replace

import pandas as pd

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.tables import Dataset, load
from fundeval.tables.schemas import TABLES

IDS = ["unit_id", "parent_id", "alliance_id", "successor_id", "project_id"]
# ru_maxrss is in bytes there, in kilobytes elsewhere.
UNITS_A_MEGABYTE = 1024**2 if sys.platform == "darwin" else 1024


def enlarge(dataset: Dataset, times: int) -> Dataset:
    """Return the data set with every unit repeated, each copy with ids of its own."""
    tables = {}
    for name in TABLES:
        table = getattr(dataset, name)
        ids = table.columns.intersection(IDS)
        copies = [table.assign(**{c: table[c] + f"~{n:03}" for c in ids}) for n in range(times)]
        tables[name] = pd.concat(copies, ignore_index=True)
    return replace(dataset, **tables)


def main() -> None:
    city, rules = load("sample:city"), policy.load("national")
    spent: list[tuple[int, float]] = []
    for times in sorted(map(int, sys.argv[1:] or ["6", "60"])):
        large = enlarge(city, times)
        start = time.process_time()
        evaluation = evaluate(large, rules, 2024)
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNITS_A_MEGABYTE
        units, values = len(large.units), len(evaluation.indicators)
        print(f"{units:6} units: {seconds:6.1f} CPU s, peak {peak:5.0f} MB, {values} indicators")
        spent.append((units, seconds))
    (few, quick), (many, slow) = spent[0], spent[-1]
    print(f"{many / few:.1f} times the units took {slow / quick:.1f} times the time")


if __name__ == "__main__":
    main()
