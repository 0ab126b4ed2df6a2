"""Which reader a content is for: by its file's name, and where that is unknown by how it begins.

docs/formats.md says the same with an example of each.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from stanch.readers import beginnings
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


def _credentials(kind: files.Kind) -> Format:
    return Format(kind[1], f"stanch.readers.{kind[0]}", named=kind[0].startswith("credentials."))


_DRAFT = "example|sample|dist|template|tmpl"
"""What is appended to the name of a file that somebody is to fill in."""
_KEPT = "bak|orig|old"
"""What is appended to the name of one that was kept."""

# A format, and what a path's last part looks like, in lower case, as a regular expression; the first that fits it
# wholly counts. `always` behind a name: these hold credentials whatever the prefilter finds.
_SETTINGS: tuple[tuple[str, str], ...] = (
    ("dotenv", r"\.env(?:rc|[._-](?!(?:.*\.)?(?:ya?ml|json|toml|[cm]?[jt]sx?)$).+)?"
               r"|env[._-](?:example|sample|dist|template|local)"
               r"|.+\.env(?:rc|file|[._-](?:example|sample|dist|template|local))?|\.(?:flask|vault_)env"
               r"|\.dev\.vars(?:\..+)?|environment|procfile(?:\..+)?"),
    ("hcl", r".+\.(?:tf|tfvars|hcl|nomad|tofu)|\.terraformrc|terraform\.rc|\.packerconfig"),
    ("bicep", r".+\.bicep(?:param)?"),
    ("toml", rf".+\.toml(?:\.(?:{_DRAFT}|j2))?|pipfile"),
    ("csv always", r".*(?:password|credential|access_?-?keys?|secret|login|1password|lastpass|bitwarden|keepass"
                   r"|dashlane|nordpass|roboform|proton ?pass|keeper).*\.[ct]sv"),
    ("csv", r".+\.[ct]sv"),
    ("properties", rf".+\.properties(?:\.(?:{_DRAFT}|default|j2))?"),
    ("directives always", r".*(?:nginx|httpd|apache2?|vhosts?|mosquitto)[\w.-]*\.conf|.+\.(?:nginx|vhost|htaccess)"
                          r"|\.htaccess|fastcgi_params"),
    ("ini", r".+\.(?:ini|cfg|conf|cnf|desktop|service|socket|timer|mount|reg|inf|prefs|editorconfig|rc)"
            rf"(?:\.(?:{_DRAFT}|{_KEPT}|default|in|j2))?"
            r"|\.?git-?config|\.gitmodules|\.hgrc|\.?my\.cnf|\.mylogin|\.coveragerc|\.flake8|\.pylintrc|\.boto"
            r"|\.s3cfg"),
    ("xml", r".+\.(?:xml|config|csproj|fsproj|vbproj|vcxproj|props|targets|pubxml|publishsettings|settings|plist|resx"
            r"|wsdl|xsd|xaml|jelly|nuspec|dtsx|rdlc?|ism|wxs|storyboard|entitlements|xconf|tmx|jrxml|mobileconfig|rss|jnlp"
            rf"|iml|ipr)(?:\.(?:{_DRAFT}|{_KEPT}|default|in|j2|user|user-dist|transform))?"
            r"|(?:web|app)\.[\w-]+\.config|nuget\.config"),
    ("json always", r"\.dockercfg|auth\.json|credentials\.tfrc\.json"),
    ("json", r".+\.(?:json[c5l]?|jsonlines|ndjson|geojson|topojson|tfstate(?:\..+)?|ipynb|har|webmanifest|avsc"
             rf"|code-workspace|sublime-(?:project|settings)|json\.(?:{_DRAFT}|{_KEPT}))"
             r"|\.(?:babelrc|eslintrc|jshintrc|jscsrc|prettierrc|stylelintrc|swcrc|nycrc|bowerrc|firebaserc"
             r"|watchmanconfig)|composer\.lock|pipfile\.lock|flake\.lock"),
    ("yaml", r".+\.(?:ya?ml|e-?yaml|kubeconfig|sls|raml|cwl|cff)"
             rf"|.+\.ya?ml\.(?:{_DRAFT}|{_KEPT}|tpl|j2|jinja2?|erb|gotmpl|in)"
             r"|kubeconfig|\.(?:yamllint|condarc|gemrc|clang-format|clang-tidy|sops)"),
)  # fmt: skip

_COMMANDS: tuple[tuple[str, str], ...] = (
    ("commands", r".+\.(?:sh|bash|zsh|ksh|csh|tcsh|fish|ash|dash|command|bats|sh\.(?:in|tmpl|j2|erb))"
                 r"|[._]?(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|aliases|profile|zshrc|zshenv"
                 r"|zprofile|zlogin|cshrc|tcshrc|kshrc|xinitrc|xprofile|xsessionrc)"),
    ("powershell", r".+\.(?:ps1|psm1|psd1|ps1xml)|(?:consolehost|visual studio code host)_history\.txt"),
    ("batch", r".+\.(?:bat|cmd)"),
    ("listings", r"[._]?(?:bash|zsh|sh|ash|ksh|csh|tcsh|fish)_?history|\.(?:history|zhistory|zsh_history|histfile)"
                 r"|\.?crontab(?:\..+)?|.+\.(?:cron|crontab)"),
    ("statements", r"\.(?:mysql|mariadb|psql|pgcli|mycli|rediscli|mongo|sqlite|sql|clickhouse-client)[_-]?history"
                   r"|\.dbshell|mongosh_repl_history"),
    ("dockerfile", r"(?:.+[._-])?(?:dockerfile|containerfile)(?:[._-].+)?"),
    ("makefile", r"(?:gnu|bsd)?makefile(?:\..+)?|.+\.(?:mk|mak|make)|kbuild"),
    ("http-requests", r".+\.(?:http|rest)"),
    ("curlrc always", r"[._]?curlrc"),
    ("expect", r".+\.(?:exp|expect)"),
    ("markdown", r".+\.(?:md|markdown|mdx|mkd|mdown|rmd|qmd)"),
    ("pipelines", r"(?:.+\.)?(?:jenkinsfile|vagrantfile)(?:\..+)?"),
)  # fmt: skip

_CODE: tuple[tuple[str, str], ...] = (
    ("javascript", r".+\.(?:[cm]?js|jsx|es6|jsm)"),
    ("typescript", r".+\.[cm]?ts"),
    ("tsx", r".+\.tsx"),
    ("python", r".+\.(?:py[iw]?|wsgi)"),
    ("java", r".+\.java"),
    ("kotlin", r".+\.kts?"),
    ("c-sharp", r".+\.csx?"),
    ("go", r".+\.go"),
    ("ruby", r".+\.(?:rb|rake|gemspec|ru|jbuilder|podspec)"),
    ("php", r".+\.(?:php[3-8s]?|phtml|inc|ctp)"),
)


def _formats(family: str, rows: tuple[tuple[str, str], ...]) -> dict[str, Format]:
    names = [row.partition(" ")[0] for row, _ in rows]
    return {name: Format(name, f"stanch.readers.{family}.{name.replace('-', '_')}") for name in names}


_FORMATS = {
    **_formats("settings", _SETTINGS),
    "json": Format("json", "stanch.readers.settings.json", pieces=True),
    "yaml": Format("yaml", "stanch.readers.settings.yaml", pieces=True),
    **_formats("commands", _COMMANDS),
    "commands": Format("commands", "stanch.readers.commands"),
    **{language: Format(language, "stanch.readers.code", code=True, named=True) for language, _ in _CODE},
}


def _format(row: str) -> Format:
    name, _, always = row.partition(" ")
    return _FORMATS[name]._replace(always=bool(always))


_NAMED = tuple((pattern, _format(row)) for row, pattern in (*_SETTINGS, *_COMMANDS, *_CODE))
_STORE = Format("", "stanch.readers.credentials.stores", named=True, always=True)
_STORES = lazy(beginnings.STORES, re.DOTALL)
_BEGINNINGS: tuple[tuple[re.Pattern[bytes], Format], ...] = (
    (_STORES, _STORE),
    *((lazy(head), _credentials(kind)) for head, kind in files.BEGINNINGS),
    *(
        (lazy(beginnings.pattern(head)), _FORMATS[name])
        for name, head in (*beginnings.SETTINGS, *beginnings.COMMANDS, *beginnings.CODE)
    ),
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
    return data[start : start + 1] in beginnings.STORES_START and bool(_STORES.match(data, start))


def by_beginning(head: bytes) -> Format | None:
    """Return the format that a content begins like."""
    return next((format for pattern, format in _BEGINNINGS if pattern.match(head)), None)
