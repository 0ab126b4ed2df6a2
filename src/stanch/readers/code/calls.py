"""Calls that take a credential: which argument of which function it is, and what is called by its name."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from stanch.readers.code.nodes import kinds, nth, second
from stanch.regexes import lazy

if TYPE_CHECKING:
    from tree_sitter import Node


class Called(NamedTuple):
    """A call: what is called, on what, with which arguments by their position."""

    node: Node
    name: bytes
    """The last name of it."""
    path: bytes
    """What stands before its arguments, as it is written."""
    listed: Node
    """What holds the arguments."""
    arguments: list[Node]

    def receiver(self) -> Node | None:
        """Return what is asked to do it, if anything."""
        node = self.node
        receiver = node.child_by_field_name("object") or node.child_by_field_name("receiver")
        if receiver is None:
            function = node.child_by_field_name("function") or nth(node, 0)
            if function is not None and function != self.listed and function.named_child_count > 1:
                return nth(function, 0)
        return receiver


_TAIL = 160
_WORDS = bytes(byte if byte > 127 or chr(byte).isalnum() or byte in b"_$" else 32 for byte in range(256))


def called(data: bytes, node: Node) -> Called | None:
    """Return a call's parts, whatever the grammar names them; None when nothing is called by a name."""
    arguments = node.child_by_field_name("arguments") or _arguments(node)
    if arguments is None:
        method = node.child_by_field_name("method")
        if method is None:
            return None
        path = data[max(node.start_byte, method.end_byte - _TAIL) : method.end_byte]
        return Called(node, data[method.start_byte : method.end_byte], path, node, [])
    end = arguments.start_byte
    path = data[max(node.start_byte, end - _TAIL) : end].rstrip()
    if node.type == "implicit_object_creation_expression":
        path = _declared(data, node)
    if path[-1:] == b">":
        path = path[: path.find(b"<")]
    words = path.translate(_WORDS).split()
    name = words[-1] if words else b""
    given = [child for child in arguments.named_children if child.type not in _NO_ARGUMENT]
    if arguments.type in ("template_string", "string"):
        given = [arguments]
    return Called(node, name, path, arguments, [argument for child in given if (argument := _bare(child)) is not None])


_ARGUMENTS = kinds(
    "arguments argument_list annotation_argument_list attribute_argument_list value_arguments call_suffix token_tree"
)
_NO_ARGUMENT = kinds(
    "comment line_comment block_comment keyword_argument pair splat_argument block_argument bare_assoc"
)


def _declared(data: bytes, node: Node) -> bytes:
    """Return the type that `new("…")` makes: that of the variable or property it is given to."""
    at: Node | None = node.parent
    for _ in range(3):
        type_ = at.child_by_field_name("type") if at is not None else None
        if type_ is not None:
            return data[type_.start_byte : type_.end_byte]
        at = at.parent if at is not None else None
    return b""


def _arguments(node: Node) -> Node | None:
    return next(
        (child for child in reversed(node.named_children) if child.type in _ARGUMENTS),
        None,
    )


def _bare(argument: Node) -> Node | None:
    """Return an argument's expression; None for one that is given by its name."""
    if argument.type not in ("argument", "value_argument", "attribute_argument"):
        return argument
    equals = second(argument)
    if argument.child_by_field_name("name") is not None or (equals is not None and equals.type == "="):
        return None
    return nth(argument, -1) or argument


class Place(NamedTuple):
    """An argument that is a credential."""

    position: int
    role: bytes
    called: str = ""
    """What the call must look like, as a regular expression over its path, where the name alone does not tell."""
    sure: bool = True


