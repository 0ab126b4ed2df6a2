"""Regular expressions that are compiled when they are first used, and once: there are many, and a hook meets few."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, AnyStr

if TYPE_CHECKING:
    import regex


class _Expression:
    """Takes a method from the compiled expression when it is first asked for."""

    def __init__(self, text: Any, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        method = getattr(re.compile(*self._given), name)
        setattr(self, name, method)  # so that this is not called again
        return method


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what stands for `re.compile(text, flags)` wherever a method is called on it."""
    return _Expression(text, flags)  # type: ignore[return-value]


@cache
def compiled(text: str) -> regex.Pattern[bytes]:
    """Return a rule's expression as `regex` compiles it, which takes milliseconds: once in a process, whoever asks.

    Raises `regex.error`.
    """
    import regex  # a hook that meets no candidate does not need it

    # The cache of `regex`, once full, throws patterns out at random; a strategy must not touch that generator.
    return regex.compile(text.encode(), cache_pattern=False)
