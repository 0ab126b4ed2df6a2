"""Verification, against real servers on loopback."""
