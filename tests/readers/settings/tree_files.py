"""Texts of JSON and YAML, and what readers make of them: `@` stands for a value, `~` for one of digits."""

from __future__ import annotations

import base64
from random import Random

V = bytes(Random(7).choices(b"abcdefghjkmnpqrstuvwxyz23456789", k=20))
NUMBER = b"%d" % Random(6).randrange(10**8, 10**9)
ENCODED = base64.b64encode(V)

Row = tuple[bytes, bytes, bytes]
"""A text, and the name and section of its value."""


def filled(text: bytes) -> bytes:
    """Return `text` with values in their places."""
    return text.replace(b"@", V).replace(b"~", NUMBER)


JSON: list[Row] = [
    (b'{"password": "@"}', b"password", b""),
    (b'{"db": {"prod": {"password": "@"}}}', b"password", b"db prod"),
    (b'{"Values": {"Db:Password": "@"}, "IsEncrypted": false}', b"Db:Password", b"Values"),
    (b'\xef\xbb\xbf{"a": 1, "password": "@"}', b"password", b""),
    (b'{"a": [1, 2.5, true, null, "x"], "password": "@",}', b"password", b""),
    (b'{"password": ~}', b"password", b""),
    # JSON5, comments, broken
    (b"{password: '@'}", b"password", b""),
    (b'{"url": "http://x", // "not": "this"\n /* {"nor": \n "this"} */ "password": "@", }', b"password", b""),
    (b'{"a": "one \\\n two", "password": "@"}', b"password", b""),
    (b'{"a": "unclosed,\n "password": "@"', b"password", b""),
    (b'  "token": "x",\n "password": "@"\n }, {"a": 1}]', b"password", b""),
    (b'{"a": 1}\n{"b": {"password": "@"}}\n', b"password", b"b"),
    # name and value apart
    (b'{"env": [{"name": "DB_PASSWORD", "value": "@"}]}', b"DB_PASSWORD", b"env"),
    (b'{"env": [{"value": "@", "slotSetting": false, "name": "DB_PASSWORD"}]}', b"DB_PASSWORD", b"env"),
    (b'[{"ParameterKey": "DbPassword", "ParameterValue": "@"}]', b"DbPassword", b""),
    (b'[{"secret_name": "db_password", "secret_value": "@"}]', b"db_password", b""),
    (b'{"Parameter": {"Name": "/prod/db/password", "Value": "@"}}', b"/prod/db/password", b"Parameter"),
    (b'{"Environment": [{"Name": "X_TOKEN", "Value": "@"}]}', b"X_TOKEN", b"Environment"),
    (b'{"header": [{"key": "X-Api-Key", "value": "@", "type": "text"}]}', b"X-Api-Key", b"header"),
    (b'{"auth": {"apikey": [{"key": "value", "value": "@"}]}}', b"apikey", b"auth apikey"),
    (b'{"parameters": {"dbPassword": {"value": "@"}}}', b"dbPassword", b"parameters dbPassword"),
    (b'{"parameters": {"pw": {"type": "securestring", "defaultValue": "@"}}}', b"pw", b"parameters pw (securestring)"),
    (b'{"Parameters": {"Pw": {"Type": "String", "Default": "@", "NoEcho": true}}}', b"Pw", b"Parameters Pw"),
    (b'{"outputs": {"db_password": {"sensitive": true, "value": "@"}}}', b"db_password", b"outputs db_password"),
    (b'{"db_password": {"defaultValue": "@"}}', b"db_password", b"db_password"),
    (b'{"keyValue": "@", "key": "token"}', b"keyValue", b""),
    (b'{"name": "token", "interval": "@"}', b"interval", b"(token)"),
    (b'{"Tags": [{"Key": "Token", "Value": "@"}]}', b"Value", b"Tags"),
    # what objects are about
    (
        b'{"resources": [{"type": "aws_db", "name": "orders", "instances": [{"attributes": {"password": "@"}}]}]}',
        b"password",
        b"resources (aws_db) (orders) instances attributes",
    ),
    # sequences
    (b'{"Env": ["PATH=/bin", "API_TOKEN=@"]}', b"API_TOKEN", b"Env"),
    (b'{"command": ["mysqldump", "--password", "@", "db"]}', b"--password", b"command"),
    (b'{"command": ["serve", "--api-key=@"]}', b"api-key", b"command"),
    (b'{"passwords": ["@"]}', b"passwords", b"passwords"),
    (b'{"apiTokens": {"mailer": "@"}}', b"apiTokens.mailer", b"apiTokens"),
    # inside of texts
    (b'{"scripts": {"up": "export DB_PASSWORD=@; serve"}}', b"DB_PASSWORD", b"scripts up"),
    (b'{"body": "{\\"password\\": \\"@\\"}"}', b"password", b"body"),
    (b'{"cells": [{"source": ["x = 1\\n", "password = \\"@\\"\\n", "y"]}]}', b"password", b"cells source source"),
    (b'{"cells": [{"outputs": [{"text": ["a\\n", "token: @"]}]}]}', b"token", b"cells outputs text text"),
    (b'{"ZipFile": "import os\\npassword = \'@\'\\n"}', b"password", b"ZipFile"),
    (b'{"request": {"postData": {"text": "user=me&password=@"}}}', b"password", b"request postData text"),
    # where a format says so
    (b'{"github-oauth": {"github.com": "@"}}', b"token", b"github-oauth"),
    (b'{"credentials": {"app.terraform.io": {"token": "@"}}}', b"token", b"credentials app.terraform.io"),
    (b'{"keys": [{"kty": "oct", "k": "@"}]}', b"private_key", b"keys"),
]
YAML: list[Row] = [
    (b"password: @\n", b"password", b""),
    (b"password: @", b"password", b""),
    (b"password: @  # the old one\r\nb: c\r\n", b"password", b""),
    (b"password: '@'", b"password", b""),
    (b'"pass word": "@" # note', b"pass word", b""),
    (b"a:\n  b:\n    c: 1\n  d:\n    password: @\n", b"password", b"a d"),
    (b"a: b\n---\nc:\n  password: @\n", b"password", b"c"),
    (b"password:\n  @\n", b"password", b""),
    (b"password: !!str @", b"password", b""),
    (b"password: &pw @\nother: *pw\n", b"password", b""),
    (b"base: &base\n  pin: @\nprod:\n  <<: *base\n", b"pin", b"base"),
    (b"? password\n: x\npassword: @", b"password", b""),
    (b"db:\n  ? password\n  : @\n  host: x", b"password", b"db"),
    (b'test: ["CMD", "redis-cli", "-a", "@", "ping"]', b"password", b"redis-cli"),
    (b"run:\n - [mysqladmin, -u, root, password, '@']\n", b"password", b"mysqladmin"),
    (b'npmAuthIdent: "bob:@"\n', b"password", b"npmAuthIdent"),
    (b"url: http://x\npassword: @", b"password", b""),
    # blocks
    (b"password: |\n  @\n", b"password", b""),
    (b"password: >-\n\n    @\n\nb: c\n", b"password", b""),
    (b"a:\n  - password: |+ # note\n      @\n\n    b: c\n", b"password", b"a"),
    (b"password: |2\n  @\nb: c", b"password", b""),
    # collections in a line
    (b"db: {user: me, password: @}", b"password", b"db"),
    (b'db: {"password":"@", x: [1, 2]} # x', b"password", b"db"),
    (b"db: {\n  user: me,  # x\n  password: '@',\n}\n", b"password", b"db"),
    (b"passwords: [abcd, @]", b"passwords", b"passwords"),
    (b"passwords:\n- abcd\n- @\n", b"passwords", b"passwords"),
    (b"- - password: @\n", b"password", b""),
    # lists of variables
    (b"services:\n  db:\n    environment:\n      - DB_PASSWORD=@\n", b"DB_PASSWORD", b"services db environment"),
    (b"environment:\n- 'A_TOKEN=@'\n", b"A_TOKEN", b"environment"),
    (b'environment:\n- A_TOKEN="@"\n', b"A_TOKEN", b"environment"),
    (b"command: [mysqld, --password, @]", b"--password", b"command"),
    # name and value apart
    (b"env:\n  - name: DB_PASSWORD\n    value: @\n", b"DB_PASSWORD", b"env"),
    (b'env:\n- value: "@"\n  name: DB_PASSWORD\n- name: B\n', b"DB_PASSWORD", b"env"),
    (b"variables:\n- name: dbPassword\n  value: @\n- group: x\n", b"dbPassword", b"variables"),
    (b"- ParameterKey: DbPassword\n  ParameterValue: @\n", b"DbPassword", b""),
    (b"Parameters:\n  DbPassword:\n    Type: String\n    Default: @\n", b"DbPassword", b"Parameters DbPassword"),
    (b"variables:\n  DB_PASSWORD:\n    value: @\n    description: it\n", b"DB_PASSWORD", b"variables DB_PASSWORD"),
    # what is known of single formats
    (b"kind: ConfigMap\nmetadata:\n  name: orders\ndata:\n  token: @\n", b"token", b"(ConfigMap) (orders) data"),
    (b"kind: Secret\nmetadata:\n  name: orders\nstringData:\n  token: @\n", b"token", b"Secret (orders) stringData"),
    (
        b"kind: ConfigMap\ndata:\n  application.yml: |\n    spring:\n      datasource:\n        password: @\n",
        b"password",
        b"(ConfigMap) data application.yml spring datasource",
    ),
    (
        b'kind: ConfigMap\ndata:\n  a.json: |\n    {\n      "password": "@"\n    }\n',
        b"password",
        b"(ConfigMap) data a.json",
    ),
    (b"kind: ConfigMap\ndata:\n  .env: |\n    A=1234\n    DB_PASSWORD=@\n", b"DB_PASSWORD", b"(ConfigMap) data .env"),
    (b"users:\n- name: ada\n  user:\n    token: @\n", b"token", b"users (ada) user"),
    (b"users:\n- name: ada\n  user:\n    client-key-data: @\n", b"private_key", b"users (ada) user"),
    (b"jobs:\n  a:\n    steps:\n    - run: |\n        set -e\n        export TOKEN=@\n", b"TOKEN", b"jobs a steps run"),
    (b"- run: curl --token @ https://acme.test\n", b"--token", b"run"),
    (b"Environment:\n  Variables:\n    API_KEY: @\n    B: !Ref C\n", b"API_KEY", b"Environment Variables"),
    (b"UserData: !Base64 |\n  export TOKEN=@\n", b"TOKEN", b"UserData"),
    (b"Url: !Sub 'https://acme.test?x=${A}&token=@'\n", b"token", b"Url"),
    # templates and broken files
    (b"{{- if .Values.x }}\na:\n{{- end }}\n  password: @\n", b"password", b"a"),
    (b"a: {{ .Values.a }}\npassword: @\n", b"password", b""),
    (b"a: [1, 2\nb: {x: y\npassword: @\n", b"password", b""),
    (b'a: "unclosed\nb: c\npassword: @\n', b"password", b""),
    (b"a: b\n   c: d\n  e: f\n password: @\n", b"password", b"a"),
    (b"\ta: b\n\tpassword: @\n", b"password", b""),
    (b"just text\npassword: @\n", b"password", b""),
]
READ = {"json": JSON, "yaml": YAML}

