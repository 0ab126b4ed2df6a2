"""Tests of moving credentials out of files."""
