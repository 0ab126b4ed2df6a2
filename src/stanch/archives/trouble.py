"""Why something of an archive was not read."""

from __future__ import annotations

BOUND = "archive-bound"
CORRUPT = "corrupt-archive"
UNSUPPORTED = "unsupported-archive"


class Trouble(Exception):
    """Content ends before its end: `kind` is one of those above, `detail` one line."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.told = False
        """Has it been passed on? What lies inside of content that ends, ends with it."""

    def bare(self) -> Trouble:
        """Return this without the frames that it was raised through: they hold content, and would for long."""
        self.__traceback__ = self.__cause__ = self.__context__ = None
        return self
