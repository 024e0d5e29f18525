"""Tables, lists and cells made of the rows of a view."""
