"""From the files people have to a data set: template, check, convert, merge."""
