"""Numbers, labels and fragments of HTML, as people read them."""
