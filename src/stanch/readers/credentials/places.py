"""Files whose format says where a secret stands: a field of a line, or the value beside a word.

A kind is a few regular expressions over the content. What a group matches is told under the group's name (`password`,
`token`), whatever the file calls it; the group `value` under what `name` matches. `hidden` is what only looks like a
secret: something encrypted that the file cannot open. `section` is where it belongs: a host, an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.credentials.obscured import decoded
from stanch.regexes import lazy

LEAST = 4
"""A shorter value is nobody's secret, in bytes."""


def read(data: bytes, kind: str) -> Iterator[Assignment]:
    """Yield what stands at the places of a file of this kind."""
    for place in _PLACES[kind]:
        section, decoder = b"", place.decoder
        for found in place.found(data):
            groups = found.groupdict()
            section = groups.pop("section", None) or section
            name = groups.pop("name", None)
            for group, value in groups.items():
                if value is not None and len(value) >= LEAST:
                    plain = decoded(decoder, value, data[: found.start(group)][-_BEFORE:]) if decoder else None
                    yield _assignment(group, name, plain or value, found.span(group), section)


_BEFORE = 2_048
"""How much of what stands before a value its decoder is given, in bytes."""


def _assignment(group: str, name: bytes | None, value: bytes, span: tuple[int, int], section: bytes) -> Assignment:
    group = group.rstrip("_123456789")
    if group == "hidden":
        return Assignment(b"password", value, (span,), quoted=True, dynamic=True, section=section)
    told = name if group == "value" and name else group.encode()
    return Assignment(told, value, (span,), quoted=True, section=section, sure=group != "value")


def _any(group: str, bare: str = r"""[^\s"'\#][^\s"'\#]*""") -> str:
    """Return an expression for a value in double quotes, in single ones, or without any."""
    return rf"""(?:"(?P<{group}_1>[^"\r\n]+)"|'(?P<{group}_2>[^'\r\n]+)'|(?P<{group}_3>{bare}))"""


_B = r"[ \t]{1,16}"
_S = r"[ \t]{0,32}"
_FIELD = r"""(?:"[^"\r\n]*"|[^\s"\#]\S*)"""
_FREE = r"[^\s\"'][^\r\n]*?"
_WORDS = (
    r"root_?pw|(?:root)?bind_?pw|olcRootPW:|admin_?pw|\w*(?:password|passwd|passphrase|secret|_pass|_pw|_token)\d?"
    r"|pass|pwd|shared-secret|auth-pass|authpass|\w+-password(?:-\S+)?|smtp-auth-password|AuthLDAPBindPassword|authtok"
    r"|\w*(?:Password|Passphrase|Secret)"
)
_TEXT = r'<string name="(?:PreSharedKey|Password|Passphrase|SaePassword|WEPKeys?\d?)">(?:&quot;)?'


class Place:
    """Where secrets stand: an expression for text of many lines, how to decode what it finds, and where to look."""

    def __init__(self, text: str, decoder: str = "", *, within: str = "") -> None:
        self._pattern = lazy(text.encode(), re.MULTILINE)
        self._within = lazy(within.encode(), re.MULTILINE) if within else None
        self.decoder = decoder

    def found(self, data: bytes) -> Iterator[re.Match[bytes]]:
        """Yield the matches, in the parts of `data` that count."""
        for part in self._within.finditer(data) if self._within else (None,):
            yield from self._pattern.finditer(data, *part.span()) if part else self._pattern.finditer(data)


def _compiled(*places: tuple[str, str] | str) -> tuple[Place, ...]:
    return tuple(Place(*place) if isinstance(place, tuple) else Place(place) for place in places)


