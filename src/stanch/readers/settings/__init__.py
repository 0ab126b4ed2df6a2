"""Formats of settings: names and values, and what either is built of.

`entries` yields what is found in the flat ones, of which `blocks` walks those with braces; `trees` and `leaves` what
JSON and YAML hold, `embedded` what stands in their texts, and `literals` leads back to where a text stands.
"""