_PASSWORD, _TOKEN, _KEY, _SECRET = b"password", b"token", b"secret_key", b"secret"
_URL = b"connection_string"
PLACES: dict[str, tuple[Place, ...]] = {
    # databases
    "createconnection createpool": (Place(2, _PASSWORD),),
    "mysqli_connect mysql_connect mysql_pconnect mysqli mysqli_real_connect pdo": (Place(2, _PASSWORD),),
    "oci_connect oci_pconnect oci_new_connect ibase_connect ftp_login db2_connect": (Place(2, _PASSWORD),),
    "real_connect": (Place(2, _PASSWORD),),
    "pg_connect pg_pconnect": (Place(0, _URL, sure=False),),
    "getconnection": (Place(2, _PASSWORD),),
    "sequelize": (Place(2, _PASSWORD),),
    "connect": (
        Place(1, _URL, r"\bsqlx\.Connect$", sure=False),
        Place(2, _PASSWORD, r"(?i)(?:mysql\w*|psycopg2?|pymssql|pgdb|DBI|Sql|cx_Oracle|oracledb)[.:>-]+connect$"),
        Place(1, _PASSWORD, r"(?i)(?:teradata\w*|vertica\w*)\.connect$"),
        Place(3, _PASSWORD, r"(?i)ssh\w*(?:\(\))?\.connect$"),
    ),
    "mongoclient": (Place(0, _URL, sure=False),),
    # a user and a password
    "login login_user ftp_ssl_login": (Place(1, _PASSWORD),),
    "httpbasicauth basicauth httpdigestauth httpproxyauth httpntlmauth": (Place(1, _PASSWORD),),
    "setbasicauth basic_auth set_basic_auth withbasicauth basicauthentication": (Place(1, _PASSWORD),),
    "basic": (Place(1, _PASSWORD, r"(?:Credentials|Authorization|auth)\W+basic$"),),
    "networkcredential passwordauthentication usernamepasswordcredentials": (Place(1, _PASSWORD),),
    "usernamepasswordauthenticationtoken usernamepasswordcredential passwordcredentials": (Place(1, _PASSWORD),),
    "plain_auth plainauthprovider passwordauthenticator plaintextauthprovider": (Place(1, _PASSWORD),),
    "plainauth": (Place(2, _PASSWORD),),
    "authenticate": (Place(1, _PASSWORD),),
    "auth": (Place(1, _PASSWORD, r"(?i)(?:request|req|agent|http|client|supertest\W.*)\.auth$"),),
    "authenticationheadervalue": (Place(1, b"authorization"),),
    "proxyauth userpassword": (Place(1, _PASSWORD),),
    "password": (Place(0, _PASSWORD, r"ssh\.Password$"),),
    # tokens and keys of services
    "client": (Place(1, _TOKEN, r"(?i)(?:twilio\w*\W+|^new\s+|^)client$", sure=False),),
    "twilio": (Place(1, _TOKEN),),
    "basicawscredentials basicsessioncredentials newstaticcredentials newstaticcredentialsprovider": (
        Place(1, b"aws_secret_access_key"),
    ),
    "staticcredentialsprovider": (Place(1, b"aws_secret_access_key"),),
    "credentials": (Place(1, b"aws_secret_access_key", r"(?i)(?:aws|boto\w*)[.:\\]+\w*credentials$"),),
    "set_access_token": (Place(0, _TOKEN), Place(1, b"token_secret")),
    "oauthhandler oauth1handler": (Place(1, _SECRET),),
    "oauth1 oauth1session": (Place(1, _SECRET), Place(3, b"token_secret")),
    # signing and encryption
    "createhmac": (Place(1, _KEY),),
    "hash_hmac": (Place(2, _KEY),),
    "createcipheriv createdecipheriv createcipher createdecipher": (Place(1, _KEY),),
    "secretkeyspec": (Place(0, _KEY),),
    "hmacsha256 hmacsha512 hmacsha1 symmetricsecuritykey": (Place(0, _KEY),),
    "hmac256 hmac384 hmac512": (Place(0, _KEY, "Algorithm"),),
    "sign verify encode decode": (Place(1, _KEY, r"(?i)(?:jwt|jsonwebtoken|jws|jose)\w*\W+\w+$"),),
    "openssl_encrypt openssl_decrypt": (Place(2, _KEY),),
    "new": (Place(1, _KEY, r"hmac\.New$"), Place(0, _KEY, r"hmac\.new$")),
    "hexdigest digest": (Place(1, _KEY, r"HMAC\W+\w+$"),),
    "unsafeplaintext unsafe_plain_text": (Place(0, _SECRET),),
    "open": (Place(1, _URL, r"\bsql\.Open$", sure=False),),
    "totp hotp": (Place(0, _SECRET),),
    "generate": (Place(0, _SECRET, r"(?i)(?:otp\w*|authenticator)\W+generate$"),),
    "fernet": (Place(0, _KEY),),
    "cookieparser cookiesession newcookiestore": (Place(0, _KEY),),
    "signwith signingkey setsigningkey verifywith": (Place(1, _KEY, sure=False), Place(0, _KEY, sure=False)),
    "convertto-securestring": (Place(0, _PASSWORD),),
    "loaddatawithconnectionstring fromconnectionstring": (Place(0, _URL, sure=False),),
}  # fmt: skip
"""Functions by their last name, in lower case, and their arguments that are credentials."""

_BY_NAME = {name.encode(): places for names, places in PLACES.items() for name in names.split()}
_MOST_ARGUMENTS = {b"login": 3, b"authenticate": 3, b"getconnection": 4, b"client": 3, b"sequelize": 5}
"""A function of this name that takes more than so many is another one."""


_CREDENTIAL = lazy(rb"(?i)\w*(?:credentials?|userpass(?:word)?)")
"""Constructors that take a user and a password."""


@cache
def _expression(called: str) -> re.Pattern[bytes]:
    return re.compile(called.encode())


def places(name: bytes, path: bytes, count: int) -> tuple[Place, ...]:
    """Return which of `count` arguments of a call are credentials; `path` is all that stands before them."""
    known = _BY_NAME.get(name.lower())
    if not known and count == 2 and _CREDENTIAL.fullmatch(name):
        return (Place(1, _PASSWORD, sure=False),)
    if not known or count > _MOST_ARGUMENTS.get(name.lower(), count):
        return ()
    return tuple(p for p in known if p.position < count and (not p.called or _expression(p.called).search(path)))


