"""Tests of stanch as a hook of real git commands."""
