"""Lines that may hold a credential without a credential's name: calls and commands that take one by its place.

A prefilter looks for SHAPES. A line with one of them is worth to be read by its format's reader where LINE matches it.
"""

from __future__ import annotations

import re

from stanch.regexes import lazy

_CALLED = (
    "createconnection", "createpool", "mysqli", "mysql_connect", "mysql_pconnect", "pdo", "oci_connect",
    "oci_pconnect", "ibase_connect", "db2_connect", "real_connect", "ftp_login", "pg_connect", "pg_pconnect",
    "getconnection", "sequelize", "basicauth", "basic_auth", "httpdigestauth", "httpproxyauth", "plainauth",
    "proxyauth", "oauth1", "twilio", "createhmac", "hash_hmac", "hmac.new", "createcipher", "createdecipher",
    "securitykey", "hmacsha", "hmac256", "hmac384", "hmac512", "openssl_encrypt", "openssl_decrypt", "fernet",
    "jwt.sign", "jwt.verify", "jwt.encode", "jwt.decode", "totp", "hotp", "cookieparser", "cookiesession",
    "newcookiestore", "unsafeplaintext", "unsafe_plain_text", "sql.open", "sqlx.connect", "buildconfigfield",
    "headervalue",
)  # fmt: skip
"""Functions that take a credential."""
_SHARED = ("login(", "auth(", "authenticate(", "connect(", "client(", "credentials(", "credential(", "basic(")
"""Functions that take one where they are given two texts."""
_CALLS = (
    (_CALLED, r"\w{0,24}[ \t]{0,2}\("),
    (_SHARED, r"(?:[\"'][^\"'\r\n]{1,60}[\"'][^\"'\r\n]{1,12}){1,3}[\"']"),
)
_COMMANDS = (
    " -p", " -u", "-user ", "-user=", "--auth", "creds ", " -a ", " -w ", " -k ", " -t ", " -s ", " -n", " -b",
    " -c ", " -ap ",
    "curl ", "/p:", "/p ",
    "chpasswd", "passwd ", "sudo -s", "net use", "identified by", "config set", "configure set", "setx ", "setenv ",
    "set -", "login ", "snyk auth", "cf auth", 'send "', 'send \\"', "send --", "send {", "sqlplus", "impdp", "expdp",
    "userid=", ".py ", "kv put",
    "alias set", "-stdin", "--with-token", "authtoken ", "requirepass ", "add_user ", "change_password ",
    "authenticate_user ", "wpa_passphrase", "service install", "secrets create", "secret put", "db2 connect",
    "sonar.login=", "account-key", "nmcli ", "user create", "--body ", "--value ", "encrypt_string", "rclone config",
    "cryptsetup", "poetry config", "-password ", "mysqladmin ", "authorize-account",
    "'basic ", '"basic ', "`basic ", " string = '",
)  # fmt: skip
"""Literals, without regard to case, one of which is on every line with one of _COMMAND_LINES: rare in code. (With what
follows them, as the calls, they take Hyperscan three times as long.)"""

