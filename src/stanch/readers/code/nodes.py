"""The nodes of a syntax tree: ways to them, and what grammars call those of expressions, meaning the same in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


_WIDEST_ERROR = 4_000
"""A query takes a time that grows with the square of an error's nodes: it is asked only where these are fewer."""


def nth(node: Node, position: int) -> Node | None:
    """Return the named child at a position, from the end if it is negative; None where there is none."""
    count = node.named_child_count
    position = position if position >= 0 else count + position
    return node.named_child(position) if 0 <= position < count else None


def walk(root: Node) -> Iterator[Node]:
    """Yield a node and all named ones in it, in the order of the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.named_children))


def second(node: Node) -> Node | None:
    """Return the second child, named or not: the sign in `a + b`."""
    return node.child(1) if node.child_count > 1 else None


def in_order(node: Node) -> tuple[int, int]:
    """Sort nodes by where they begin, the outer ones first."""
    return node.start_byte, -node.end_byte


_BY_TYPE = frozenset(("identifier", "variable_declaration"))


def at(node: Node, place: str | int) -> Node | None:
    """Return the child in a field, or of a type where the grammar has no field for it, or at a position; else None."""
    if isinstance(place, str):
        found = node.child_by_field_name(place)
        if found is None and place in _BY_TYPE:
            return next((child for child in node.named_children if child.type == place), None)
        return found
    return nth(node, place)


def is_torn(root: Node) -> bool:
    """Is there an error with so many nodes that no query of them ends in time?"""
    left = [root] if root.has_error else []
    while left:
        node = left.pop()
        if node.is_error and node.child_count > _WIDEST_ERROR:
            return True
        left.extend(child for child in node.children if child.has_error)
    return False


def kinds(text: str) -> frozenset[str]:
    """Return the node types that a text lists."""
    return frozenset(text.split())


STRINGS = kinds(
    "string string_literal raw_string_literal interpreted_string_literal template_string char_literal "
    "character_literal rune_literal verbatim_string_literal interpolated_string_expression encapsed_string "
    "raw_string heredoc_body line_string_literal multi_line_string_literal multiline_string_literal "
    "raw_string_literal  translated_string expandable_string_literal verbatim_string_characters "
    "interpolated_string heredoc nowdoc expandable_here_string_literal verbatim_here_string_characters "
    "simple_symbol bare_string nowdoc_body"
)
"""Node types of literals, in any of the grammars."""
JUXTAPOSED = kinds("concatenated_string chained_string")
BINARY = kinds(
    "binary_expression binary_operator binary additive_expression boolean_operator infix_expression "
    "null_coalescing elvis_expression nil_coalescing_expression disjunction_expression"
)
TERNARY = kinds("ternary_expression conditional_expression conditional if_expression")
WRAPPERS = kinds(
    "parenthesized_expression parenthesized_statements as_expression satisfies_expression non_null_expression "
    "cast_expression type_assertion await_expression element_value literal_element expression_list argument "
    "value_argument unary_expression reference_expression string_literal_expression pipeline pipeline_chain "
    "jsx_expression const_block unary_operator default_value type_conversion_expression arrow_expression_clause "
    "array_element_initializer"
)
"""What says the same as the last expression in it."""
CALLS = kinds(
    "call call_expression new_expression method_invocation object_creation_expression invocation_expression "
    "implicit_object_creation_expression function_call_expression member_call_expression scoped_call_expression "
    "nullsafe_member_call_expression instance_expression constructor_invocation macro_invocation"
)
NAMES = kinds("identifier variable_name shorthand_property_identifier simple_identifier constant variable")
LISTS = kinds(
    "string_array array list tuple array_creation_expression array_expression list_literal expression_list "
    "pattern_list right_assignment_list tuple_expression array_initializer initializer_expression "
    "collection_expression composite_literal"
)

BODIES = kinds("literal_value array_initializer initializer_expression")
"""What holds a list's items, where it has a type too."""
TARGETS = kinds(
    "object_pattern array_pattern pattern_list tuple_pattern list_pattern left_assignment_list expression_list "
    "list_literal"
)
"""Several names that are given values at once."""
OPENS = kinds("object dictionary hash arrow_function function_expression function lambda class") | LISTS
PLAIN_NAMES = NAMES | kinds(
    "member_expression subscript_expression attribute subscript field_access member_access_expression "
    "element_access_expression selector_expression index_expression element_reference navigation_expression "
    "field_expression instance_variable global_variable"
)
