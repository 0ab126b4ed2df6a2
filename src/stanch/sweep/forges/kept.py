"""Pages of listings, kept with their ETags: one that has not changed costs an answer without a body."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from stanch import cache

_SALT = 16
"""Bytes. With the salt of its folder a file's name tells nobody which organisation was listed."""


class Kept:
    """The pages in a folder. They hold what a sweep needs of them, never a token or what came beside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _salt(self) -> bytes:
        path = self._folder / "salt"
        if len(cache.read_own(path) or b"") != _SALT:
            cache.write(path, os.urandom(_SALT))
        return cache.read_own(path) or os.urandom(_SALT)  # another sweep's, where that wrote at the same time

    def _path(self, question: str) -> Path:
        return self._folder / f"{hashlib.blake2b(question.encode(), key=self._salt, digest_size=16).hexdigest()}.json"

    def get(self, question: str) -> dict[str, Any]:
        """Return what is kept of a page, nothing where nothing is, or what is there is damaged."""
        content = cache.read_own(self._path(question))
        try:
            known = json.loads(content) if content else {}
        except ValueError as error:
            cache.note("info", "a page of a listing is kept damaged (%s); it is asked for again", type(error).__name__)
            return {}
        return known if isinstance(known, dict) and known.get("question") == question else {}

    def put(self, question: str, page: dict[str, Any]) -> None:
        """Keep a page. A folder that cannot be written costs time later, and nothing now."""
        cache.write(self._path(question), json.dumps({**page, "question": question}).encode())
