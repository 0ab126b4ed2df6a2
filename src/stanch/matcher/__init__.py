"""The matcher: turns the prefilter's hits into candidates, spans that a rule really matches.

`tokens` tries the expressions of token rules at an anchor; `assignments` reads a name and its value from a
line; `keyed` looks up which rules such a pair satisfies. What they find depends on the text alone, never on
which engine pointed there.
"""

TIMEOUT = 1.0
"""Seconds that one attempt may take: rules of others may backtrack without end."""
