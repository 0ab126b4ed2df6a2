"""Makes `python -m stanch` the same as `stanch`."""

from stanch.cli import main

main()
