"""What a file's name says of a candidate in it: each role lowers a score, none drops a finding."""

from __future__ import annotations

from stanch.regexes import lazy
from stanch.scoring.wording import strangeness

ROLES = {
    "test": lazy(r"(?i)(?:^|[/_.-])(?:tests?|specs?|fixtures?|mocks?|testdata|testing|e2e)(?:[/_.-]|$)|Tests?\.\w+$"),
    "example": lazy(
        r"(?i)(?:^|[/_.-])(?:examples?|samples?|demos?|docs?|tutorials?|templates?|dist)(?:[/_.-]|$)"
        r"|\.(?:md|rst|adoc|txt)$"
    ),
    "generated": lazy(
        r"(?i)[/_.-]lock(?:\.\w+)?$|\.(?:sum|lock|min\.js|map|svg)$|(?:^|/)(?:node_modules|vendor|golden|snapshots?)/"
    ),
    "translation": lazy(
        r"(?i)(?:^|/)(?:i18n|l10n|locales?|lang|languages|translations?|[\w-]+\.lproj)/|\.(?:po|pot|strings|resx|xlf)$"
    ),
}
"""What a path looks like that stands in each role."""

CODE = lazy(
    r"(?i)\.(?:py|pyi|[cm]?[jt]sx?|java|kt|scala|groovy|go|rs|c|cc|cpp|h|hpp|cs|vb|fs|rb|php|pl|pm|swift|m|mm|dart|lua|ex"
    r"|exs|erl|clj|vue|svelte|r|sql)(?:\.(?:tmpl|j2|erb))?$"
)
"""Files in which a word without quotes is an expression."""

_VARIABLE = lazy(rb"[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*)*")
_DRAWN = lazy(rb"(?=\D*\d\D*\d)[A-Za-z0-9_]{16,}")
_SPELT = lazy(rb"[A-Za-z]+[0134][A-Za-z]{1,4}[0134][A-Za-z]+")
"""A word with digits for letters."""
_STRANGE = 0.5


def roles(path: str, *, quoted: bool, secret: bytes) -> dict[str, float]:
    """Return the measures of the file that a candidate stands in, each 0 or 1."""
    found = {f"path:{role}": float(bool(pattern.search(path))) for role, pattern in ROLES.items()}
    bare = not quoted and bool(CODE.search(path))
    variable = bare and bool(_VARIABLE.fullmatch(secret)) and not _is_no_name(secret)
    return {**found, "path:bare-in-code": float(bare), "path:variable-in-code": float(variable)}


def _is_no_name(secret: bytes) -> bool:
    """Is it drawn at random, or spelt with digits, as no variable's name is?"""
    return bool(_SPELT.fullmatch(secret)) or (bool(_DRAWN.fullmatch(secret)) and strangeness(secret) > _STRANGE)
