"""Plain text for the terminal: derivations, policies, definitions of indicators."""
