"""What the grammars of programming languages call the nodes that name a value: data for the one walk of all of them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Parser, Query

Place = str | int
"""Where a part of a node stands: the name of a field, or the number of a named child, from the end if negative."""


class Pair(NamedTuple):
    """A node that gives a value to a name."""

    name: Place
    value: Place
    type: str = "type"
    """The field of a type's annotation, which looks like a value and is none."""


class Grammar(NamedTuple):
    """A language: its package, and which of its nodes are what."""

    package: str
    entry: str
    pairs: dict[str, Pair]
    calls: tuple[str, ...]
    compares: tuple[str, ...]
    scopes: tuple[str, ...]
    """What has a name and other names within it."""


_SIDES = Pair("left", "right")
_NAMED = Pair("name", "value")
_ECMA = Grammar(
    "tree_sitter_javascript",
    "language",
    {
        "variable_declarator": _NAMED,
        "pair": Pair("key", "value"),
        "assignment_expression": _SIDES,
        "augmented_assignment_expression": _SIDES,
        "assignment_pattern": _SIDES,
        "object_assignment_pattern": _SIDES,
        "field_definition": Pair("property", "value"),
        "jsx_attribute": Pair(0, 1),
    },
    ("call_expression", "new_expression"),
    ("binary_expression",),
    ("class_declaration", "function_declaration", "method_definition"),
)
_TYPED = {
    "public_field_definition": _NAMED,
    "required_parameter": Pair("pattern", "value"),
    "optional_parameter": Pair("pattern", "value"),
    "property_signature": _NAMED,
    "enum_assignment": _NAMED,
}
_TYPESCRIPT_PAIRS = {**_ECMA.pairs, **_TYPED}
del _TYPESCRIPT_PAIRS["field_definition"], _TYPESCRIPT_PAIRS["jsx_attribute"]
_TYPESCRIPT = _ECMA._replace(
    package="tree_sitter_typescript", entry="language_typescript", pairs=_TYPESCRIPT_PAIRS,
    scopes=(*_ECMA.scopes, "interface_declaration", "enum_declaration"),
)  # fmt: skip

GRAMMARS: dict[str, Grammar] = {
    "javascript": _ECMA,
    "typescript": _TYPESCRIPT,
    "tsx": _TYPESCRIPT._replace(entry="language_tsx", pairs={**_TYPESCRIPT.pairs, "jsx_attribute": Pair(0, 1)}),
    "python": Grammar(
        "tree_sitter_python",
        "language",
        {
            "assignment": _SIDES,
            "augmented_assignment": _SIDES,
            "named_expression": _NAMED,
            "pair": Pair("key", "value"),
            "keyword_argument": _NAMED,
            "default_parameter": _NAMED,
            "typed_default_parameter": _NAMED,
            "typed_parameter": Pair(0, "value"),
        },
        ("call",),
        ("comparison_operator",),
        ("class_definition", "function_definition"),
    ),
}
"""Each language that is read."""


class Tools(NamedTuple):
    """What reads one language."""

    parser: Parser
    query: Query
    grammar: Grammar


@cache
def tools(name: str) -> Tools:
    """Return the parser of a language of GRAMMARS, and the query for the nodes that count. Compiled once: 2 ms."""
    from tree_sitter import Language, Parser, Query

    grammar = GRAMMARS[name]
    language = Language(getattr(import_module(grammar.package), grammar.entry)())
    patterns = (*grammar.pairs, *grammar.calls, *grammar.compares, *grammar.scopes)
    return Tools(
        Parser(language), Query(language, f"[{''.join(f'({pattern})' for pattern in patterns)}] @node"), grammar
    )
