"""Make data sets of the files people have: template, check, convert, merge."""
