"""Stopping before the end, at a signal or a time limit: `Stopped` is raised where that does no harm.

Signals belong to the process, so there is one state. Nothing is raised while it is `held`, but in what is called
`interruptibly`; who is interrupted there keeps what is done, and goes on to the report.
"""

from __future__ import annotations

import atexit
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ParamSpec, TypeVar

from stanch import whole
from stanch.values import dataclass

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BEAT = 0.3
"""Seconds after which an alarm makes Python look for signals: one that came just before it began to wait for git or a
pipe would not end the wait."""
AGAIN = 0.7
"""Seconds after which `Stopped` is raised once more, should something have swallowed it."""

P = ParamSpec("P")
T = TypeVar("T")


class Stopped(BaseException):
    """The work must end here. Not an Exception: nobody who handles failures may take it for one."""


@dataclass
class _State:
    listening: bool = False
    signal: int = 0
    due: bool = False
    raised: float = 0.0
    held: bool = False
    until: float = math.inf
    alarmed: bool = False


_state = _State()


@contextmanager
def listening() -> Iterator[None]:
    """Take the signals that end a program, and hold them; one that nohup or the like has us ignore stays ignored."""
    _state.listening, _state.signal, _state.due, _state.held = True, 0, False, True
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, _on_signal)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
        _state.listening = _state.held = False


def leave_to_parent() -> None:
    """In a worker: no signal and no time limit is ours to follow. Ctrl-C and `kill -- -GROUP` reach us too."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    vars(_state).update(vars(_State()))


def received() -> int:
    """Return the number of the signal that ends this process; 0 when none came."""
    return _state.signal


def must_stop() -> bool:
    """Has a signal come, or the time run out, in this phase?"""
    return _state.due or time.monotonic() > _state.until


def check() -> None:
    """Raise Stopped when it is due."""
    if must_stop():
        raise Stopped


@contextmanager
def held() -> Iterator[None]:
    """Raise nothing within, but in what is called `interruptibly`; raise for a signal when leaving to where one may."""
    before, _state.held = _state.held, True
    try:
        yield
    finally:
        _state.held = before
    if _state.signal and not before:
        raise Stopped


def interruptibly(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what `function` returns, or raise Stopped out of the midst of it.

    Not a context manager: Python runs handlers where a function begins, so it could be left without its `__exit__`.
    """
    before = _state.held
    try:
        _state.held = False
        check()
        return function(*arguments, **named)
    finally:
        _state.held = before


def wholly(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what `function` returns, and raise Stopped before or after it only: what it makes is never half made."""
    before = _state.held
    try:
        _state.held = True
        made = function(*arguments, **named)
    finally:
        _state.held = before
    if _state.due and not before:
        raise Stopped
    return made


def aside(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what `function` returns or raise what it raises, called in a thread.

    For a call into C that takes seconds: Python handles signals between its own instructions only.
    """
    from threading import Thread

    answers: list[T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            answers.append(function(*arguments, **named))
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=call, daemon=True)
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return answers[0]


@contextmanager
def phase(seconds: float | None = None) -> Iterator[None]:
    """Let what is called within be stopped after `seconds`, or by a signal that comes meanwhile; not by an earlier one.

    Outside the main thread, which alone is interrupted, the limit is looked at where `check` is called.
    """
    _state.due, _state.until = False, math.inf if seconds is None else time.monotonic() + seconds
    before = None
    if seconds is not None or _state.listening:  # else the alarm is somebody else's
        with suppress(ValueError):  # not the main thread
            before = signal.signal(signal.SIGALRM, _on_alarm)
    _state.alarmed = before is not None
    _set_alarm()
    try:
        yield
    finally:
        _state.alarmed = False
        if before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        _state.due, _state.until = False, math.inf


def end_children() -> None:
    """Kill the processes that we started and that still run: a git that was interrupted, or hangs; workers."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listed:
            children = [int(child) for child in listed.read().split()]
    except OSError:  # a system that does not list them; git ends by itself when its pipes close
        workers = sys.modules.get("multiprocessing.process")
        children = [worker.pid for worker in workers.active_children()] if workers else []
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _on_signal(number: int, _frame: object) -> None:
    if _state.signal:
        _end(number)
    _state.signal = number
    _fall_due()


def _on_alarm(_number: int, _frame: object) -> None:
    now = time.monotonic()
    if now >= (_state.raised + AGAIN if _state.due else _state.until):
        _fall_due()
    _set_alarm()


def _set_alarm() -> None:
    if _state.alarmed:
        left = AGAIN if _state.due else min(_state.until - time.monotonic(), BEAT)
        signal.setitimer(signal.ITIMER_REAL, max(left, 1e-6))  # 0 would mean never


def _fall_due() -> None:
    _state.due, _state.raised = True, time.monotonic()
    _set_alarm()
    if not _state.held:
        raise Stopped


def _end(number: int) -> None:
    """End at once, at a second signal: leave no half report, no process, no temporary folder, no hidden cursor."""
    end_children()
    whole.abandon()
    with suppress(Exception):  # nobody is left to be told
        atexit._run_exitfuncs()
    if os.isatty(2):
        os.write(2, b"\x1b[?25h")
    os._exit(128 + number)
