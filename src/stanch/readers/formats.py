"""Which reader a content is for: by its file's name, and where that is unknown by how it begins.

docs/formats.md says the same with an example of each.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from stanch.readers.credentials import files
from stanch.regexes import lazy


class Format(NamedTuple):
    """A format, and the module that reads it."""

    name: str
    module: str
    code: bool = False
    """Source code: read by the statement, in the language `name`, not as a whole."""
    named: bool = False
    """Does its module read several formats, and is it told which?"""
    always: bool = False
    """A credential file: read even where the prefilter finds nothing, since its names are told by the format."""
    pieces: bool = False
    """Can it be read from any line on, with less of what stands around?"""


def _settings(name: str, *, always: bool = False, pieces: bool = False) -> Format:
    return Format(name, f"stanch.readers.settings.{name.replace('-', '_')}", always=always, pieces=pieces)


def _command(name: str) -> Format:
    return Format(name, f"stanch.readers.commands.{name}")


def _code(language: str) -> Format:
    return Format(language, "stanch.readers.code", code=True, named=True)


def _credentials(kind: files.Kind) -> Format:
    return Format(kind[1], f"stanch.readers.{kind[0]}", named=kind[0].startswith("credentials."))


_SHELLS = Format("commands", "stanch.readers.commands")

_SOURCES = {
    "javascript": "[cm]?js|jsx|es6|jsm", "typescript": "[cm]?ts", "tsx": "tsx", "python": "py[iw]?|wsgi",
    "java": "java", "kotlin": "kts?", "c-sharp": "csx?", "go": "go", "ruby": "rb|rake|gemspec|ru|jbuilder|podspec",
    "php": "php[3-8s]?|phtml|inc|ctp",
}  # fmt: skip
"""Languages that `readers/code` reads, and the suffixes of their files."""

_COMMANDS: tuple[tuple[str, Format], ...] = (
    (
        r".+\.(?:sh|bash|zsh|ksh|csh|tcsh|fish|ash|dash|command|bats|sh\.(?:in|tmpl|j2|erb))"
        r"|[._]?(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|aliases|profile|zshrc|zshenv|zprofile|zlogin"
        r"|cshrc|tcshrc|kshrc|xinitrc|xprofile|xsessionrc)",
        _SHELLS,
    ),
    (r".+\.(?:ps1|psm1|psd1|ps1xml)|(?:consolehost|visual studio code host)_history\.txt", _command("powershell")),
    (r".+\.(?:bat|cmd)", _command("batch")),
    (
        r"[._]?(?:bash|zsh|sh|ash|ksh|csh|tcsh|fish)_?history|\.(?:history|zhistory|zsh_history|histfile)"
        r"|\.?crontab(?:\..+)?|.+\.(?:cron|crontab)",
        _command("listings"),
    ),
    (
        r"\.(?:mysql|mariadb|psql|pgcli|mycli|rediscli|mongo|sqlite|sql|clickhouse-client)[_-]?history|\.dbshell"
        r"|mongosh_repl_history",
        _command("statements"),
    ),
    (r"(?:.+[._-])?(?:dockerfile|containerfile)(?:[._-].+)?", _command("dockerfile")),
    (r"(?:gnu|bsd)?makefile(?:\..+)?|.+\.(?:mk|mak|make)|kbuild", _command("makefile")),
    (r".+\.(?:http|rest)", _settings("http-requests")),
    (r"[._]?curlrc", _settings("curlrc", always=True)),
    (r".+\.(?:exp|expect)", _command("expect")),
    (r".+\.(?:md|markdown|mdx|mkd|mdown|rmd|qmd)", _command("markdown")),
    (r"(?:.+\.)?(?:jenkinsfile|vagrantfile)(?:\..+)?", _command("pipelines")),
)
"""Commands, and formats that hold them."""

_NAMED: tuple[tuple[str, Format], ...] = (
    (
        r"\.env(?:rc|[._-](?!(?:.*\.)?(?:ya?ml|json|toml|[cm]?[jt]sx?)$).+)?|env[._-](?:example|sample|dist|template|local)"
        r"|.+\.env(?:rc|file|[._-](?:example|sample|dist|template|local))?|\.(?:flask|vault_)env|\.dev\.vars(?:\..+)?"
        r"|environment|procfile(?:\..+)?",
        _settings("dotenv"),
    ),
    (r".+\.(?:tf|tfvars|hcl|nomad|tofu)|\.terraformrc|terraform\.rc|\.packerconfig", _settings("hcl")),
    (r".+\.bicep(?:param)?", _settings("bicep")),
    (r".+\.toml|pipfile|.+\.toml\.(?:example|sample|dist|template|j2|tmpl)", _settings("toml")),
    (
        r".*(?:password|credential|access_?-?keys?|secret|login|1password|lastpass|bitwarden|keepass|dashlane|nordpass|roboform"
        r"|proton ?pass|keeper).*\.[ct]sv",
        _settings("csv", always=True),
    ),
    (r".+\.[ct]sv", _settings("csv")),
    (
        r".+\.properties(?:\.(?:example|sample|dist|template|default|j2|tmpl))?",
        _settings("properties"),
    ),
    (
        r".*(?:nginx|httpd|apache2?|vhosts?|mosquitto)[\w.-]*\.conf|.+\.(?:nginx|vhost|htaccess)|\.htaccess|fastcgi_params",
        _settings("directives", always=True),
    ),
    (
        r".+\.(?:ini|cfg|conf|cnf|desktop|service|socket|timer|mount|reg|inf|prefs|editorconfig|rc)"
        r"(?:\.(?:example|sample|dist|template|default|bak|orig|old|in|j2|tmpl))?"
        r"|\.?git-?config|\.gitmodules|\.hgrc|\.?my\.cnf|\.mylogin|\.coveragerc|\.flake8|\.pylintrc|\.boto|\.s3cfg",
        _settings("ini"),
    ),
    (
        r".+\.(?:xml|config|csproj|fsproj|vbproj|vcxproj|props|targets|pubxml|publishsettings|settings|plist|resx|wsdl|xsd"
        r"|xaml|jelly|nuspec|dtsx|rdlc?|ism|wxs|storyboard|entitlements|xconf|tmx|jrxml|mobileconfig|rss|jnlp|iml|ipr)"
        r"(?:\.(?:example|sample|dist|template|default|bak|orig|old|in|j2|tmpl|user|user-dist|transform))?"
        r"|(?:web|app)\.[\w-]+\.config|nuget\.config",
        _settings("xml"),
    ),
    (r"\.dockercfg|auth\.json|credentials\.tfrc\.json", _settings("json", always=True)),
    (
        r".+\.(?:json[c5l]?|jsonlines|ndjson|geojson|topojson|tfstate(?:\..+)?|ipynb|har|webmanifest|avsc|code-workspace"
        r"|sublime-(?:project|settings)|json\.(?:example|sample|dist|template|tmpl|bak|old|orig))"
        r"|\.(?:babelrc|eslintrc|jshintrc|jscsrc|prettierrc|stylelintrc|swcrc|nycrc|bowerrc|firebaserc|watchmanconfig)"
        r"|composer\.lock|pipfile\.lock|flake\.lock",
        _settings("json", pieces=True),
    ),
    (
        r".+\.(?:ya?ml|e-?yaml|kubeconfig|sls|raml|cwl|cff)"
        r"|.+\.ya?ml\.(?:example|sample|dist|template|tmpl|tpl|j2|jinja2?|erb|bak|old|orig|gotmpl|in)"
        r"|kubeconfig|\.(?:yamllint|condarc|gemrc|clang-format|clang-tidy|sops)",
        _settings("yaml", pieces=True),
    ),
    *_COMMANDS,
    *((rf".+\.(?:{suffixes})", _code(language)) for language, suffixes in _SOURCES.items()),
)  # fmt: skip
"""What a path's last part looks like, in lower case, as a regular expression; the first that fits it wholly counts."""

