"""Verification: asks providers which of the found credentials are live."""
