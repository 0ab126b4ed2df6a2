"""Tests of the checks in code."""
