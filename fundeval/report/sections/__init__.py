"""The sections of a report, one file a subject; each returns a fragment of HTML."""
