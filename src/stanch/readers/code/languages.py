"""What the grammars of programming languages call the nodes that name a value: data for the one walk of all of them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Parser, Query

Place = str | int
"""Where a part of a node stands: the name of a field or else the type of a child, or the number of a named child, from
the end if negative."""


class Pair(NamedTuple):
    """A node that gives a value to a name."""

    name: Place
    value: Place
    type: str = "type"
    """The field of a type's annotation, which looks like a value and is none."""
    within: str = ""
    """The type of node that it must stand in."""
    behind: bool = False
    """Does the value stand behind the node and a sign?"""


class Grammar(NamedTuple):
    """A language: its package, and which of its nodes are what."""

    package: str
    entry: str
    pairs: dict[str, Pair]
    calls: tuple[str, ...]
    compares: tuple[str, ...]
    scopes: tuple[str, ...]
    """What has a name and other names within it."""
    lists: tuple[str, ...] = ()
    """What may hold the words of a command."""


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
    ("array",),
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
        ("list", "tuple"),
    ),
    "java": Grammar(
        "tree_sitter_java",
        "language",
        {
            "variable_declarator": _NAMED,
            "assignment_expression": _SIDES,
            "element_value_pair": Pair("key", "value"),
        },
        (
            "method_invocation",
            "object_creation_expression",
            "enum_constant",
            "annotation",
            "explicit_constructor_invocation",
        ),
        ("binary_expression",),
        ("class_declaration", "method_declaration", "interface_declaration", "enum_declaration"),
        ("array_initializer",),
    ),
    "c-sharp": Grammar(
        "tree_sitter_c_sharp",
        "language",
        {
            "variable_declarator": Pair("name", -1),
            "assignment_expression": _SIDES,
            "property_declaration": _NAMED,
            "parameter": Pair("name", -1),
            "argument": Pair("name", -1),
            "attribute_argument": Pair("name", -1),
            "enum_member_declaration": _NAMED,
            "initializer_expression": Pair(0, 1, within="initializer_expression"),
        },
        ("invocation_expression", "object_creation_expression", "implicit_object_creation_expression", "attribute"),
        ("binary_expression",),
        ("class_declaration", "method_declaration", "interface_declaration", "enum_declaration", "record_declaration"),
    ),
    "go": Grammar(
        "tree_sitter_go",
        "language",
        {
            "const_spec": _NAMED,
            "var_spec": _NAMED,
            "short_var_declaration": _SIDES,
            "assignment_statement": _SIDES,
            "keyed_element": Pair("key", "value"),
        },
        ("call_expression",),
        ("binary_expression",),
        ("function_declaration", "method_declaration", "type_spec"),
        ("literal_value",),
    ),
    "ruby": Grammar(
        "tree_sitter_ruby",
        "language",
        {
            "assignment": _SIDES,
            "operator_assignment": _SIDES,
            "pair": Pair("key", "value"),
            "optional_parameter": _NAMED,
            "keyword_parameter": _NAMED,
        },
        ("call",),
        ("binary",),
        ("class", "module", "method", "singleton_method"),
        ("array",),
    ),
    "php": Grammar(
        "tree_sitter_php",
        "language_php",
        {
            "assignment_expression": _SIDES,
            "augmented_assignment_expression": _SIDES,
            "array_element_initializer": Pair(0, 1),
            "const_element": Pair(0, 1),
            "property_element": Pair("name", "default_value"),
            "simple_parameter": Pair("name", "default_value"),
            "property_promotion_parameter": Pair("name", "default_value"),
            "argument": Pair("name", -1),
            "enum_case": _NAMED,
        },
        (
            "function_call_expression",
            "member_call_expression",
            "scoped_call_expression",
            "object_creation_expression",
            "nullsafe_member_call_expression",
            "attribute",
        ),
        ("binary_expression",),
        ("class_declaration", "method_declaration", "function_definition", "interface_declaration", "enum_declaration"),
    ),
    "kotlin": Grammar(
        "tree_sitter_kotlin",
        "language",
        {
            "property_declaration": Pair("variable_declaration", -1),
            "class_parameter": Pair("identifier", -1),
            "parameter": Pair("identifier", -1, behind=True),
            "assignment": _SIDES,
            "value_argument": Pair("identifier", -1),
            "infix_expression": Pair(0, 2),
        },
        ("call_expression", "constructor_invocation"),
        ("binary_expression",),
        ("class_declaration", "object_declaration", "function_declaration"),
    ),
}
"""Each language that is read."""
GRAMMARS["php-only"] = GRAMMARS["php"]._replace(entry="language_php_only")
"""A region of PHP that begins behind its `<?php`."""


class Tools(NamedTuple):
    """What reads one language."""

    parser: Parser
    query: Query
    grammar: Grammar


def _binding(package: str) -> ModuleType:
    """Return the compiled module of a grammar's package, without what the package imports to offer its queries."""
    found = PathFinder.find_spec(package)
    inner = PathFinder.find_spec("_binding", found.submodule_search_locations) if found else None
    if inner is None or inner.loader is None:
        return import_module(package)
    module = inner.loader.create_module(inner)
    if module is None:
        return import_module(package)
    inner.loader.exec_module(module)
    return module


@cache
def tools(name: str) -> Tools:
    """Return the parser of a language of GRAMMARS, and the query for the nodes that count. Compiled once: 2 ms."""
    from tree_sitter import Language, Parser, Query

    grammar = GRAMMARS[name]
    language = Language(getattr(_binding(grammar.package), grammar.entry)())
    kinds = (*grammar.pairs, *grammar.calls, *grammar.compares, *grammar.scopes, *grammar.lists)
    query = Query(language, f"[{''.join(f'({kind})' for kind in kinds)}] @node")
    return Tools(Parser(language), query, grammar)
