"""Reasons why a candidate is no credential, told from its value and the role of its name.

Each filter gives a reason or None; the first reason stands, and `--explain` prints it. Filters look at the
value alone, never at words elsewhere on the line: a strong random value beside the word "example" stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch import names
from stanch.model import Candidate
from stanch.regexes import lazy

Filter = Callable[[Candidate], str | None]


def reason(candidate: Candidate, *, formatted: bool = False) -> str | None:
    """Return why `candidate` is no credential, or None when nothing speaks against it.

    `formatted`: its rule knows the value's format, so that only what has that format by design speaks against it.
    """
    for judge in FILTERS if not formatted else FORMATTED_FILTERS if candidate.name else TOKEN_FILTERS:
        found = judge(candidate)
        if found:
            return found
    return None


_REFERENCE = lazy(
    rb"""
      \$\{ | \$\( | \{\{ | \#\{ | <%= | %\(\w+\)s | %[A-Z_]+% | %\{ | @[\w.]+@
    | \{(?!(?:S?SHA\d*|S?MD5|CRYPT)\})[\w.:\[\]!]*\} | \{[A-Za-z_][\w.]*\(
    | \#{2,}[^\#]+\#{2,} | @@[\w.-]+@@ | \$[A-Za-z_][\w.:>\[\]-]*\Z | @[A-Z][A-Z0-9_]+\Z
    | (?:process\.env|import\.meta\.env|Deno\.env|os\.(?:environ|getenv)|System\.getenv|getenv|env|ENV|secrets|vars|var
        |local|data|module|params|config|settings)[.\[(:]
    | @Microsoft\.KeyVault\( | resolve:(?:ssm|secretsmanager) | arn:aws | projects/[\w-]+/secrets/
    | (?:ssm|secretsmanager|vault|op|gopass|akv|awssm|azurekeyvault)://? | (?:vault|env|file|sm|ref\+\w+):[\w/.-]+
    | !(?:vault|secret|env_var|Ref|Sub|GetAtt|ImportValue)\b | <[\w ./:|-]+> | \[[\w ./:-]+\]\Z
    """,
    re.VERBOSE,
)
_CIPHERTEXT = lazy(
    rb"ENC\[|ENC\(|\$ANSIBLE_VAULT|\{cipher\}|encrypted:|age-encryption|-----BEGIN PGP MESSAGE"
    rb"|(?i:01000000d08c9ddf0115d1118c7a00c04fc297eb)|AQAAANCMnd8BFdERjHoAwE|M[A-Z][A-Za-z0-9]EEPgAAAAAAAAAAAAA"
    rb"|AQICAH[a-p]|vault:v\d+:|!vault|NACL\[|U2FsdGVkX1|gAAAAA[A-Za-z0-9_-]{90}|\{[A-Za-z0-9+/]{16,}={0,2}\}\Z"
)
_BLANKED = lazy(rb".{0,3}(?:[x*.#_?0-]{4,}|\.\.\.|\xe2\x80\xa6).{0,3}|(.)\1{3,}", re.IGNORECASE | re.DOTALL)
_MASKED = lazy(rb"\.\.\.|\xe2\x80\xa6|\*{3}|(?i:x{6}|\[redacted|<redacted|<snip)")
"""Signs that a part was left out, anywhere in a value."""
_SPLIT = lazy(rb"[^a-z0-9]+")
_ASKING = frozenset(
    b"your my the some any insert enter put add replace change fill paste todo fixme redacted masked hidden removed"
    b" sample example dummy placeholder changeme replaceme unset undefined unknown null none nil true false empty blank"
    b" default optional required tbd goes here".split()
)
"""Words of which one, apart from the rest by a sign, makes a value a placeholder."""
_STANDING = frozenset(
    b"123456789 1234567890 0123456789 abcdef abcdefgh abc123 foo bar baz qux foobar foobarbaz asdf asdfgh qwerty n/a"
    b" mysecret mypassword mytoken myapikey mykey secret password passwd token apikey api_key secretkey"
    b" passwordhere pwd pass passwd user psw passwords tokens secrets credentials credential accesstoken"
    b" authorization authentication".split()
)
"""Whole values that stand for one."""
_STATES = frozenset(
    b"always never on_create on_update enabled disabled enable disable absent present yes no on off auto automatic"
    b" manual prompt ask basic digest bearer kerberos negotiate ntlm oauth oauth2 ldap pam saml cookie header body"
    b" form session optional required requisite sufficient exclusive shared public private internal external local"
    b" query remote"
    b" sha1 sha224 sha256 sha384 sha512 sha-256 sha-512 md5 bcrypt scrypt argon2 pbkdf2 hs256 hs384 hs512 rs256 es256"
    b" hmac aes plaintext plain cleartext base64 hex utf-8 utf8 ascii latin-1 json text html xml application"
    b" forever current failed success invalid_grant expired unavailable"
    b" sha256_crypt sha512_crypt md5_crypt pbkdf2_sha256 ssha ssha512"
    b" exop crypt md5sum nds racf".split()
)
"""Whole values that are one of a few choices."""
_CONSTANT = lazy(rb"[A-Z]+(?:_[A-Z]+){2,}\d?")
_NUMBER = lazy(
    rb"[+-]?0[xX](?:[0-9a-fA-F]{1,8}[uUlL]*|[0-9a-fA-F]{1,16}[uUlL]+)|[a-z][\w.-]*:\d+(?:\.\d+)+(?:[.:-]\w+)*|[+-]?\d{1,5}(?:\.\d+)*[a-zA-Z%]{0,2}|\d{1,5}\.[a-z_]+|\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?"
)
_STRICT_PLACEHOLDER = lazy(
    rb"x{6,}|\*{3,}|\.{3,}|_{6,}|0{9,}|\xe2\x80\xa6|EXAMPLE|example|placeholder|REDACTED|redacted|your[-_]|YOUR[-_]"
    rb"|1234567890|abcdefghij|0123456789"
)
_RUN = lazy(rb"(.)\1{9,}")
_CYCLE = lazy(rb"(..)\1{5,}|(.{3})\2{3,}|(.{4})\3{2,}")
_SIGNS = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_URL = lazy(rb"[a-zA-Z][\w+.-]*://|//[\w.-]+/|www\.|mailto:")
_USERINFO = lazy(rb"[a-zA-Z][\w+.-]*://[^/@\s]*:[^/@\s]+@")
_PATH = lazy(
    rb"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.@ -]+(?:[/\\][\w.@ *-]*)+|/[\w.-]+|[\w.-]+(?:/[\w.-]+)+\.\w{1,5}"
    rb"|[A-Z][\w.]+(?:\\{1,2}[A-Z][\w. ]+){2,}(?:\\{1,2}[\w. -]+)*"
    rb"|[\w/-]+\.(\w{1,10})"
)
_SUFFIXES = frozenset(
    b"py js ts json yml yaml xml htm html css png svg pem key crt cer p12 pfx jks txt md go rb php java cs conf ini"
    b" properties env log csv sh tmpl j2 zip gz tgz tar jar war whl jpg jpeg gif ico woff woff2 pub so dll exe".split()
)
_IDENTIFIER = lazy(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+(?:\(.*)?")
_BETWEEN = lazy(rb"\s+[+.&]\s+[A-Za-z_$]|['\"`][\])},;]+\s")
"""What stands between the quotes of `"password=" + password + ";"`, where the first ends a literal, or those of
`['password = "'], x="y"`, where it stands at the end of another."""
_MEMBER = lazy(rb"[A-Za-z_]+(?:\.[A-Za-z_]+){2,}")
_OPTION = lazy(rb"--?[a-z][a-z-]*[a-z]")
_NAMING = lazy(rb"[a-z]+(?:[A-Z][a-z]+){4,}|(?:[A-Z][a-z]+){5,}")
_CAPITALS = tuple(bytes((byte,)) for byte in range(ord("A"), ord("Z") + 1))
_PUBLIC_KEY = lazy(
    rb"(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+)[ ]|AAAA[BCE]3NzaC1|AAAAE2VjZHNh|ssh-(?:rsa|dss|ed25519)"
)
_CALL = lazy(rb"[\w.:>$-]+\(.*\)?;?|[A-Z][a-z]+[A-Za-z]*-[A-Z][A-Za-z]+")
_SPOKEN = lazy(rb"[A-Za-z][A-Za-z'\xc2-\xf4\x80-\xbf-]*[,.:;!?]?")
_REGEX = lazy(rb"\\[dwsb]|\[(?:\^[^\]]+|[^\]]*-[^\]]*)\][+*{]|\(\?[:P=!<]|\.(?:\*|\{\d*,?\d*\})|\^.*\$")
_FORMAT = lazy(
    rb"%[sdvrq](?!\w)|%\d*\.?\d*[sdvf](?!\w)|[#$]\{|\{\d*\}|\{\w*[!:]?\w*\}|\\\("
    rb"|(?<![\w$])\$[A-Za-z_]\w*.*(?<![\w$])\$[A-Za-z_]"
)
_FIELD = lazy(
    rb"(?!(?:top|super|very)_)(?:[a-z]+_)+(?:password|passwd|passphrase|token|secret|key)\d?"
    rb"|(?:[A-Z]+_)+(?:PASSWORD|PASSWD|PASS|TOKEN|SECRET|KEY)|(?:[a-z]+_)+ssh_pass"
)
_TYPE = frozenset(
    b"function undefined float double char self this none list dict map array args kwargs str string int integer bool"
    b" boolean text password any object number byte bytes required optional varchar".split()
)
_META = frozenset(
    b"url uri urls href path paths dir directory file files filename folder name names type types length len size count"
    b" max min limit timeout ttl expiry expires expiration age lifetime interval date time timestamp at field fields"
    b" label title text hint help prompt placeholder message msg error errors warning info description desc regex"
    b" regexp pattern format template policy policies strength rule rules valid validity validation check checker"
    b" required enabled disabled column table attr attribute property param parameter params var variable header"
    b" headers keyword keywords"
    b" scheme method mode algorithm alg algo hasher hashers class element selector input form button icon page view"
    b" link handler callback func function factory service provider manager store storage endpoint server host issuer"
    b" audience scope scopes realm version prefix suffix index ref arn env command cmd backend backends generator"
    b" validator validators parser reader writer status state changed reset model schema uid user username email alias"
    b" aliases usage owner group role action option options separator sep delimiter position kind source target test"
    b" tests spec verbose lookup map list set encoding language lang removeprefix removesuffix startswith endswith with"
    b" get pop setdefault append extend insert put update items keys values exists copy call apply bind filter sort"
    b" retries retry attempts interval protocol through thru passthrough bypass strategy complexity history id ids sid"
    b" sids uuid guid fingerprint digest checksum collate hashing encrypted encryption version versions key_id public"
    b" replace split strip lstrip rstrip trim join contains includes match matches search find decode encode of".split()
)
"""Last words of names that speak of a credential's address, form or rules."""
_LAST_WORD = lazy(rb"[A-Z]?[a-z]+\d*\Z|[A-Z]+\d*\Z")


def _last_word(name: bytes) -> bytes:
    """Return the last word of a name in any convention: `tokenUrl`, `token_url` and `TOKEN-URL` give url."""
    found = _LAST_WORD.search(name.rstrip(b"_.-$"))
    return found[0].lower() if found else b""


def reference(candidate: Candidate) -> str | None:
    """A pointer to the secret, not the secret: `${VAR}`, `process.env.X`, `{{resolve:…}}`, a part of an ARN or URN."""
    inside = any(candidate.value in found for found in _ARN.findall(candidate.line))
    return "a reference, not a value" if inside or _REFERENCE.match(candidate.value) else None


_ARN = lazy(rb"(?:arn:aws[\w-]*|urn:\w[\w-]*):[^\s\"'`,;<>]{8,}")


def ciphertext(candidate: Candidate) -> str | None:
    """Encrypted by SOPS, Ansible Vault, Jasypt, Spring Cloud, KMS, Windows (DPAPI), Firefox, Maven."""
    return "encrypted" if _CIPHERTEXT.match(candidate.value) else None


def placeholder(candidate: Candidate) -> str | None:
    """Text that asks to be replaced, or stands for a value in documentation."""
    lower = candidate.secret.lower()
    if lower in _STANDING or _BLANKED.fullmatch(candidate.secret) or _MASKED.search(candidate.secret):
        return "a placeholder"
    if _CONSTANT.fullmatch(candidate.secret):
        return "a constant's name"
    if lower in _STATES:
        return "one of a few choices"
    words = _SPLIT.split(lower)
    if not _ASKING.isdisjoint(words) and all(len(word) < 8 or word.isalpha() for word in words):
        return "a placeholder"
    return None


def speaks_of_one(candidate: Candidate) -> str | None:
    """Asks for a password in another language, or labels its field: `tu_contraseña`, `请输入密码`."""
    lower = candidate.secret.lower()
    spoken = not _SIGNS_OR_DIGITS.search(lower) and _SPEAKS_OF_ONE.search(lower)
    return "a text about one, not its value" if spoken else None


_SIGNS_OR_DIGITS = lazy(rb"[0-9!#$%&*+/;<=>?@^`|~]")
_SPEAKS_OF_ONE = lazy(
    b"|".join(re.escape(word.encode()) for kind in ("password", "secret", "token") for word in names.FOREIGN[kind])
)


def token_placeholder(candidate: Candidate) -> str | None:
    """The right format around text that is no secret: `ghp_xxxxxxxx`, `AKIA…EXAMPLE`."""
    run = _RUN.search(candidate.secret)
    if candidate.secret.lower() in _STANDING:
        return "a placeholder"
    if _STRICT_PLACEHOLDER.search(candidate.secret) or (run and 2 * len(run[0]) > len(candidate.secret)):
        return "a placeholder"
    return None


def cycle(candidate: Candidate) -> str | None:
    """Two to four characters over and over, with or without hyphens between them: `ghp_a1b2a1b2a1b2…`."""
    plain = candidate.secret.translate(None, _SIGNS)
    found = _CYCLE.search(plain)
    return "a repetition" if found and 2 * len(found[0]) > len(plain) else None


_COMPOUND = lazy(rb"(?:password|passwd|pass|secret|token|auth|credentials?|key)(?=[a-z])")
_PUBLIC = lazy(rb"(?i)public|pub_?key|publishable|no_?passw")
_CLIENT = lazy(rb"(?i)(?:client|tenant|app(?:lication)?|subscription|consumer|directory|project)[-_.]?u?u?id\Z")
"""Whose name tells which customer or program it is: with a UUID, half of a key."""
_UUID = lazy(rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OTHER_KEY = lazy(
    rb"(?i)(?:cache|partition|sort|primary|foreign|object|s3|hash|range|lookup|routing|registry|row|order|group|index|unique"
    rb"|idempotency|dedup\w*|shortcut|hot|i18n|translation|message|sequence|label|annotation|topology|tag|dict|map|json|query"
    rb"|host|websocket)[-_.]?key\Z|existing[-_]?secret|secret[-_]?key[-_]?ref"
    rb"|ask_?pass(?:_?require)?\Z|by_?pass|(?:\A|[._-])pass_?(?:to|through|on|over|by|bools|args|env|data|context|obj)(?![a-z])"
)
"""Keys that find something, and names of keys: they open nothing."""
_POSITION = lazy(rb"(?i)(?:page|next|continuation|sync|resume|skip|pagination)[-_]?token\Z")
_SEALED = lazy(
    rb"(?i)(?:\A|[-_.])(?:en)?crypted[-_]?(?:key|pass)|wrapped[-_]?key|(?:en)?cryptedkey|hashed|[-_]hash\Z|Hash\Z"
)
_SESSION = lazy(rb"(?i)sess(?:ion)?[-_.]?id\Z|secret[-_]?id\Z|connect\.sid\Z")
_STORED = lazy(rb"/?[A-Za-z][\w.-]{0,30}(?:/[A-Za-z][\w.-]{0,40}){1,4}")
"""What a store calls a secret: `shop/DB_PASSWORD`."""


def names_something_else(candidate: Candidate) -> str | None:
    """A name that tells of the credential's address, form or rules: `token_url`, `password_min_length`."""
    if _POSITION.search(candidate.name):
        return "the name speaks of a place in a list"
    if _OTHER_KEY.search(candidate.name):
        return "the name speaks of a key that finds something"
    if _SEALED.search(candidate.name):
        return "the name speaks of what is encrypted or hashed"
    if _CLIENT.search(candidate.name) and _UUID.fullmatch(candidate.secret):
        return None
    last = _last_word(candidate.name)
    if last not in _META:
        last = _COMPOUND.sub(b"", last, count=1)
    if last in _META and not (_SESSION.search(candidate.name) and not _STORED.fullmatch(candidate.secret)):
        return f"the name speaks of a {last.decode('ascii')}"
    return "the name speaks of something else" if _PUBLIC.search(candidate.name) else None


def hashed(candidate: Candidate) -> str | None:
    """The hash of a password, for which there are rules of its own, or of a file."""
    return "a hash" if _HASH.match(candidate.value) else None


_HASH = lazy(
    rb"\$(?:1|2[abxy]|[56789]|g?y|argon2(?:id|i|d)|apr1|[PH]|wp)\$.{20}"
    rb"|\$[156]\$\w{1,16}(?:\$\w+)?\Z|pbkdf2_\w+\$|(?:pbkdf2:sha\d+|scrypt)(?::\d+)*\$|argon2\$\$?argon2|bcrypt\w*\$"
    rb"|\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*)\}|\*[0-9A-F]{40}\Z|SCRAM-SHA-256\$"
    rb"|sha(?:1|256|384|512)[-:][A-Za-z0-9+/]{27}"
)


def key_id(candidate: Candidate) -> str | None:
    """The id of a key of OpenPGP: `signingkey = 0A1B2C3D`."""
    named = _KEY_NAME.search(candidate.name) and _KEY_ID.fullmatch(candidate.secret)
    return "the id of a key" if named else None


_KEY_NAME = lazy(rb"(?i)(?:signing|gpg|pgp|recv|trusted)[-_.]?keys?\Z")
_KEY_ID = lazy(rb"(?i)(?:0x)?(?:[0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{40})!?")


def number(candidate: Candidate) -> str | None:
    """A constant, a quantity, a version of something, an address."""
    return "a number" if _NUMBER.fullmatch(candidate.secret) else None


def field(candidate: Candidate) -> str | None:
    """The name of a field, or a label: `new_password2`, `access_token`, `Password:`."""
    value = candidate.secret
    label = value.rstrip(b": ").lower()
    if not candidate.quoted and _ROLE.fullmatch(value):
        return "a label"
    if label in _LABELS:
        return "a label"
    if value == candidate.name.rpartition(b".")[2]:
        return "its own name"
    if candidate.name.lower() == b"key" and _LISTED.fullmatch(value):
        return "the name of a key"
    if value.endswith(b":") and label in candidate.name.lower():
        return "a label"
    return "the name of a field" if _FIELD.fullmatch(value) else None


_LISTED = lazy(rb"[a-z]+\d?(?:[_.-][a-z]+\d?)+")
"""What a `key:` finds in a list of settings: `jinja2_extensions`."""
_ROLE = lazy(rb":?[A-Za-z_-]+:")
"""A heading, or a role of reStructuredText: `pass :ref:`."""
_LABELS = frozenset(
    text.encode()
    for words in ("mot de passe", *(word for known in names.FOREIGN.values() for word in known))
    for text in ((words, words.replace("_", " ")) if "_" in words else (words,))
)
"""What a translation says for the name: `"password": "Wachtwoord"`."""


def binary(candidate: Candidate) -> str | None:
    """Control characters, or no text: bytes of a program or an archive that happen to look like an assignment."""
    value = candidate.value
    return "binary data" if _CONTROL.search(value) or len(_INVALID.findall(value)) > 1 else None


_CONTROL = lazy(rb"[\x00-\x08\x0e-\x1f\x7f]")
_INVALID = lazy(rb"[\xc0-\xff](?![\x80-\xbf])|(?<![\x80-\xff])[\x80-\xbf]")
"""What UTF-8 does not have; once may be a letter of another encoding."""


def address(candidate: Candidate) -> str | None:
    """A URL without user information, or a file's path."""
    value = candidate.value
    if _URL.match(value) and not _USERINFO.match(value):
        return "a URL without a password"
    if value.startswith(b"//"):
        return "a URL without a password"
    path = None if _DRAWN.fullmatch(value) else _PATH.fullmatch(value)
    if path and (path[1] is None or path[1].lower() in _SUFFIXES):
        return "a path"
    return None


_DRAWN = lazy(rb"(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=(?:[^0-9]*[0-9]){3})/?[A-Za-z0-9/]{32,}")
"""Base64 with slashes in it."""


def expression(candidate: Candidate) -> str | None:
    """Code: a call, or an attribute of something, outside quotes; a pattern or a format inside them."""
    value = candidate.value
    if not candidate.quoted and (_OPTION.fullmatch(value) or _CALL.fullmatch(value) or _IDENTIFIER.fullmatch(value)):
        return "an expression, not a constant"
    if candidate.quoted and _BETWEEN.match(value):
        return "an expression between literals"
    if _MEMBER.fullmatch(value) and b"phrase" not in candidate.name.lower():
        return "the name of a member"
    if _NAMING.fullmatch(value) and 3 * sum(map(value.count, _CAPITALS)) < len(value):
        return "the name of something"
    if _PUBLIC_KEY.match(value):
        return "a public key"
    if _REGEX.search(value):
        return "a regular expression"
    return "a format string" if _FORMAT.search(value) else None


def prose(candidate: Candidate) -> str | None:
    """Words for people: a label, a message, a translation. What a rule cut out of a longer value is not judged."""
    words = candidate.value.split()
    if len(words) < 2 or candidate.secret != candidate.value:
        return None
    spoken = sum(1 for word in words if _SPOKEN.fullmatch(word.strip(b"\"'()")))
    foreign = any(byte > 127 for byte in candidate.value)
    return "a text" if foreign or len(words) > 2 or spoken == len(words) else None


def type_name(candidate: Candidate) -> str | None:
    """The type of a field, not its value."""
    if candidate.quoted and candidate.value not in (b"string", b"function", b"object", b"number", b"boolean"):
        return None
    return "a type" if candidate.value.rstrip(b" |?;,").partition(b"(")[0].lower() in _TYPE else None


FILTERS: tuple[Filter, ...] = (
    ciphertext, hashed, key_id, binary, reference, placeholder, names_something_else, number, field, speaks_of_one,
    address, expression, type_name, prose,
)  # fmt: skip
FORMATTED_FILTERS: tuple[Filter, ...] = (ciphertext, reference, placeholder, token_placeholder, cycle)
TOKEN_FILTERS: tuple[Filter, ...] = (token_placeholder, cycle)
