"""Charts as SVG with selectable text and a text alternative."""
