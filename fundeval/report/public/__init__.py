"""The page for the public, with small numbers hidden beyond recovery."""
