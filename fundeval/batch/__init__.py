"""Many reports: the plan of a run, its execution, its index and its manifest."""
