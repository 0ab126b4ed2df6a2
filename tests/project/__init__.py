"""Tests of what stands beside the package: the demo, the documents, the Makefile."""
