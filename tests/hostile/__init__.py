"""Tests of what hostile repositories try."""
