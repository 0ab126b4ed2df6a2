"""Regular expressions that are compiled when they are first used: there are many, and a hook meets few of them."""

from __future__ import annotations

import re
from typing import Any, AnyStr


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