_PLACES: dict[str, tuple[Place, ...]] = {
    # Accounts, a line each. Hashes with a prefix have rules of their own and are left to them.
    "pgpass": _compiled(
        (r"^(?![ \t]*\#)(?P<section>(?:\\.|[^:\\\n])*):(?:(?:\\.|[^:\\\n])*:){3}(?P<password>(?:\\.|[^:\\\r\n])+)",
         "backslashes"),
    ),
    "htpasswd": _compiled(
        r"^[^\s:\#][^:\n]*:(?P<htpasswd_hash>[${][^\s:]{8,})",
        r"^[^\s:\#][^:\n]*:(?![${])(?:(?P<descrypt>[./0-9A-Za-z]{13})(?=[ \t]*\r?$|:)|(?P<password>[^:\s]{4,}))"
    ),
    "htdigest": _compiled(r"^(?P<section>[^:\n]+:[^:\n]+):(?P<htdigest>[0-9a-f]{32})[ \t]*\r?$"),
    "shadow": _compiled(r"^[\w.-]+:(?P<descrypt>[./0-9A-Za-z]{13}):"),
    "smbpasswd": _compiled(r"^[^:\s]+:\d+:(?:[0-9A-F]{32}|X{32}|NO PASSWORD[X*]{21}):(?P<ntlmhash>[0-9A-F]{32}):\["),
    "accounts": _compiled(r"^(?!\w+:[ \t]|\w+://|[ \t]*\#)[^\s:]+:(?!//|[${])(?P<password>[^\s:]+)(?=:\d+|[ \t]*\r?$)"),
    "svnserve": _compiled(rf"^[^\s\#=\[]+{_S}={_S}(?P<password>\S+)"),
    "sasl-passwd": _compiled(rf"^(?P<section>[^\s\#]\S*){_B}[^\s:]+:(?P<password>\S+)"),
    "passwd-client": _compiled(r"^(?P<section>[^\s:\#][^:\n]*):[^:\n]*:(?P<password>[^\r\n:]+)"),
    "third-column": _compiled(rf"^{_S}(?!\#){_FIELD}{_B}{_FIELD}{_B}(?!@/){_any('password')}"),
    "second-column": _compiled(rf"^[^\s\#:;]+(?:{_B}|:){_any('password')}{_S}\r?$"),
    "ipsec": _compiled(
        rf"^(?!{_S}\#)(?P<section>[^\n:\#]*):{_S}(?i:PSK|XAUTH|EAP|NTLM|PIN){_B}{_any('password')}",
        rf"^(?!{_S}\#)[^\n:\#]*:{_S}(?i:RSA|ECDSA|P12|PKCS8|PRIVATE|BLISS){_B}\S+{_B}\"(?P<password>[^\"\n]+)\"",
    ),
    "s3fs": _compiled(r"^(?:[^:\s\#]+:)?[^:\s\#]{16,}:(?P<secret_access_key>[^:\s]{16,})"),
    "cvs": _compiled((r"^(?:/1[ ])?(?P<section>:\w+:\S+)[ ](?P<password>A[!-~]+)", "cvs")),
    "p4tickets": _compiled(r"^(?P<section>[^\n=]*)=[^:\n]+:(?P<token>[0-9A-F]{32})\b"),
    "cookies": _compiled(
        r"^(?:\#HttpOnly_)?(?P<section>[\w.-]+)\t(?i:TRUE|FALSE)\t[^\t\n]*\t(?i:TRUE|FALSE)\t\d+\t"
        r"(?:o\t(?P<token>git-[^\s]+)|(?P<name>[^\t\n]+)\t(?P<value>[^\s]+))"
    ),
    "git-credentials": _compiled(r"^https?://[^\s:/@]*:(?P<password>[^\s@/]+)@(?P<section>[^\s/]+)"),
    # A word, and its value.
    "words": _compiled(
        rf"""^{_S}\#[^\n]*|\blogin\s{{1,16}}(?:anonymous\s{{1,16}}password\s{{1,16}}(?P<hidden>\S+)"""
        r"""|ftp\s{1,16}password\s{1,16}(?P<hidden_2>[\w.+-]+@(?:[\w-]+(?:\.[\w-]+)+)?(?!\S)))"""
        rf"""|\b(?:machine|host|server|poll){_B}(?P<section>[\w.-]+)|(?<![\w-])(?:password|passwd|pass)\s+"""
        + _any("password", r"""(?!login\b|account\b|machine\b|is\b|prompt\b)[^\s"']\S*"""),
    ),
    "directives": _compiled(
        rf"""^{_S}(?:set{_B})?(?!pam_password\b)(?P<name>(?i:{_WORDS}))(?:{_B}|{_S}={_S})"""
        + _any("value", r"""[^\s"'\#;{{=][^\s"';]*"""),
        r"^[ \t]*key[ \t]+\"?[\w.-]{1,128}\"?\s{0,16}\{[^{}]{0,400}?\bsecret[ \t]+"
        r"\"?(?P<secret>[A-Za-z0-9+/=]{8,})\"?[ \t]*;",
    ),
    "redis": _compiled(
        rf"(?i)^{_S}(?:config{_B}set{_B})?(?:requirepass|masterauth|sentinel{_B}auth-pass{_B}\S+|auth){_B}"
        + _any("password") + rf"{_S}\r?$",
        rf"(?i)^{_S}(?:acl{_B}set)?user{_B}\S+(?:{_B}[^\s>]\S*)*{_B}>(?P<password>\S+)",
        rf"(?i)^{_S}auth{_B}\S+{_B}(?P<password>\S+){_S}\r?$",
    ),
    "snmp": _compiled(
        rf"(?i)^{_S}createUser{_B}(?:-e{_B}\S+{_B})?\S+{_B}(?:MD5|SHA\S*){_B}{_any('password')}"
        rf"(?:{_B}(?:DES|AES\S*){_B}{_any('password_4')})?",
        rf"(?i)^{_S}(?:def(?:Auth|Priv)?Passphrase|r[ow]community6?|com2sec6?{_B}\S+{_B}\S+){_B}{_any('password')}",
    ),
    "proxies": _compiled(
        rf"(?i)^{_S}(?:stats{_B}auth{_B}|allow{_B})[^\s:\"]+:(?P<password>[^\s\"]+)",
        rf"(?i)^{_S}user{_B}\S+{_B}insecure-password{_B}(?P<password>\S+)",
        rf"(?i)^{_S}(?:BasicAuth{_B}\S+|SQLConnectInfo{_B}\S+{_B}\S+){_B}{_any('password')}",
        rf"(?i)^{_S}cache_peer{_B}[^\n\#]{{0,160}}?\blogin=[^\s:]+:(?P<password>\S+)",
        rf"(?i)\b(?:username{_B}\S+{_B})?password{_B}(?:is{_B})?\"(?P<password>[^\"\n]+)\"",
    ),
    "lftp": _compiled(
        rf"\b(?:open|lftp)\b[^\n\#]{{0,160}}?{_B}(?:-u|--user){_B}[^\s,]+,(?P<password>\S+)",
        r"\b\w{2,16}://[^\s:/@]{1,128}:(?P<password>[^\s@/]+)@",
    ),
    "ncftp": _compiled((r"\*encoded\*(?P<password>[A-Za-z0-9+/]+=*)", "ncftp")),
    "aws": _compiled(
        rf"^{_S}(?:aws_)?secret_access_key{_S}={_S}(?P<aws_secret_access_key>\S+)",
        rf"^{_S}(?:aws_)?session_token{_S}={_S}(?P<aws_session_token>\S+)",
    ),
    "bundler": _compiled(
        rf"^(?P<section>BUNDLE_\w+__\w+):{_B}[\"']?[^\s:\"']+:(?P<password>[^\s\"'/][^\s\"']*)",
        rf"^(?P<section>BUNDLE_\w+__COM):{_B}[\"']?(?P<token>[^\s:\"']+)[\"']?{_S}\r?$",
    ),
    "rubygems": _compiled(rf"^[\"']?(?P<section>:?[\w.:/-]+?)[\"']?:{_B}[\"']?(?P<token>[^\s\"']+)"),
    "clojure": _compiled(r":(?P<name>[\w-]*(?:password|passphrase|secret|token)[\w-]*)\s+\"(?P<value>[^\"\n]+)\""),
    "chat": _compiled(
        r"(?i)\b(?:nickserv|ns|chanserv|userserv)(?:@[\w.-]+)?[ \t]+:?(?:identify|id|login|auth)[ \t]+(?:\S+[ \t]+)?"
        r"(?P<password>[^\s\";&/]+)(?=[ \t]*(?:[\";&]|\r?$))",
        r"^P=(?P<password>[^\r\n]+)",
        rf"^{_S}Server{_S}={_S}\S+{_B}\+?\d+{_B}(?P<password>\S+)",
        rf"^{_S}(?P<name>[\w.]*password|sasl_password|autosendcmd_pass|[\w.]+_pass){_S}={_S}\"(?P<value>[^\"\n$]+)\"",
    ),
    "svn-auth": _compiled(
        r"^passtype\r?\nV \d+\r?\n(?!simple)\w+\r?\n(?:K \d+\r?\n\w+\r?\nV \d+\r?\n(?P<hidden>[^\r\n]+))?",
        r"^K \d+\r?\n(?:password|passphrase)\r?\nV \d+\r?\n(?P<password>[^\r\n]+)",
    ),
    "dns-key": _compiled(
        r"^(?:PrivateKey|PrivateExponent|Key|Private_value\(x\)): (?P<private_key>[A-Za-z0-9+/=]{16,})"
    ),
    "ceph": _compiled(rf"^{_S}key{_S}={_S}(?P<secret_key>[A-Za-z0-9+/]{{30,}}={{0,2}})"),
    # Networks.
    "wifi": _compiled(
        rf"^{_S}(?i:psk|wpa[_-]?psk|wpa_passphrase|sae_password|(?:private_key_)?passw(?:or)?d|leap-password|key\d?"
        rf"|wep[-_]key\d?|PreSharedKey|Passphrase|private-key-password|apsk|[\w.-]+\.psk|EAP-(?:\w+-)*Password"
        rf"|vpn-password|proxy-password){_S}={_S}(?:\\?\"(?P<password_1>[^\"\r\n]+)\"|'(?P<password_2>[^'\r\n]+)'"
        rf"|(?P<password_3>[^\s\"'][^\r\n]*?))(?:\\\")?{_S}(?:\#[^\n]*)?\r?$",
        rf"^{_S}(?:phase[12]|pam_password|key_mgmt){_S}={_S}\"?(?P<hidden>[^\"\r\n]+)",
    ),
    "wifi-keys": _compiled(
        rf"^(?:WPA_PSK|WPA_PASSPHRASE|KEY(?:_PASSPHRASE)?\d?|IEEE_8021X_(?:\w+_)?PASSWORD){_S}={_S}" + _any("password")
    ),
    "wifi-xml": _compiled(
        r"<protected>(?i:true|1)</protected>\s*<keyMaterial>(?P<hidden>[^<]+)<",
        r"<protected>(?i:false|0)</protected>\s*<keyMaterial>(?P<password>[^<]+)<",
        _TEXT + r"(?P<password>[^<&]+)(?:&quot;)?</string>",
    ),
    "openvpn": _compiled(
        r"^[ \t]*<(?:auth-user-pass|http-proxy-user-pass)>[ \t]*\r?\n[^<\r\n]+\r?\n(?P<password>[^<\r\n]+)"
    ),
    "two-lines": _compiled(r"\A[^\s:=<][^\r\n:=]*\r?\n(?P<password>\S+)\s*\Z"),
    "rdp": _compiled(
        r"(?i)^[ \t]*password 51:b:(?P<hidden>[0-9A-F]+)",
        r"(?i)^[ \t]*\w*password:s:(?P<password>[^\r\n]+)",
    ),
    "vnc": _compiled(
        (r"(?i)^[ \t]*(?:\w*passwd2?|\w*password(?:viewonly)?)[ \t]*=[ \t]*(?P<password>[0-9a-f]{16})", "vnc")
    ),
    "vnc-passwd": _compiled((r"\A(?P<password>[\x00-\xff]{8})(?:[\x00-\xff]{8}){0,2}\Z", "vnc")),
    "pcf": _compiled(
        (r"^!?enc_(?:GroupPwd|UserPassword)=(?P<password>[0-9A-Fa-f]{40,})", "pcf"),
        r"^!?(?:GroupPwd|UserPassword)=(?P<password>[^\r\n]+)",
    ),
    "cisco": _compiled(
        rf"^{_S}(?:enable(?:{_B}(?:password|secret))(?:{_B}level{_B}\d+)?|username{_B}[^\n]{{0,160}}?{_B}(?:password|secret)"
        rf"|password|(?:tacacs|radius)(?:-server|{_B}server)(?:{_B}host{_B}\S+)?[^\n]{{0,160}}?{_B}key|key-string|key"
        rf"|ppp{_B}(?:chap|pap{_B}sent-username{_B}\S+){_B}password|neighbor{_B}\S+{_B}password|pre-shared-key"
        rf"|wpa-psk{_B}ascii|(?:ip{_B}ftp|ip{_B}http{_B}client){_B}password){_B}(?:0{_B})?(?![1-9]{_B}|encrypted\b|\$)"
        r"(?P<password>[^\s*]\S*)",
        rf"^{_S}crypto{_B}isakmp{_B}key{_B}(?:0{_B})?(?!6{_B})(?P<password>[^\s*]\S*){_B}(?:address|hostname)",
        rf"^{_S}snmp-server{_B}community{_B}(?P<password>\S+)",
    ),
    # Desktops, and the installation of machines.
    "winscp": _compiled((r"^(?:Password|ProxyPasswordEnc|TunnelPassword)=(?P<password>[0-9A-F]{8,})", "winscp")),
    "remmina": _compiled(
        r"^(?:\w*password|ssh_tunnel_passphrase)=(?P<hidden>[^\r\n]+)",
        r"^secret=(?P<secret_key>[^\r\n]+)",
    ),
    "psi": _compiled((r"<password[^>]*>(?P<password>(?:[0-9a-f]{4}){4,64})</password>", "psi")),
    "plist": _compiled(
        r"<key>(?P<name>[^<\n]{0,60}(?:Password|Secret|Passphrase|PSK|Token|ApiKey)[^<\n]{0,60})</key>\s*<(?:string|data)>\s*"
        r"(?P<value>[^<]*[^<\s])\s*<"
    ),
    "gpp": _compiled((r"\bcpassword=\"(?P<password>[A-Za-z0-9+/=]{16,})\"", "gpp")),
    "unattend": _compiled(
        (r"(?i)<\w*Password(?:\s[^>]*)?>\s*<Value(?:\s[^>]*)?>\s*(?P<password>[^<\s](?:[^<\r\n]{0,400}[^<\s])?)"
         r"\s{0,40}</Value>", "unattend"),
        r"(?i)<Credentials>(?:\s*<(?!Password)\w+>[^<]*</\w+>){0,4}\s*<Password>(?P<password>[^<]+)</Password>",
    ),
    "kickstart": _compiled(
        rf"^{_S}rootpw{_B}(?![^\n]*--(?:iscrypted|lock))(?:--\w+{_B})*(?P<password>[^\s\-$\#][^\s\#]*)",
        rf"^{_S}(?:user|bootloader|sshpw|part\w*|autopart|logvol|raid|vnc)\b(?![^\n]*--iscrypted)[^\n\#]{{0,160}}?"
        rf"--(?:password|passphrase)[= ]{_any('password', '[^-$ #][^ #]*')}",
    ),
    "preseed": _compiled(
        rf"^{_S}[^\s\#]\S*{_B}\S*(?:password|password-again|wireless_\w+|crypt\w*-passphrase){_B}(?:password|string){_B}"
        r"(?P<password>[^\s$]\S*)"
    ),
    "cloud-init": (
        Place(
            r"^[ \t]+(?:-[ \t])?[\"']?[a-z_][\w.-]*:(?!RANDOM\b|R\b|\$)(?P<password>[^\s:\"']+)[\"']?[ \t]*\r?$",
            within=r"^[ \t]*list:[ \t]*(?:[|>][+-]?)?[ \t]*\r?\n(?:[ \t]+\S[^\n]*\n?)+",
        ),
        *_compiled(
        r"^[ \t]*(?:-[ \t]+)?(?P<name>plain_text_passwd|password):[ \t]+[\"']?(?P<value>[^\s\"'\#$][^\r\n\"'\#]*)",
        ),
    ),
}  # fmt: skip
