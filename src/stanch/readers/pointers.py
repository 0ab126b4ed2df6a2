"""Where a command may hold a credential on a line without a credential's name: what a prefilter looks for, and then
what the line must look like for its content to be read.
"""

from __future__ import annotations

import re

from stanch.regexes import lazy

WORDS: tuple[str, ...] = (
    " -p", " -u", "-user ", "-user=", "--auth", "creds ", " -a ", " -w ", " -k ", " -t ", " -s ", " -n", " -b",
    " -c ", " -ap ",
    "curl ", "/p:", "/p ",
    "chpasswd", "passwd ", "sudo -s", "net use", "identified by", "config set", "configure set", "setx ", "setenv ",
    "set -", "login ", "snyk auth", "cf auth", 'send "', 'send \\"', "send --", "send {", "sqlplus", "impdp", "expdp",
    "userid=", ".py ", "kv put",
    "alias set", "-stdin", "--with-token", "authtoken ", "requirepass ", "add_user ", "change_password ",
    "authenticate_user ", "wpa_passphrase", "service install", "secrets create", "secret put", "db2 connect",
    "sonar.login=", "account-key", "nmcli ", "user create", "--body ", "encrypt_string", "rclone config",
    "cryptsetup", "poetry config", "-password ", "mysqladmin ", "authorize-account",
)  # fmt: skip
"""Literals, without regard to case, one of which is on every line that LINE matches: rare in code."""

_GAP = r"(?:[ \t][^\n|;]{0,100})?[ \t]"
_VALUE = r"""[\\"']{0,2}[^\s"'$<>(){}%\\-]\S{3}"""
_SHAPES = (
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
    # what programs have of their own
    r"\bidentified[ \t]+by[ \t]+\S{4}",
    r"""(?:\bsqlplus|\bimpdp|\bexpdp|userid=|\.py)[^\n]{0,40}\w[/:][^\s/@"'$]{3,60}[@:]""",
    r"-Dsonar\.login=\S{4}|--account-key[ \t=]\S{4}|(?:--body|encrypt_string)[ \t=]" + _VALUE,
    r"""\bsend(?:_\w+)?[ \t]+(?:--[ \t]+)?\\?["{][^"\n{}$]{4,80}\\[rn]""",
    r"""\bcurl[^\n|;]{0,100}[ \t]-(?:b|-cookie)[ \t=]{0,2}["']?[\w.%-]{1,40}=\S{4}""",
)  # fmt: skip
LINE = lazy("|".join(_SHAPES).encode(), re.IGNORECASE)
"""What a line looks like whose content is worth to be read by `commands`."""
