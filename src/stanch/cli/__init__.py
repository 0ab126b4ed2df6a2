"""The command line: parse, call, write, exit. The only place where errors become exit statuses."""

from __future__ import annotations

import gc
import signal
import sys
from importlib import import_module
from typing import Any

from stanch import stopping
from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE, SIGNALLED, USAGE
from stanch.cli.streams import settle, tell
from stanch.errors import OutputError, ReaderGone, StanchError, where
from stanch.stopping import Stopped

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
    """Run the command line and exit; docs/exit-codes.md says with which status."""
    gc.set_threshold(GARBAGE)
    with stopping.listening():
        status = _status()
        unwritten = settle(sys.stdout)
        if unwritten and not isinstance(unwritten, BrokenPipeError) and status in (CLEAN, FOUND):
            tell(f"standard output: {unwritten.strerror}")
            status = INCOMPLETE
        settle(sys.stderr)
    number = stopping.received()
    gc.freeze()  # else Python looks through everything once more when it exits
    sys.exit(SIGNALLED + number if number else status)


def _status() -> int:
    """Run the command line, say what is wrong, and return the exit status."""
    try:
        return stopping.interruptibly(_called, tuple(sys.argv[1:]))
    except Stopped:
        return CLEAN  # as far as it got; `main` asks for the signal
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    except OutputError as error:
        tell(str(error))
        return INCOMPLETE
    except StanchError as error:
        tell(str(error))
        return USAGE
    except (ReaderGone, BrokenPipeError):
        return CLEAN
    except OSError as error:
        tell(f"{error.strerror}: {where(error)}")
        return INCOMPLETE
    except Exception as error:  # a crash must not look like a finding, which Python's own status 1 would
        tell(f"internal error, please report it: {where(error)}")
        return INCOMPLETE


def _called(arguments: tuple[str, ...]) -> int:
    """Do what the arguments say, and return the exit status."""
    if arguments not in PLAIN:
        from stanch.cli.commands import call

        return call()
    name, given = PLAIN[arguments]
    status: int = import_module(name).run(**given)
    return status
