"""Tests of a sweep."""
