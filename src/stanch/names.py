"""Which names say that the value beside them is a credential, and what an assignment to one looks like.

One truth for the prefilter, which looks for the shapes, and for the matcher, which reads an assignment only
where one of them matches. So both engines agree by construction.
"""

from __future__ import annotations

FOREIGN = {
    "password": (
        "passwort", "kennwort", "mot_de_passe", "mot-de-passe", "motdepasse", "contrasena", "contrase\u00f1a", "contrasenya",
        "clave_secreta", "clavesecreta", "clave_acceso", "claveacceso", "senha", "parola", "parool", "haslo", "has\u0142o",
        "wachtwoord", "losenord", "l\u00f6senord", "passord", "adgangskode", "kodeord", "heslo", "salasana", "jelszo",
        "jelsz\u00f3", "lozinka", "geslo", "sifre", "\u015fifre", "matkhau", "mat_khau", "katasandi", "kata_sandi",
        "parol_", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u041f\u0430\u0440\u043e\u043b\u044c",
        "\u041f\u0410\u0420\u041e\u041b\u042c", "\u5bc6\u7801", "\u5bc6\u78bc", "\u53e3\u4ee4",
        "\u30d1\u30b9\u30ef\u30fc\u30c9", "\ube44\ubc00\ubc88\ud638", "\u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19",
    ),
    "secret": ("geheimnis", "segredo", "\u0441\u0435\u043a\u0440\u0435\u0442", "\u0421\u0435\u043a\u0440\u0435\u0442"),
    "token": ("jeton", "\u0442\u043e\u043a\u0435\u043d", "\u0422\u043e\u043a\u0435\u043d", "\u4ee4\u724c", "\u30c8\u30fc\u30af\u30f3"),
    "secretkey": (
        "cle_secrete", "cle_privee", "cle_api", "clave_privada", "clave_api", "chave_secreta", "chave_privada", "chiave_segreta",
        "schluessel", "schl\u00fcssel", "\u5bc6\u94a5", "\u5bc6\u9470", "\u79d8\u5bc6\u9375", "\u79c1\u94a5",
    ),
}  # fmt: skip
"""What code in other languages calls them, in lower case, and as it is capitalised where that is not ASCII."""

STRONG = (
    "passw", "passphrase", "passcode", "pwd", "secret", "token", "cred", "authoriz", "authent", "authtok", "authkey",
    "apikey", "api_key", "api-key",
    "accesskey", "access_key", "access-key", "privatekey", "private_key", "private-key", "bearer",
    "connectionstring", "connection_string", "connstr", "conn_str",
    *(word for words in FOREIGN.values() for word in words),
)  # fmt: skip
"""Parts of a name after which any value of four characters is worth a look."""

WHOLE = ("pass", "psw", "pw", "auth", "mdp", "pin_code", "sandi", "clave")
"""Words that count only when no letter follows: `db_pass`, but not `passenger`."""

WEAK = (
    "key", "salt", "dsn", "sid", "signature", "sessionid", "session_id", "cookie", "webhook", "sas", "account",
    "client_id", "clientid", "client-id", "app_id", "appid", "app-id", "license", "jwt", "hmac",
)  # fmt: skip
"""Parts of a name after which only a run of sixteen token characters is worth a look."""

LONGEST = 40
"""How far a name is followed on either side of its credential word, in bytes."""
REACH = 160
"""A shape ends at most so many bytes after the credential word that it begins with."""


BLOCK = r":[ \t]{1,4}[|>][+-]?[ \t]{0,4}"
"""What opens a block scalar of YAML at the end of a name's line: the value stands on the next one."""
_TAIL = rf"[\w.\-$]{{0,{LONGEST}}}"
_BETWEEN = (
    r"""(?:[^\w\r\n]{0,24}[=:,(>"'|?][^\w\r\n]{0,24}"""
    r"""|[ \t]{0,4}:[ \t]{0,4}\w[\w<>\[\]|., ?]{0,39}=[^\w\r\n]{0,8}"""  # a typed name
    r"""|[^\w\r\n]{1,8}value[^\w\r\n]{1,8}"""  # <add key="…" value="…"/>
    rf"""|["']?[ \t]{{0,4}}{BLOCK}\r?\n[ \t]{{1,40}})"""
)
FAMILIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (STRONG, rf"{_TAIL}{_BETWEEN}\S{{4}}"),
    (WHOLE, rf"(?:[\d_.\-$]{_TAIL})?{_BETWEEN}\S{{4}}"),
    (WEAK, rf"{_TAIL}{_BETWEEN}[\w+/=.\-~]{{16}}"),
)
"""Words, and the regular expression for what follows one of them: the rest of the name and the value's beginning."""

AFTER_BLANK = rf"[\w\-]{{0,{LONGEST}}}[ \t]{{1,4}}[^\s\-=:,(]\S{{3}}"
"""What follows a strong or whole word when only a blank stands between name and value. Prose has that too, so one of
BEFORE_BLANK must stand right before the word."""

BEFORE_BLANK = (r"\B--?[\w\-]{0,40}", r"\bENV[ \t]+\w{0,40}", r"\blogin[ \t]+\S{1,64}[ \t]+")
"""A command's option, a Dockerfile's ENV, a line of .netrc."""


def _any(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(word.replace("-", r"\-") for word in words) + ")"


SHAPES: tuple[str, ...] = (
    *(_any(words) + after for words, after in FAMILIES),
    *(before + _any((*STRONG, *WHOLE)) + AFTER_BLANK for before in BEFORE_BLANK),
)
"""Regular expressions, without regard to case, one of which matches wherever an assignment can be read. (Those for a
blank are apart, since as one expression they take Hyperscan twice the time.)"""

WORDS: tuple[str, ...] = (*STRONG, *WHOLE, *WEAK)
