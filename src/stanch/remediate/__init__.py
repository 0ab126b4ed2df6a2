"""Moves a credential out of files: planned, stored, patched, and undone again where somebody asks for that."""
