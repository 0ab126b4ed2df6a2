"""Tests of changing deployed functions."""
