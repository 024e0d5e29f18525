"""Small data sets that ship with the package, and what makes the invented one."""
