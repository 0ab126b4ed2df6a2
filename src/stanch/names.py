"""Which names say that the value beside them is a credential, and what an assignment to one looks like.

One truth for the prefilter, which looks for the shapes, and for the matcher, which reads an assignment only
where one of them matches. So both engines agree by construction.
"""

from __future__ import annotations

import re

from stanch import pointers

STRONG = (
    "passw", "passphrase", "passcode", "pwd", "secret", "token", "cred", "authoriz", "authent", "authtok", "authkey",
    "apikey", "api_key", "api-key",
    "accesskey", "access_key", "access-key", "privatekey", "private_key", "private-key", "bearer",
    "connectionstring", "connection_string", "connstr", "conn_str",
)  # fmt: skip
"""Parts of a name after which any value of four characters is worth a look."""

WHOLE = ("pass", "psw", "pw", "auth", "mdp", "sandi")
"""Words that count only when no letter follows: `db_pass`, but not `passenger`."""

FOREIGN = {
    "password": (
        "passwort", "kennwort", "mot_de_passe", "mot-de-passe", "motdepasse", "contrasena", "contraseña", "contrasenya",
        "clave_secreta", "clavesecreta", "clave_acceso", "claveacceso", "senha", "parola", "parool", "haslo", "hasło",
        "wachtwoord", "losenord", "lösenord", "passord", "adgangskode", "kodeord", "heslo", "salasana", "jelszo",
        "jelszó", "lozinka", "geslo", "sifre", "şifre", "matkhau", "mat_khau", "katasandi", "kata_sandi",
        "пароль", "Пароль", "ПАРОЛЬ",
        "密码", "密碼", "口令", "パスワード",
        "비밀번호", "รหัสผ่าน",
    ),
    "secret": ("geheimnis", "segredo", "секрет", "Секрет"),
    "token": ("jeton", "токен", "Токен", "令牌", "トークン"),
    "secretkey": (
        "cle_secrete", "cle_privee", "cle_api", "clave_privada", "clave_api", "chave_secreta", "chave_privada",
        "chiave_segreta", "schluessel", "schlüssel", "密钥", "密鑰", "秘密鍵", "私钥",
    ),
}  # fmt: skip
"""What code in other languages calls them, in lower case, and as it is capitalised where that is not ASCII."""

WEAK = (
    "key", "salt", "pepper", "dsn", "sid", "signature", "sessionid", "session_id", "cookie", "webhook", "sas",
    "account", "client_id", "clientid", "client-id", "app_id", "appid", "app-id", "license", "jwt", "hmac", "kid",
    "jti",
    "tenant", "subscription", "device_code", "devicecode", "resource",
)  # fmt: skip
"""Parts of a name after which only a run of sixteen token characters is worth a look."""

LONGEST = 40
"""How far a name is followed on either side of its credential word, in bytes."""
REACH = 160
"""A shape ends at most so many bytes after the credential word that it begins with."""


BLOCK = r":[ \t]{1,4}[|>][+-]?[ \t]{0,4}"
"""What opens a block scalar of YAML at the end of a name's line: the value stands on the next one."""
TYPED = r"[ \t]{0,4}(?::[ \t]{0,4}(?:&(?:'static[ ])?)?|[ ][aA]s[ ])[\w\[][\w<>\[\]|., ?]{0,39}"
"""Between a name and `=`, what tells its type: `password: str`, `KEY: &'static str`, `Password As String`."""
_TAIL = rf"[\w.\-$]{{0,{LONGEST}}}"
_BETWEEN = (
    r"""(?:[^\w\r\n]{0,8}[ \t]{0,24}[=:,(>"'|?][^\w\r\n]{0,8}"""
    rf"""|{TYPED}=[^\w\r\n]{{0,8}}"""
    r"""|[^\w\r\n]{1,8}(?:default_?)?value[^\w\r\n]{1,8}"""  # <add key="…" value="…"/>
    rf"""|["']?[ \t]{{0,4}}{BLOCK}\r?\n[ \t]{{1,40}})"""
)
_FOREIGN = [word for words in FOREIGN.values() for word in words]
FAMILIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (STRONG, rf"{_TAIL}{_BETWEEN}\S{{4}}"),
    (WHOLE, rf"(?:[\d_.\-$]{_TAIL})?{_BETWEEN}\S{{4}}"),
    (WEAK, rf"{_TAIL}{_BETWEEN}[\w+/=.\-~]{{16}}"),
    (tuple(filter(str.isascii, _FOREIGN)), rf"{_TAIL}{_BETWEEN}\S{{4}}"),
    (tuple(word for word in _FOREIGN if not word.isascii()), rf"[\w.\-$\x80-\xff]{{0,{LONGEST}}}{_BETWEEN}\S{{4}}"),
)
"""Words, and the regular expression for what follows one of them: the rest of the name and the value's beginning.
(With all words in one expression, Hyperscan finds it too large.) The last ones are not ASCII."""
SPACED = 2
"""The first so many families are also names of what is told by a blank alone."""

