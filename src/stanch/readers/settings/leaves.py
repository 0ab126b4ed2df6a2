"""What is known of single places in trees: where a credential stands by the format's own word, where none can stand."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from stanch.readers import Assignment
from stanch.readers.settings.literals import Literal
from stanch.regexes import lazy

LONGEST_VALUE = 8_192
"""A longer value is no credential; what stands in it is read all the same."""


class Leaf(NamedTuple):
    """A value in a tree."""

    name: bytes
    literal: Literal
    section: bytes
    key: bytes
    """Its own key, which need not be its name; empty in a sequence."""
    around: bytes
    """The key of the collection that it stands in."""
    outer: bytes
    """The key around that."""
    secret: bool
    """Is it of a Kubernetes Secret's data?"""
    beside: dict[bytes, bytes]
    """Keys and values that stand in the same object."""


_USER = lazy(rb"[^\x00-\x20:]{1,128}:(?P<password>[^\x00-\x1f\x7f]{3,2048})")
_PAIRS = {
    b"npmAuthIdent": _USER,
    b"slack": lazy(rb"[\w.-]{1,80}:(?P<password>[A-Za-z0-9]{24})(?:#\S*)?"),
}
"""Keys of a user and a password, of an account and its token: Yarn's, and Travis CI's notifications.
https://yarnpkg.com/configuration/yarnrc#npmAuthIdent https://docs.travis-ci.com/user/notifications/"""
_TEXT = lazy(rb"[^\x00-\x08\x0e-\x1f\x7f]+")
_HOSTED = frozenset((b"github-oauth", b"gitlab-oauth", b"gitlab-token", b"forgejo-token", b"bearer"))
"""Keys of Composer's auth.json under which each host has a token. https://getcomposer.org/doc/articles/authentication-for-private-packages.md"""
_KUBECONFIG = {b"token": b"token", b"password": b"password", b"client-key-data": b"private_key"}
_DOCKER = {b"identitytoken": b"token", b"registrytoken": b"token", b"password": b"password"}
_PRIVATE = frozenset((b"d", b"k", b"p", b"q"))
"""Members of a JSON Web Key that are private: RFC 7518, section 6."""
_POINTED = frozenset((b"parameter-store", b"secrets-manager", b"secretKeyRef", b"configMapKeyRef", b"secretRef"))
"""Collections of names under which the values are stored elsewhere."""
_POINTERS = frozenset((b"valueFrom", b"secretName", b"Ref", b"$ref"))
_ENCRYPTED = frozenset((b"secure", b"encryptionsalt", b"encryptedkey", b"encryptionSalt", b"encryptedKey"))
"""Keys of ciphertext: Pulumi's stacks, Travis CI, AppVeyor."""
_SEALED = frozenset((b"encryptedData",))
_TAGGED = lazy(
    rb"!(?:vault(?:-encrypted)?|secret|env_var|include|Ref|GetAtt|ImportValue|Condition|reference|encrypted.*)"
)
_EXPRESSION = lazy(rb"(?s)\[(?!\[)[A-Za-z]\w*\(.*\][ ]*")
"""An expression of Azure Resource Manager's templates."""


_FALLBACK = lazy(
    rb"""\$\{[a-z]+(?:\([\w.-]*\))?:[^{}'",]{1,100},[ ]*(?P<quote>["'])(?P<value>[^"'{}]+)(?P=quote)[ ]*\}"""
)
"""A variable of the Serverless Framework, with what counts where it is not set."""


def unbase64(text: bytes) -> bytes | None:
    """Return what a text in base64 says when that is text as well, or None."""
    try:
        decoded = base64.b64decode(b"".join(text.split()), validate=True)
        decoded.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded if _TEXT.fullmatch(decoded) else None


def decoded(leaf: Leaf) -> Literal:
    """Return a leaf's text, decoded where its place says that it is in base64."""
    if leaf.secret or leaf.literal.tag == b"!!binary":
        said = unbase64(leaf.literal.value)
        if said is not None:
            return leaf.literal.meaning(said)
    return leaf.literal


def assignment(leaf: Leaf, literal: Literal) -> Iterator[Assignment]:
    """Yield what a leaf with this text assigns: nothing, or one value."""
    if leaf.key in (b"auth", b"_auth") and (said := unbase64(literal.value)):
        found = _USER.fullmatch(said)
        if found:  # of `.docker/config.json`
            parts = literal.parts()
            yield Assignment(
                b"password", found["password"], ((parts[0][0], parts[-1][1]),), True, section=leaf.section, sure=True
            )
            return
    pair = _PAIRS.get(leaf.key) or _PAIRS.get(leaf.around)
    if pair and (found := pair.fullmatch(literal.value)):
        parts = literal.parts(*found.span("password"))
        yield Assignment(
            b"password",
            found["password"],
            parts,
            True,
            section=b" ".join(filter(None, (leaf.section, leaf.key))),
            sure=True,
        )
        return
    if found := _FALLBACK.fullmatch(literal.value):
        literal = literal.cut(*found.span("value"))
    value = literal.value
    if not (leaf.name and 4 <= len(value) <= LONGEST_VALUE):
        return
    name = _sure(leaf)
    yield Assignment(
        name or leaf.name, value, literal.parts(), literal.quoted, _elsewhere(leaf, literal), leaf.section, bool(name)
    )


def _sure(leaf: Leaf) -> bytes:
    """Return what the format calls the credential that stands here; nothing where it does not say so."""
    if leaf.around in _HOSTED and b"." in leaf.key:
        return b"token"
    if leaf.around == b"user" and leaf.outer == b"users":
        return _KUBECONFIG.get(leaf.key, b"")
    if leaf.outer == b"auths":
        return _DOCKER.get(leaf.key, b"")
    if leaf.outer == b"credentials" and b"." in leaf.around and leaf.key == b"token":  # of Terraform
        return b"token"
    return b"private_key" if b"kty" in leaf.beside and leaf.key in _PRIVATE else b""


def _elsewhere(leaf: Leaf, literal: Literal) -> bool:
    """Is it no value, but where one is, or what one was encrypted to?"""
    if leaf.key in _POINTERS or leaf.key in _ENCRYPTED or leaf.around in _POINTED or leaf.around in _SEALED:
        return True
    if literal.tag and _TAGGED.fullmatch(literal.tag):
        return True
    return literal.value[:1] == b"[" and _EXPRESSION.fullmatch(literal.value) is not None
