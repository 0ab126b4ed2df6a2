"""Layers of encoded text."""