_COMMENTS = rb"(?s:\s++|/\*.*?\*/|//[^\n]*+\n)*+"
_PYTHON = lazy(
    rb"#![^\n]*\bpython|(?:#[^\n]*+\n|\s++)*+"
    rb"(?:\"{3}|from [\w.]++ import\b"
    rb"|import (?:os|sys|re|json|time|logging|random|requests|boto3|numpy|unittest|argparse)\b)"
)
_ECMASCRIPT = lazy(
    rb"#![^\n]*\bnode\b|" + _COMMENTS + rb"(?:[\"']use strict[\"']|import [\"']|module\.exports\b"
    rb"|import [\w$*{][^\"'`;()=]{0,300}?\bfrom [\"']|(?:const|var|let) [\w$ {},]++= require\("
    rb"|\(function ?\w*+\(|function \w++\(\w|export (?:default|const|class)\b)"
)
_RUBY = lazy(rb"#![^\n]*\bruby\b|(?:#[^\n]*+\n|\s++)*+(?:require(?:_relative)? ['\"]|class \w++(?: < [\w:]++)?\r?\n)")
_PHP = lazy(rb"(?:#![^\n]*\bphp[^\n]*\n)?\s*+<\?php\b")
_GO = lazy(_COMMENTS + rb"package \w++\r?\n")
_JAVA = lazy(_COMMENTS + rb"(?:package [\w.]++;|import (?:static )?(?:java|javax|org|com)\.[\w.*]++;)")
_CSHARP = lazy(
    rb"(?:\xef\xbb\xbf)?" + _COMMENTS + rb"(?:using (?:static )?[A-Z][\w.]*+;|namespace [A-Z][\w.]*+\s*+[;{])"
)
_HASHES = rb"(?:\#[^\n]*+\n|\s++)*+"
_SHELL = lazy(rb"\#![ ]?/[^\n]*[/ ](?:ba|z|k|da|a|c|tc|fi|mk)?sh\b")
_DOCKERFILE = lazy(_HASHES + rb"(?:ARG [^\n]+\n\s*+)*+FROM [a-z0-9${][\w./:@${}-]*+(?: +(?:AS|as) \S+)?\s*?\n")
_POWERSHELL = lazy(
    rb"(?i)\#![^\n]*\bpwsh\b|(?:\#(?!requires\b)[^\n]*+\n|\s++)*+(?:\#requires\b|<\#\s|param\s*\(\s*[\[$]|\[cmdletbinding\()"
)
_PIPELINE = lazy(
    rb"\#![^\n]*\bgroovy\b|" + _COMMENTS + rb"(?:@Library\([^\n]*\n\s*)?(?:pipeline\s*\{|node\s*(?:\([^)\n]*\)\s*)?\{)"
    rb"|" + _HASHES + rb"Vagrant\.configure"
)
_STORE = Format("", "stanch.readers.credentials.stores", named=True, always=True)
_STORES = lazy(
    rb"0(?:\x82..|\x83...|\x80|\x81.|[\x2e-\x7f])\x02\x01[\0\x01\x03]|0\x82..0.\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05"
    rb"|(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)\0\0\0|KWALLET\n\r\0|GnomeKeyring\n\r|kych\0\x01|\xa1\xf8\x4e[678]"
    rb"|\x05\x02\0\0[\0-\x02].\0[\x01-\x08]\0|\x05\x04\0[\0\x0c]|\x1e\xf1\xb5\xb0\0\0|\x07\x02\0\0\0[\x24\xa4]\0\0RSA2"
    rb"|\([0-9]+:(?:protected-)?private-key",
    re.DOTALL,
)
"""The first bytes of key stores and of private keys. `credentials.stores` looks closer."""
_STORES_START = frozenset(bytes((byte,)) for byte in b"0\xfe\xceKGk\xa1\x05\x1e\x07(")

