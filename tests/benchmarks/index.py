"""How large the index of a run is and what it takes to make. Run by hand:

    python -m tests.benchmarks.index [TIMES ...]

Each TIMES (1 and 60 by default: 686 and 41 160 units) is how often the sample city is repeated.
Every region and hospital has a report; with `--departments` every department too.
"""

import sys
import time

from fundeval import policy
from fundeval.batch.jobs import file_stem
from fundeval.evaluation import evaluate
from fundeval.report.pages.run_index import Entry, render_index
from fundeval.tables import load
from tests.benchmarks.evaluate import enlarge


def main() -> None:
    city, rules = load("sample:city"), policy.load("national")
    kinds = ["region", "hospital", *["department"] * ("--departments" in sys.argv)]
    for times in [int(each) for each in sys.argv[1:] if each.isdigit()] or [1, 60]:
        evaluation = evaluate(enlarge(city, times), rules, 2024)
        units = evaluation.units
        ids = units.loc[units["kind"].isin(kinds), "unit_id"]
        entries = {unit: Entry(f"reports/{file_stem(unit)}.html") for unit in ids}
        start = time.process_time()
        pages = render_index(evaluation, entries, "zh", stem=file_stem)
        seconds = time.process_time() - start
        sizes = {name: len(page.encode()) for name, page in pages.items()}
        largest = max((name for name in sizes if "search" not in name), key=sizes.__getitem__)
        print(
            f"{len(units)} units, {len(ids)} listed: {seconds:.1f} CPU s, {len(pages)} pages, "
            f"first {sizes['index.html']:,} bytes, largest {largest} {sizes[largest]:,}, "
            f"search {sizes.get('index/search.html', 0):,}, all {sum(sizes.values()):,}"
        )


if __name__ == "__main__":
    main()
