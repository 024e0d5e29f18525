"""Reports as Word documents, in the form in which bureaus hand them in."""
