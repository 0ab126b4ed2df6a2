"""Tests of the patches: files of `before/`, rendered with drawn secrets, and what becomes of them for each store."""