_BEGINNINGS: tuple[tuple[re.Pattern[bytes], Format], ...] = (
    (_STORES, _STORE),
    *((lazy(head), _credentials(kind)) for head, kind in files.BEGINNINGS),
    (
        lazy(rb"""(?:\xef\xbb\xbf)?\s*(?://[^\n]*\n\s*){0,4}(?:\[\s*)?\{\s*"[^"\n]{0,120}"\s*:"""),
        _settings("json", pieces=True),
    ),
    (
        lazy(
            rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+(?!<(?:svg|html|!DOCTYPE\s+(?:svg|html))\b)<|<configuration>)"
        ),
        _settings("xml"),
    ),
    (
        lazy(
            rb"""(?x) (?:[ \t]*+(?:(?:\#|//)[^\n]*+)?\r?\n)*+
            (?: (?:resource|data)[ ]"[\w-]+"[ ]"[\w-]+"[ ]*\{ | (?:variable|provider|module|output)[ ]"[\w./-]+"[ ]*\{
              | (?:terraform|locals)[ ]*\{\s )"""
        ),
        _settings("hcl"),
    ),
    (
        lazy(
            rb"""(?x) (?:[ \t]*+(?://[^\n]*+)?\r?\n)*+ (?: targetScope[ ]*=[ ]*'
            | @(?:description\('|secure\(\)|allowed\(\[)
            | param[ ]\w+[ ](?:string|int|bool|object|array)\b | resource[ ]\w+[ ]'Microsoft\. )"""
        ),
        _settings("bicep"),
    ),
    (
        lazy(
            rb"""(?x) (?:[ \t]*+(?:\#[^\n]*+)?\r?\n)*+ \[\[?[\w."-]+\]\]?[ \t]*\r?\n (?:[ \t]*+(?:\#[^\n]*+)?\r?\n)*+
            [ \t]*+[\w."-]++[ \t]*+=[ \t]*+(?:"|'|\[|\{|\d|true\b|false\b)"""
        ),
        _settings("toml"),
    ),
    (
        lazy(
            rb"""(?x) (?:[ \t]*+(?:[\#;][^\n]*+)?\r?\n)*+ \[[A-Za-z][^\]\r\n]{0,80}\][ \t]*\r?\n
            (?:[ \t]*+(?:[\#;][^\n]*+)?\r?\n)*+ [ \t]*+[A-Za-z][\w.-]*+[ \t]*+="""
        ),
        _settings("ini"),
    ),
    (
        lazy(
            rb"""(?x) (?: [ \t]*+(?:\#[^\n]*+)?\r?\n | (?:export[ ])?[A-Z][A-Z0-9_]*+=(?![^\n]*\$\()[^\n]*+\n ){2,}+
            (?: \Z | [^\n]*\Z(?<=[\s\S]{512}) )"""
        ),
        _settings("dotenv"),
    ),
    (
        lazy(rb"(?:[ \t]*+(?:[#!][^\n]*+)?\r?\n)*+(?:[a-z][\w-]*+(?:\.[\w-]++)++[ ]?=[^\n]*+\n){2}"),
        _settings("properties"),
    ),
    (
        lazy(
            rb"""(?x) (?:\xef\xbb\xbf)?+ (?:[ \t]*+(?:\#[^\n]*+)?\r?\n)*+
            (?: %YAML[ ] | ---[ \t]+[#!]
              | ---[ \t]*\r?\n (?![\s\S]*\n---[ \t]*\r?\n (?![\w.\-]+:[ \t\r\n]|-[ ]))  # and no text behind
              | -[ ]+(?:name|hosts|repo|import_\w+|include\w*|id|key):[ \t\r\n]
              | (?:[\w.\-/]++:(?:[ \t][^\n]*+)?\r?\n | [ \t]*+(?:\#[^\n]*+)?\r?\n)*?
                [\w.\-/]++:[ \t]*\r?\n (?:[ \t]*+(?:\#[^\n]*+)?\r?\n)*+ [ ]*
                (?:-[ ]|(?<=[ ])["']?[\w.\-/]++["']?:[ \r\n]))
            """
        ),
        _settings("yaml", pieces=True),
    ),
    (_SHELL, _SHELLS),
    (_DOCKERFILE, _command("dockerfile")),
    (_POWERSHELL, _command("powershell")),
    (lazy(rb"(?i)@echo off\b|@?setlocal\b|::[^\n]*\r?\n@"), _command("batch")),
    (lazy(rb":[ ]1\d{9}:\d+;|-[ ]cmd:[ ]|\#1\d{9}\n"), _command("listings")),
    (lazy(rb"_HiStOrY_V2_\n"), _command("statements")),
    (lazy(rb"\#![^\n]{0,40}\bexpect\b"), _command("expect")),
    (_PIPELINE, _command("pipelines")),
    (
        lazy(rb"(?:\#\#\#[^\n]*\n\s*|@\w+ ?=[^\n]+\n\s*)*(?:GET|POST|PUT|PATCH|DELETE) (?:https?://|\{\{)"),
        _settings("http-requests"),
    ),
    (lazy(_HASHES + rb"(?:\.PHONY[ ]*:|SHELL[ ]*:?=)"), _command("makefile")),
    (_PYTHON, _code("python")),
    (_ECMASCRIPT, _code("tsx")),  # whichever of them it is: this grammar reads them all
    (_RUBY, _code("ruby")),
    (_PHP, _code("php")),
    (_GO, _code("go")),
    (_JAVA, _code("java")),
    (_CSHARP, _code("c-sharp")),
)
"""How a content begins whose path is unknown, as in git's history."""
HEAD = 512
"""How much of it is looked at, in bytes."""


def of(path: str | None, data: bytes) -> Format | None:
    """Return the format of a content, or None when only its lines can be read."""
    found = by_path(path) if path else None
    return found or by_beginning(data[:HEAD])


def by_path(path: str) -> Format | None:
    """Return the format of the file at this path: a credential file by its last parts, another by its name."""
    kind = files.kind(path)
    if kind:
        return _credentials(kind)._replace(always=True)
    return by_name(path.rpartition("/")[2].lower())


@lru_cache(maxsize=4096)
def by_name(name: str) -> Format | None:
    """Return the format of files of this name, which is in lower case and without folders."""
    return next((format for pattern, format in _NAMED if re.fullmatch(pattern, name)), None)


def is_store(data: bytes, start: int) -> bool:
    """May a content that begins at `start` be a key store? One is read whatever its path and the prefilter say."""
    return data[start : start + 1] in _STORES_START and bool(_STORES.match(data, start))


def by_beginning(head: bytes) -> Format | None:
    """Return the format that a content begins like."""
    return next((format for pattern, format in _BEGINNINGS if pattern.match(head)), None)
