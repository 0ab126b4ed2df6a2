"""Names in the environment and in stores, and what a store takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.remediate import names

# name, what is around it, provider, store, environment name, why
ENVIRONMENT = [
    (b"githubCred", b"", "GitHub", "keyvault", "GITHUB_CRED", "camel case is taken apart"),
    (b"DB_PASSWORD", b"", "generic", "ssm", "DB_PASSWORD", "a name of the environment stays"),
    (b"this.apiKey", b"", "Stripe", "ssm", "STRIPE_API_KEY", "a name that says nothing gets the provider's"),
    (b"password", b"spring datasource", "generic", "ssm", "DATASOURCE_PASSWORD", "or that of the group it stands in"),
    (b"password", b"", "generic", "ssm", "APP_PASSWORD", "or the application's where no provider is known"),
    (b"spring.datasource.password", b"", "generic", "ssm", "SPRING_DATASOURCE_PASSWORD", "a path is one name"),
    (b"", b"", "npm", "ssm", "SOME_RULE", "without a name the rule gives it"),
    (b"//registry.example.org/:_authToken", b"", "npm", "none", "REGISTRY_EXAMPLE_ORG_AUTH_TOKEN", "signs go"),
    (b"AWS_SECRET_ACCESS_KEY", b"", "AWS", "ssm", "APP_AWS_SECRET_ACCESS_KEY", "a Lambda has that name already"),
    (b"AWS_SECRET_ACCESS_KEY", b"", "AWS", "none", "AWS_SECRET_ACCESS_KEY", "elsewhere it is free"),
    (b"GITHUB_PAT", b"", "GitHub", "github-actions", "APP_GITHUB_PAT", "GitHub keeps names with GITHUB_ to itself"),
    ("пароль".encode(), b"", "generic", "ssm", "SOME_RULE", "letters that no environment has are none"),
    (b"2fa_token", b"", "Acme", "ssm", "N2_FA_TOKEN", "no name begins with a digit"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "around", "provider", "store", "expected", "why"), ENVIRONMENT)
def test_a_name_in_the_environment(
    name: bytes, around: bytes, provider: str, store: str, expected: str, why: str
) -> None:
    """It is upper case, and says whose credential it is."""
    assert names.environment(name, around, provider, "some-rule", store) == expected, why


# store, application, folders, environment name, name in the store, why
STORED = [
    ("ssm", "shop", [], "DB_PASSWORD", "/shop/DB_PASSWORD", "a path, as its policies want it"),
    ("ssm", "shop", ["web", "api"], "DB_PASSWORD", "/shop/web/api/DB_PASSWORD", "with folders where they tell apart"),
    ("ssm", "aws-tools", [], "KEY", "/app-aws-tools/KEY", "AWS keeps what begins with aws to itself"),
    ("ssm", "SSMthing", [], "KEY", "/app-SSMthing/KEY", "and with ssm, in any case of letters"),
    ("ssm", "my shop (2)", [], "KEY", "/my-shop-2/KEY", "what it does not allow becomes a hyphen"),
    ("ssm", "", [], "KEY", "/app/KEY", "a folder without a name is the application"),
    ("secretsmanager", "shop", [], "DB_PASSWORD", "shop/DB_PASSWORD", "no slash in front"),
    ("keyvault", "shop", [], "GITHUB_CRED", "shop-github-cred", "letters, digits and hyphens alone"),
    ("keyvault", "my_shop.v2", ["a"], "KEY", "my-shop-v2-a-key", "no underline, no dot"),
    ("github-actions", "shop", [], "DB_PASSWORD", "DB_PASSWORD", "a repository's secrets have no path"),
]  # fmt: skip


@pytest.mark.parametrize(("store", "app", "folders", "env", "expected", "why"), STORED)
def test_a_name_in_a_store(store: str, app: str, folders: list[str], env: str, expected: str, why: str) -> None:
    """It is readable, and the store takes it."""
    made = names.in_store(store, app, folders, env)
    assert made == expected, why
    assert names.why_not_name(store, made) is None


@given(
    st.sampled_from(["ssm", "secretsmanager", "keyvault", "github-actions"]),
    st.text(),
    st.lists(st.text(), max_size=30),
    st.binary(max_size=300),
    st.booleans(),
)
def test_a_name_is_valid_whatever_it_is_made_of(
    store: str, app: str, folders: list[str], name: bytes, marked: bool
) -> None:
    """Each store takes each name, with its mark too, and no shell chokes on the environment's."""
    env = names.environment(name, name, app, "some-rule", store)
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{1,75}", env)
    made = names.in_store(store, app, folders, env)
    if marked:
        made = names.suffixed(store, made, "0123456789abcdef")
    assert names.why_not_name(store, made) is None


# store, name, why it is refused
REFUSED = [
    ("ssm", "no/leading/slash", "a hierarchy begins with a slash"),
    ("ssm", "/aws/x", "AWS keeps it to itself"),
    ("ssm", "/a b", "no blanks"),
    ("ssm", "/a" * 16, "15 levels at most"),
    ("ssm", "/" + "a" * 1011, "1,011 characters at most"),
    ("secretsmanager", "a b", "no blanks"),
    ("secretsmanager", "a" * 513, "512 characters at most"),
    ("secretsmanager", "shop/key-abc123", "AWS adds such an ending itself"),
    ("keyvault", "a_b", "no underline"),
    ("keyvault", "a" * 128, "127 characters at most"),
    ("github-actions", "GITHUB_X", "GitHub keeps it to itself"),
    ("github-actions", "1A", "no digit in front"),
]


@pytest.mark.parametrize(("store", "name", "why"), REFUSED)
def test_a_name_that_a_store_refuses(store: str, name: str, why: str) -> None:
    """It is told before anything is sent."""
    said = names.why_not_name(store, name)
    assert said is not None, why
    assert repr(name) in said


# store, the largest value in bytes
LARGEST = [("ssm", 8_192), ("secretsmanager", 65_536), ("keyvault", 25_600)]


@pytest.mark.parametrize(("store", "largest"), LARGEST)
def test_the_size_of_a_value(store: str, largest: int) -> None:
    """The limit counts bytes; one more is refused in words that say how many there may be."""
    assert names.why_not_value(store, b"x" * largest) is None
    assert names.why_not_value(store, "é".encode() * (largest // 2)) is None
    assert f"{largest:,}" in str(names.why_not_value(store, b"x" * (largest + 1)))


@pytest.mark.parametrize(
    ("store", "value", "word"),
    [
        ("ssm", b"", "empty"),
        ("keyvault", b"", "empty"),
        ("secretsmanager", b"\xff\xfe\x00", "UTF-8"),
        ("ssm", b"a{{b}}c", "{{"),
        ("ssm", b"a{{b\n}}c", "{{"),
    ],
)
def test_a_value_that_a_store_refuses(store: str, value: bytes, word: str) -> None:
    """It is told before anything is sent, without the value."""
    assert word in str(names.why_not_value(store, value))


def test_braces_alone_are_no_reference() -> None:
    """Only both pairs are; Secrets Manager takes them too."""
    assert names.why_not_value("ssm", b"a{{b") is None
    assert names.why_not_value("secretsmanager", b"a{{b}}") is None
