"""Next year's budget: growth, limits, the envelope, and how money is shared out."""