FOLDED: dict[str, list[tuple[bytes, bytes, list[bytes]]]] = {
    # text, the value of `pin` in it, the parts it stands in
    "json": [(b'{"pin": "%s", "b": 1}' % written, value, [written]) for written, value in (
        (rb"a\"b\\c\/d", b'a"b\\c/d'),
        (rb"a\nb\tc", b"a\nb\tc"),
        (rb"\u00e9\uD83D\ude00\ud83dx", "é😀?x".encode()),
        (rb"\x41\u12", b"Au12"),
    )],
    "yaml": [
        (b"pin: 'it''s'\n", b"it's", [b"it''s"]),
        (rb'pin: "a\"b\x41\u00e9\e"', 'a"bAé\x1b'.encode(), [rb"a\"b\x41\u00e9\e"]),
        (b'pin: "one\n  two \\\n  three"', b"one two three", [b"one\n  two \\\n  three"]),
        (b"pin: one\n  two\n\nb: c", b"one two", [b"one\n  two"]),
        (b"pin: |\n  one\n    two\n\n  three\nb: c", b"one\n  two\n\nthree", [b"one\n", b"  two\n\n", b"three"]),
        (b"pin: >\n  one\n  two\n\n  three\n", b"one two\n three", [b"one\n", b"two\n\n", b"three"]),
        (b"pin: !!binary " + ENCODED, V, [ENCODED]),
        (b"kind: Secret\ndata:\n  pin: " + ENCODED, V, [ENCODED]),
        (b"data:\n  pin: " + ENCODED + b"\nkind: Secret", V, [ENCODED]),
    ],
}  # fmt: skip

ELSEWHERE = {
    "json": [
        b"""{"password": "[concat('a', parameters('dbPassword'))]"}""",
        b'{"secrets": [{"name": "DB_PASSWORD", "valueFrom": "a-name-in-a-store"}]}',
        b'{"dbPassword": {"secure": "AAABAHcXfCq1"}}',
    ],
    "yaml": [
        b"password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
        b"password: !Ref DbPassword\n",
        b"password: !secret db_password\n",
        b"env:\n  secrets-manager:\n    DB_PASSWORD: prod/db:password\n",
        b"env:\n  parameter-store:\n    DB_PASSWORD: db_password_of_production\n",
        b"config:\n  app:dbPassword:\n    secure: AAABAHcXfCq1\n",
        b"encryptionsalt: v1:abcdefgh\n",
        b"kind: SealedSecret\nspec:\n  encryptedData:\n    pin: AgBghj\n",
    ],
}
