"""Tests of what goes wrong: an incomplete scan says so, and everything else is scanned and reported."""
