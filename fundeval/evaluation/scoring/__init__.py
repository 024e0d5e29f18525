"""From the value of an indicator to points, a score and a grade."""
