"""stanch finds hardcoded credentials and says how to move each one to a vault."""

__version__ = "0.1.0.dev0"
