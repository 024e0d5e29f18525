"""The parts of the invented city: places, special cases, ledgers, care and funds."""
