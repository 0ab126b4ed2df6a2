"""How a comment is written in a file, known by the file's name."""

from __future__ import annotations

_SYNTAX = {
    ("#", ""): """
        py pyi pyx sh bash zsh fish rb rake gemspec pl pm r jl ps1 psm1 psd1 ex exs cr nim nix awk tcl coffee graphql
        yml yaml toml cfg conf cnf ini properties env envrc tf tfvars hcl rego cmake mk bazel bzl gitconfig credentials
        npmrc pypirc dockerfile containerfile makefile gnumakefile rakefile gemfile vagrantfile brewfile justfile
    """,
    ("//", ""): """
        js jsx mjs cjs ts tsx mts cts java kt kts scala sc groovy gradle go rs c h cc cpp cxx hpp hh cs swift dart
        php proto zig v sol fs fsx jsonc json5 bicep scss sass less jenkinsfile
    """,
    ("--", ""): "sql lua hs elm adb ads vhd",
    (";", ""): "lisp cl el clj cljs edn scm rkt asm",
    ("%", ""): "tex sty erl hrl",
    ("'", ""): "vb vbs bas",
    ("rem", ""): "bat cmd",
    ("/*", "*/"): "css",
    ("<!--", "-->"): """
        html htm xhtml xml xsd xsl xslt svg md markdown vue csproj vbproj fsproj props targets plist
        web.config app.config nuget.config
    """,
}
_FIRST = ("env", "dockerfile", "containerfile", "makefile", "jenkinsfile")
_MARKS = {kind: marks for marks, kinds in _SYNTAX.items() for kind in kinds.split()}


def comment(path: str, text: str) -> str | None:
    """Return `text` as a comment on a line of its own; None where the kind of file is not known, or has no comments."""
    name = path.rpartition("/")[2].lower()
    parts = name.lstrip(".").split(".")
    # `.env.production` and `Dockerfile.web` are told by their beginning, `web.config` by its whole name.
    marks = _MARKS.get(name) or _MARKS.get(parts[-1]) or (_MARKS.get(parts[0]) if parts[0] in _FIRST else None)
    return " ".join((marks[0], text, marks[1])).rstrip() if marks else None