SETS = lazy(
    rb"(?i)(?:(?:set|put|add|append|define|with|insert|update|override|register|store)(?:_?[a-z]\w*)?"
    rb"|(?:request_?|default_?)?headers?|property|config\w*|option|options|param|query|field|env|of|entry|pair"
    rb"|string|let!?|environment|variable|data|arg|value|cookie|const_set|buildconfigfield|resvalue|export|default|usesetting|tuple|kv|systemproperty)"
)
"""Functions whose first argument is a name, and the second its value: `put("password", "…")`."""
ASKS = lazy(
    rb"(?i)(?:get|find|read|has|is|load|fetch|delete|remove|list|describe|lookup|assert|valid\w*|check|compare"
    rb"|hash|generate|verify|expect|should|to|match|reset|forgot|show|hide|toggle|on|render|require|confirm)(?=[_A-Z])"
)
"""How a function begins that takes no credential, though it is called after one: `getPassword(`, `hash_password(`."""
OPTIONS = frozenset((b"CURLOPT_USERPWD", b"CURLOPT_PROXYUSERPWD"))
"""Options whose value is a user and a password, with a colon between."""
SAYS = frozenset(
    b"t _ __ _e tr gettext ngettext pgettext ugettext gettext_lazy ugettext_lazy i18n translate trans lazy_gettext"
    b" gettextlazy l10n $t nslocalizedstring"
    b" log debug info warn warning error fatal critical exception trace verbose print println printf sprintf_log puts"
    b" echo fprintf eprintln printstacktrace logf infof errorf debugf warnf fatalf panicf errorln fatalln panic"
    b" typeerror valueerror keyerror runtimeerror exit abort die trigger_error alert notice writeline errorwriteline"
    b" describe it test context specify scenario should getelementbyid queryselector queryselectorall"
    b" getelementsbyname find_element find_element_by_id find_element_by_name getbylabel getbytext getbyplaceholder"
    b" locator fill_in click_on has_content? has_text? assert_text getbytestid label placeholder fail skip"
    b" input prompt getpass confirm question compile match search test replace re regexp matches regex".split()
)
"""Functions whose texts are for people, or are patterns: of logs, translations, tests' titles, selectors."""
_RAISES = lazy(rb"(?:\w*(?:Error|Exception|Warning|Failure))")


def says(name: bytes) -> bool:
    """Is a function's text one for people?"""
    return name.lower() in SAYS or bool(_RAISES.fullmatch(name))


EQUALS = frozenset(
    b"equals equalsignorecase compare_digest strcmp strcasecmp hash_equals isequal constanttimeequals eql equal?"
    b" timingsafeequal constanttimecompare safeequal secure_compare compareto contentequals".split()
)
"""Functions that compare two things."""

PASSED_ON = frozenset(
    b"encode decode getbytes tochararray tostring to_s tolowercase touppercase trim strip lower upper freeze dup chomp"
    b" as_bytes as_str replace replaceall to_string to_owned into utf8 data unsafeplaintext to_vec unwrap".split()
)
"""Methods without a constant of their own that hand on, more or less, what they are called on."""
RECEIVING = PASSED_ON | {b"format"}
TAKEN = frozenset(
    b"bytes bytearray getbytes buffer"
    b" secretstr string str unicode raw stringvalue fromstring of some ok secrettext optional"
    b" unsafeplaintext plaintext unsafeunwrap new stringptr ptr toptr pointer from bytearrayof secretstring"
    b" mark_safe quote quote_plus encodeuricomponent urlencode utf8_encode escape touch tobytes bytestring"
    b" str_to_bytes tochararray chararray pchar l env_default secret seal sensitive fromsafe".split()
)
"""Functions of one constant that hand it on."""
DECODERS = frozenset(
    b"b64decode urlsafe_b64decode standard_b64decode decodebytes atob base64_decode decodebase64 decodestring"
    b" frombase64string strict_decode64 decode64 urlsafe_decode64 parsebase64binary base64decode fromhex unhexlify"
    b" hex2bin fromhexstring decodehex".split()
)
ENCODERS = frozenset(
    b"btoa b64encode urlsafe_b64encode standard_b64encode encodebytes base64_encode encodebase64 encodetostring"
    b" tobase64string strict_encode64 encode64 urlsafe_encode64 encodestring base64encode printbase64binary"
    b" encodebase64string".split()
)
"""What makes base64 of a constant, as a header's value: the constant is what counts."""
DEFAULTS: dict[bytes, int] = {
    **dict.fromkeys(
        b"getenv get env fetch getordefault get_env getproperty getstring config getenvordefault getenvdefault"
        b" env_or_default envor envdefault getval value setting option getsecret optstring variable lookup"
        b" getconfig get_secret get_setting envstring mustgetenv orelse or unwrap_or unwrap_or_else".split(),
        1,
    ),
    b"getattr": 2,
}
"""Functions that ask for a setting, and which argument is taken where there is none."""
FALLBACKS = frozenset((b"orelse", b"or", b"unwrap_or", b"getorelse", b"or_else"))
"""The same, as methods of what may be missing."""
