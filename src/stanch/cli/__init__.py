"""The command line: parse, call, write, exit. The only place where errors become exit statuses."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from stanch.cli.statuses import CLEAN, INCOMPLETE, USAGE
from stanch.cli.streams import tell
from stanch.errors import ReaderGone, StanchError

PLAIN: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = {
    ("hook",): ("stanch.cli.hooking", {}),
    ("scan", "--staged"): ("stanch.cli.scanning", {"staged": True}),
    ("scan", "--staged", "-q"): ("stanch.cli.scanning", {"staged": True, "quiet": True}),
}
"""The command lines of hooks, the module that runs each, and what is given. click is not imported for them: it would
take a third of the time."""

GARBAGE = 50_000
"""Objects made before Python looks for garbage: what is imported is none, and a hook ends before there is any."""


def main() -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 wrong usage, 3 nothing found but incomplete."""
    try:
        status = _called(tuple(sys.argv[1:]))
        gc.freeze()  # else Python looks through everything once more when it exits
        sys.exit(status)
    except StanchError as error:
        tell(str(error))
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
    except ReaderGone:
        # Python would complain of the closed pipe once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLEAN)
    except Exception as error:  # a crash must not look like a finding, which Python's own status 1 would
        tell(f"internal error, please report it: {_where(error)}")
        sys.exit(INCOMPLETE)


def _called(arguments: tuple[str, ...]) -> int:
    """Do what the arguments say, and return the exit status."""
    gc.set_threshold(GARBAGE)
    if arguments not in PLAIN:
        from stanch.cli.commands import call

        return call()
    name, given = PLAIN[arguments]
    module = import_module(name)
    status: int = module.run(**given)
    return status


def _where(error: Exception) -> str:
    """Return what went wrong and where, without the error's text: that may hold what was scanned."""
    import traceback

    calls = [f"{Path(call.filename).name}:{call.lineno}" for call in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} in {' > '.join(calls[-4:])}"