AFTER_BLANK = rf"[\w\-]{{0,{LONGEST}}}[ \t]{{1,4}}[^\s\-=:,(]\S{{3}}"
"""What follows a strong or whole word when only a blank stands between name and value. Prose has that too, so one of
BEFORE_BLANK must stand right before the word."""

QUOTED = r"[\w\-]{0,40}[ \t]{1,4}[\"'`][^\s\"'`]{4}"
"""What follows a strong or whole word when only a blank stands before a value in quotes: `storePassword "…"`."""

BEFORE_BLANK = (r"\B--?[\w\-]{0,40}", r"\bENV[ \t]+\w{0,40}", r"\blogin[ \t]+\S{1,64}[ \t]+")
"""A command's option, a Dockerfile's ENV, a line of .netrc."""


def _any(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in words) + ")"


_PLAIN = rf"[\w.\-]{{0,{LONGEST}}}"
_QUOTE = r"[\"'`]{0,2}"
OPEN = (
    # The value is on the next line, or within braces that go on there.
    (
        "",
        r"[\"'`\])]{0,3}[ \t]{0,8}(?:(?:[:=+]?=>?|:|\()[ \t]{0,4}[({\\\[]?|\{)[ \t]{0,4}\r?",
    ),
    # It is the title of a table's last column, in Markdown.
    (r"\|[^|\r\n]{0,40}", rf"{_TAIL}[ \t]{{0,20}}\|[ \t]{{0,4}}\r?"),
    # It is the value of a `name:`, and a `value:` stands above or below.
    (
        rf"(?:name|key|variable){_QUOTE}[ \t]{{0,4}}[:=][ \t]{{0,4}}{_QUOTE}{_PLAIN}",
        rf"{_QUOTE}[ \t]{{0,4}},?[ \t]{{0,4}}\r?",
    ),
)
"""What stands before and after a name with a strong or whole word, up to the line's end, where no value follows."""

_NAME = rf"(?:{_any(STRONG)}{_TAIL}|{_any(WHOLE)}(?:[\d_.\-$]{_TAIL})?)"
OPEN_SHAPES: tuple[str, ...] = tuple(before + _NAME + after for before, after in OPEN)
SHAPES: tuple[str, ...] = (
    *(_any(words) + after for words, after in FAMILIES[:-1]),
    *(before + _any((*STRONG, *WHOLE)) + AFTER_BLANK for before in BEFORE_BLANK),
    _any(FAMILIES[-1][0]),
    _any((*STRONG, *WHOLE)) + QUOTED,
    *(shape + r"\n" for shape in OPEN_SHAPES),
    *pointers.SHAPES,
)
"""Regular expressions, without regard to case, one of which matches wherever an assignment can be read. (Those for a
blank are apart, since as one expression they take Hyperscan twice the time. Words that are not ASCII stand alone: they
are rare, and with what follows them they take it twenty times as long.)"""

WORDS: tuple[str, ...] = tuple(word for words, _ in FAMILIES for word in words)
LED_BY: tuple[str, ...] = tuple(dict.fromkeys((*WORDS, *pointers.WORDS)))
"""One of these stands wherever one of SHAPES matches."""
