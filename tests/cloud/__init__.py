"""Cloud sources."""