_GAP = r"(?:[ \t][^\n|;]{0,100})?[ \t]"
_VALUE = r"""[\\"']{0,2}[^\s"'$<>(){}%\\-]\S{3}"""
_COMMAND_LINES = (
    # user:password, wherever the program stands
    r"""[ \t](?:-[a-z]{0,5}[uae]|--(?:proxy-)?user|--auth|--(?:src-|dest-)?creds)"""
    r"""[ \t=]?["']?[\w.$@{}+-]{1,60}:[^\s:/@"'$]{3}""",
    r"""[ \t]-u[ \t]+["']?[\w\\]{1,40}[,%][^\s"'$]{3}""",
    r"(?:mysql|mariadb|xtrabackup|7z|\bunrar|\brar)[a-z-]{0,12}(?:\.exe)?" + _GAP
    + r"""-h?p["']?[^\s"'$<>(){}%-]\S{2}""",
    r"\b(?:sshpass|plink|pscp|cqlsh|sqlcmd|osql|bcp|mongo[a-z]{0,7}|cypher-shell|redis-cli|ldap[a-z]{3,8}|slappasswd"
    r"|mosquitto_[a-z]{3,6}|snmp[a-z]{3,8}|ipmitool|rdesktop|[sw]?l?x?freerdp|psexec|signtool|(?:un)?zip|twine|swaks|p4"
    r"|useradd|usermod|htpasswd|openssl|gpg2?|codecov)(?:\.exe)?" + _GAP
    + r"[/-](?:p|pw|a|ap|w|s|c|k|t|x|[nbc]{1,3})[ \t:]?" + _VALUE,
    r"\b(?:login|auth|init|upload|unlock-keychain|import|create|publish)" + _GAP + r"-[pt][ \t=]?" + _VALUE,
    # a password by its position
    r"\b(?:vault[ \t]+login|cargo[ \t]+login|snyk[ \t]+auth|ngrok[^\n]{0,20}authtoken|wandb[ \t]+login"
    r"|service[ \t]+install|bw[ \t]+unlock|requirepass|db2[ \t]+connect[^\n]{0,80}using|set-initial-password"
    r"|reset-admin-password|mysqladmin[^\n]{0,80}[ \t]password)[ \t]+" + _VALUE,
    r"\b(?:add_user|change_password|authenticate_user|wpa_passphrase|cf[ \t]+auth|net[ \t]+user?|authorize-account"
    r"|user[ \t]+create|nmcli|net[ \t]+use[ \t]+\S{1,60}|htpasswd[ \t]+-[a-z]{1,3})[ \t]+\S{3,60}[ \t]+\S{4}",
    r"\b(?:config(?:ure)?[ \t]+set|set[ \t]+-g?x|setx|setenv|put|alias[ \t]+set|(?:poetry|rclone)[ \t]+config)[ \t]"
    r"[^\n]{0,80}(?:secret|token|pass|pwd|key|auth|pypi|basic|https?:)[^\s=]{0,60}[ \t]+(?:\S{1,60}[ \t]+)?" + _VALUE,
    # standard input
    r"\b(?:echo|printf)[ \t][^\n|]{4,120}\|[^\n]{0,60}(?:passwd|cryptsetup|-stdin|--with-token|sudo[ \t]+-s"
    r"|secrets?[ \t]+(?:put|create|set))",
    r"(?:chpasswd|--with-token|-stdin|<<)[^\n]{0,40}(?:<<|chpasswd)",
    # a header's value, whatever its name; a parameter of Bicep
    r"""["'`]basic[ ](?:["'`][ \t]{0,4}(?:[+.,&]|\r?$)|\$\{|[^\s:"'`$<>{}]{1,64}:[^\s"'`$<>{}]{4})""",
    r"^[ \t]*param[ \t]+\w{0,60}(?:pass|pwd|secret|token|key|cred|connectionstring)\w{0,40}[ \t]+string[ \t]+=",
    # what programs have of their own
    r"\bidentified[ \t]+by[ \t]+\S{4}",
    r"""(?:\bsqlplus|\bimpdp|\bexpdp|userid=|\.py)[^\n]{0,40}\w[/:][^\s/@"'$]{3,60}[@:]""",
    r"-Dsonar\.login=\S{4}|--account-key[ \t=]\S{4}|(?:--body|--value|encrypt_string)[ \t=]" + _VALUE,
    r"""\bsend(?:_\w+)?[ \t]+(?:--[ \t]+)?\\?["{][^"\n{}$]{4,80}\\[rn]""",
    r"""\bcurl[^\n|;]{0,100}[ \t]-(?:b|-cookie)[ \t=]{0,2}["']?[\w.%-]{1,40}=\S{4}""",
)  # fmt: skip


def _any(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(map(re.escape, words)) + ")"


_CALL_SHAPES = tuple(_any(words) + after for words, after in _CALLS)
SHAPES: tuple[str, ...] = (*_CALL_SHAPES, _any(_COMMANDS))
"""Regular expressions, without regard to case, one of which matches on every line that LINE matches."""
WORDS: tuple[str, ...] = (*_CALLED, *_SHARED, *_COMMANDS)
"""One of these stands wherever one of SHAPES matches."""
LINE = lazy("|".join((*_CALL_SHAPES, *_COMMAND_LINES)).encode(), re.IGNORECASE)
"""What a line looks like whose surroundings are worth to be read."""
