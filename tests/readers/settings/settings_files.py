"""Texts of settings, and what readers make of them: `{1}` to `{9}` stand for values that are drawn."""

from __future__ import annotations

import re
from random import Random
from string import ascii_letters, digits

Row = tuple[str, list[tuple[str, ...]]]
"""A text, and of each assignment in it name, value and section; and how the value is written, where it is not so."""


def drawn(number: int) -> str:
    """Return a value: letters and digits, the same for the same number."""
    return "".join(Random(number).choices(ascii_letters + digits, k=14))


def filled(text: str) -> str:
    """Return `text` with values in their places."""
    return re.sub(r"\{(\d)\}", lambda found: drawn(int(found[1])), text)


DOTENV: list[Row] = [
    ("DB_PASSWORD={1}\n", [("DB_PASSWORD", "{1}", "")]),
    ("DB_PASSWORD = {1} \r\nB={2}", [("DB_PASSWORD", "{1}", ""), ("B", "{2}", "")]),
    ("export A={1}; export B='{2}'\n", [("A", "{1}", "")]),
    ("export A={1} B='{2}' C=\"{3}\"", [("A", "{1}", ""), ("B", "{2}", ""), ("C", "{3}", "")]),
    ("export A={1}'{2}'\"!\" # why", [("A", "{1}{2}!", "", "{1}'{2}'\"!")]),
    ("A={1}; export A", [("A", "{1}", "")]),
    ("declare -x A=\"{1}\"", [("A", "{1}", "")]),
    ("A='{1}' # note", [("A", "{1}", "")]),
    ("A={1}#{2} # note", [("A", "{1}#{2}", "")]),
    ("A='{1} # {2}'", [("A", "{1} # {2}", "")]),
    ("A=({1}) [{2}]; & $ <x>", [("A", "({1}) [{2}]; & $ <x>", "")]),
    ('A="{1}\n{2}"\nB={3}', [("A", "{1}\n{2}", ""), ("B", "{3}", "")]),
    ("A='''{1}\n'{2}'''", [("A", "{1}\n'{2}", "")]),
    ('A="{1}\\n{2}\\""', [("A", '{1}\n{2}"', "", '{1}\\n{2}\\"')]),
    ("A='{1}\\n'", [("A", "{1}\\n", "")]),
    ("A=`{1}`", [("A", "{1}", "")]),
    ('A="{1}\nB={2}', [("A", "{1}", ""), ("B", "{2}", "")]),
    ("A=\"{1}\"{2}", [("A", '{1}"{2}', "")]),
    ("A=it's {1}", [("A", "it's {1}", "")]),
    ("A=postgres://u:${PW}@h/{1}", [("A", "postgres://u:${PW}@h/{1}", "")]),
    ("# A={1}\n#B: {2}\n; C = {3}\nREM set D={4}", [("A", "{1}", ""), ("C", "{3}", ""), ("D", "{4}", "")]),
    ("A: {1}\nB: '{2}'", [("A", "{1}", ""), ("B", "{2}", "")]),
    ("set A={1}\nset \"B={2} x\"\nsetx C \"{3}\"", [("A", "{1}", ""), ("B", "{2} x", ""), ("C", "{3}", "")]),
    ("$env:A = \"{1}\"", [("A", "{1}", "")]),
    ("set -gx A '{1}'\nsetenv B '{2}'", [("A", "{1}", ""), ("B", "{2}", "")]),
    ("ENV A={1}\n- B={2}\n-e C={3}", [("A", "{1}", ""), ("B", "{2}", ""), ("C", "{3}", "")]),
    ("Environment=\"A={1} b\"", [("A", "{1} b", "")]),
    ("A?={1}\nB:={2}", [("A", "{1}", ""), ("B", "{2}", "")]),
    ("web: DB_PASSWORD={1} node app.js", [("web", "DB_PASSWORD={1} node app.js", ""), ("DB_PASSWORD", "{1}", "web")]),
    ("# --- Twilio ---\nSID={1}\n# the live one\nTOKEN={2}\n\nC={3}",
     [("SID", "{1}", "Twilio"), ("TOKEN", "{2}", "the live one"), ("C", "{3}", "")]),
    ("A=\nB=#x\nC=abc\nD='   '\n={1}\nno sign here {1}\nhttp://x/{1}", []),
]  # fmt: skip
"""A variable is what those who load the file make of it, and stands where its literal does."""

INI: list[Row] = [
    ("[db]\npassword = {1}\nuser: {2}\r\n", [("password", "{1}", "db"), ("user", "{2}", "db")]),
    ("top={1}\n[a]\n[b c] ; why\nx={2}", [("top", "{1}", ""), ("x", "{2}", "b c")]),
    ('[remote "origin"]\n\turl = {1}\n\tfetch = {2}\n[credential "https://x.test"]\n\tusername = {3}',
     [("url", "{1}", "remote origin"), ("fetch", "{2}", "remote origin"),
      ("username", "{3}", "credential https://x.test")]),
    ('[http]\n\textraheader = Authorization: Basic {1}',
     [("extraheader", "Authorization: Basic {1}", "http"), ("Authorization", "Basic {1}", "http extraheader")]),
    ("[client]\nquick\npassword={1}#{2}\nskip-name\n", [("password", "{1}#{2}", "client")]),
    ("[x]\na = {1} ; why\nb = {2} # why\nc = '{3} ; #4'\nd = \"{4}\" ; why",
     [("a", "{1}", "x"), ("b", "{2}", "x"), ("c", "{3} ; #4", "x"), ("d", "{4}", "x")]),
    (";admin_password = {1}\n# a.token = {2}\n# the password: {3}\n",
     [("admin_password", "{1}", ""), ("token", "{2}", "a")]),
    ("[alembic]\nsqlalchemy.url = postgres://u:{1}%%@h/%(db)s",
     [("url", "postgres://u:{1}%%@h/%(db)s", "alembic sqlalchemy")]),
    ("[testenv]\nsetenv =\n    A = {1}\n    B={2}\ndeps =\n  {3}\n  {4}\nc = {5}",
     [("A", "{1}", "testenv setenv"), ("B", "{2}", "testenv setenv"), ("deps", "{3}", "testenv"),
      ("deps", "{4}", "testenv"),
      ("c", "{5}", "testenv")]),
    ("[Service]\nEnvironment=\"A={1} b\" C={2}\nExecStart=/bin/x --password {3}",
     [("A", "{1} b", "Service Environment"), ("C", "{2}", "Service Environment"),
      ("ExecStart", "/bin/x --password {3}", "Service"), ("password", "{3}", "Service ExecStart x")]),
    ("[Service]\nEnvironment=A={1} \\\n  B={2}\nx={3}",
     [("A", "{1}", "Service Environment"), ("B", "{2}", "Service Environment"), ("x", "{3}", "Service")]),
    ("a = {1}\\\n  {2}\nb={3}\\", [("a", "{1}{2}", "", "{1}\\\n  {2}"), ("b", "{3}\\", "")]),
    ('[HKEY_CURRENT_USER\\Software\\X]\n"Password"="{1}"', [("Password", "{1}", "HKEY_CURRENT_USER\\Software\\X")]),
    ('a = "{1}\\"x"', [("a", '{1}"x', "", '{1}\\"x')]),
    ('a = """{1};#"{2}""" ; why', [("a", '{1};#"{2}', "")]),
    ("Client Secret = {1}", [("Client Secret", "{1}", "")]),
    ("https://u:{1}@host/\nC:\\x\n[unclosed\n={2}\na=", []),
    # a `.conf` that has blocks is none with `=`
    ('server {\n  proxy_set_header Authorization "Basic {1}";\n}',
     [("Authorization", "Basic {1}", "server proxy_set_header")]),
]  # fmt: skip
"""A key has its section's words; comments end a value only behind a blank, and outside quotes."""

PROPERTIES: list[Row] = [
    ("spring.datasource.password={1}\n", [("password", "{1}", "spring datasource")]),
    ("a : {1}\r\nb {2}\nc={3}", [("a", "{1}", ""), ("b", "{2}", ""), ("c", "{3}", "")]),
    ("aws.secret.access.key = {1}", [("secret.access.key", "{1}", "aws")]),
    ("users[0].api-key={1}", [("api-key", "{1}", "users")]),
    ("a={1}\\:x\\u0021\\=", [("a", "{1}:x!=", "", "{1}\\:x\\u0021\\=")]),
    ("a\\ b\\:c={1}", [("a b:c", "{1}", "")]),
    ("a={1}\\\n    {2}\nb={3}", [("a", "{1}{2}", "", "{1}\\\n    {2}"), ("b", "{3}", "")]),
    ("a={1}#x !y; \"z\"  \nb=\"{2}\"", [("a", '{1}#x !y; "z"', ""), ("b", "{2}", "")]),
    ("#a.password={1}\n! b={2}\n# a note: {3}", [("password", "{1}", "a"), ("b", "{2}", "")]),
    ("url=jdbc:x://h/d?user=u&password={1}",
     [("url", "jdbc:x://h/d?user=u&password={1}", ""), ("password", "{1}", "url")]),
    ("db.password=${DB_PASSWORD:{1}}\nb=${some.key:{2}}\nc=${env:{3}}",
     [("password", "{1}", "db"), ("b", "{2}", ""), ("c", "${env:{3}}", "")]),
    ("={1}\na=\n\\", []),
]  # fmt: skip
"""A key's last part is the name, unless that says too little; escapes and continued lines mean one value."""

DIRECTIVES: list[Row] = [
    ('server {\n  location /api {\n    proxy_set_header Authorization "Basic {1}"; # why\n  }\n}\nx {2};',
     [("Authorization", "Basic {1}", "server location /api proxy_set_header"), ("x", "{2}", "")]),
    ("fastcgi_param DB_PASSWORD {1};\nenv API_KEY={2};",
     [("DB_PASSWORD", "{1}", "fastcgi_param"), ("API_KEY", "{2}", "")]),
    ('set $api_key "{1}"; add_header X-Token {2} always;', [("api_key", "{1}", "set")]),
    ('if ($http_x_api_key != "{1}") { return 403; }', [("http_x_api_key", "{1}", "")]),
    ('<VirtualHost *:443>\n  SetEnv DB_PASSWORD "{1}"\n</VirtualHost>\nAuthLDAPBindPassword {2}\n',
     [("DB_PASSWORD", "{1}", "VirtualHost *:443 SetEnv"), ("AuthLDAPBindPassword", "{2}", "")]),
    ('RequestHeader set Authorization "Bearer {1}"\nHeader always set X-Key {2}',
     [("Authorization", "Bearer {1}", "RequestHeader"), ("X-Key", "{2}", "Header")]),
    ("php_value session.secret {1}", [("session.secret", "{1}", "php_value")]),
    ("remote_password {1}\nlistener 1883\n# remote_password {2}",
     [("remote_password", "{1}", ""), ("listener", "1883", "")]),
    ("OIDCClientSecret '{1} {2}'", [("OIDCClientSecret", "{1} {2}", "")]),
    ("a \"{1}\n}}}\n</x>\nb {2}", [("a", "{1}", ""), ("b", "{2}", "")]),
    ("{{{ ; ; {1}", []),
]  # fmt: skip
"""A directive's value has its word's name, or the name that follows that; blocks are the section."""

CSV: list[Row] = [
    ("name,url,username,password\nsite,https://x.test,user1,{1}\n",
     [("name", "site", "site"), ("url", "https://x.test", "site"), ("username", "user1", "site"),
      ("password", "{1}", "site password")]),
    ('\ufeff"url","username","password"\r\n"a://b","user","{1},""x"""\r\n',
     [("url", "a://b", "a://b"), ("username", "user", "a://b"),
      ("password", '{1},"x"', "a://b password", '{1},""x""')]),
    ("Access key ID,Secret access key\nAK-1,{1}\nAK-2,{2}",
     [("Access key ID", "AK-1", ""), ("secret_key", "{1}", "Secret access key"),
      ("Access key ID", "AK-2", ""), ("secret_key", "{2}", "Secret access key")]),
    ("login;password;note\nu;{1};\"a\nb;c\"\nv;{2};",
     [("password", "{1}", "password"), ("note", "a\nb;c", ""), ("password", "{2}", "password")]),
    ("user\tPassword\nu\t {1} \n", [("password", "{1}", "Password")]),
    ("token,count\n{1},3\n", [("token", "{1}", "")]),
    ("login_uri,login_username,login_password,login_totp\nx,y,{1},{2}\n",
     [("password", "{1}", "x login_password"), ("secret", "{2}", "x login_totp")]),
    ("name,age\nalice,{1}\n", []),
    ("password", []),
    ("user,password\n\n\nu\nx,\"{1}", [("password", '"{1}', "password")]),
]  # fmt: skip
"""A cell has its column's name; in an export of credentials it is one for sure."""

XML: list[Row] = [
    ("<password>{1}</password>", [("password", "{1}", "")]),
    ("<a>\n <b:password>\n  {1}\n </b:password>\n</a>", [("password", "{1}", "a")]),
    ('<appSettings><add key="ApiKey" value="{1}"/></appSettings>',
     [("key", "ApiKey", "appSettings add ApiKey"), ("ApiKey", "{1}", "appSettings add")]),
    ('<add name="Main" connectionString="Server=h;Pwd={1}" />',
     [("name", "Main", "add Main"), ("connectionString", "Server=h;Pwd={1}", "add Main"),
      ("Pwd", "{1}", "add Main connectionString")]),
    ("<property name='dbPw'>{1}</property>", [("name", "dbPw", "property dbPw"), ("dbPw", "{1}", "property")]),
    ('<property\n  name="dbPw"\n  value="{1}"\n/>', [("name", "dbPw", "property dbPw"), ("dbPw", "{1}", "property")]),
    ('<setting name="Secret"><value>{1}</value></setting>',
     [("name", "Secret", "setting Secret"), ("Secret", "{1}", "setting")]),
    ("<dict><key>Token</key>\n<string>{1}</string><key>Other</key><string>{2}</string></dict>",
     [("key", "Token", "dict"), ("Token", "{1}", "dict"), ("key", "Other", "dict"), ("Other", "{2}", "dict")]),
    ("<property><name>db.pw</name>\n<value>{1}</value></property>",
     [("name", "db.pw", "property"), ("db.pw", "{1}", "property")]),
    ("<p><param-name>Token</param-name><param-value>{1}</param-value></p>",
     [("param-name", "Token", "p"), ("Token", "{1}", "p")]),
    ("<entry><string>TOKEN</string><string>{1}</string></entry>",
     [("TOKEN", "{1}", "entry")]),
    ("<servers><server><id>nexus</id><username>u</username><password>{1}</password></server></servers>",
     [("id", "nexus", "servers server"), ("password", "{1}", "servers server nexus")]),
    ('<user username="tomcat" password="{1}" roles="manager"/>',
     [("username", "tomcat", "user"), ("password", "{1}", "user"), ("roles", "manager", "user")]),
    ('<publishProfile userName="$app1" userPWD="{1}"/>',
     [("userName", "$app1", "publishProfile"), ("userPWD", "{1}", "publishProfile")]),
    ('<password value="{1}"/>', [("password", "{1}", "")]),
    ("<password><value>{1}</value></password>", [("password", "{1}", "")]),
    ("<password>{1}&amp;&#65;&lt;&#x42;</password>", [("password", "{1}&A<B", "", "{1}&amp;&#65;&lt;&#x42;")]),
    ("<a b='{1}&quot;'/>", [("b", '{1}"', "a", "{1}&quot;")]),
    ("<password><![CDATA[{1}<&]]></password>", [("password", "{1}<&", "")]),
    ("<!-- <password>{1}</password> --><b>{2}</b>", [("b", "{2}", "")]),
    ("<run>cd /x\nmysql --password={1}</run>",
     [("run", "cd /x\nmysql --password={1}", ""), ("password", "{1}", "run mysql")]),
    ("<a><password>{1}</a><b>{2}</b>", [("password", "{1}", "a"), ("b", "{2}", "")]),
    ("<a password='{1}", []),
    ("<password>{1}", [("password", "{1}", "")]),
    ("</a></b>{1} <x y=\"{2}>", []),
]  # fmt: skip
"""A value's name is what stands beside it; the elements around, and what they are called, are the section."""

HCL: list[Row] = [
    ('db_password = "{1}"\n"quoted key" = "{2}"', [("db_password", "{1}", ""), ("quoted key", "{2}", "")]),
    ('resource "aws_db_instance" "main" {\n  password = "{1}" # why\n  port = 5432\n}\nx = "{2}"',
     [("password", "{1}", "resource aws_db_instance main"), ("x", "{2}", "")]),
    ('variable "db_password" {\n  type = string\n  default = "{1}"\n}',
     [("db_password", "{1}", "variable db_password")]),
    ('variable "db_password" { default = "{1}" }', [("db_password", "{1}", "variable db_password")]),
    ('variable "v" { default = { password = "{1}" } }', [("password", "{1}", "variable v default")]),
    ('output "token" {\n value = "{1}"\n}', [("token", "{1}", "output token")]),
    ('environment {\n variables = {\n  A = "{1}"\n  "B" : "{2}"\n }\n}',
     [("A", "{1}", "environment variables"), ("B", "{2}", "environment variables")]),
    ('env = [{ name = "A_KEY", value = "{1}" }, { value = "{2}"\n name = "B_KEY" }]',
     [("name", "A_KEY", "env"), ("A_KEY", "{1}", "env"), ("name", "B_KEY", "env"), ("B_KEY", "{2}", "env")]),
    ('set {\n name = "db.auth.password"\n value = "{1}"\n}',
     [("name", "db.auth.password", "set"), ("password", "{1}", "set db auth")]),
    ('keys = [\n "{1}", # a\n "{2}",\n]', [("keys", "{1}", ""), ("keys", "{2}", "")]),
    ('a = "{1}\\"\\n"', [("a", '{1}"\n', "", '{1}\\"\\n')]),
    ('a = jsonencode({ token = "{1}" })', [("token", "{1}", "a")]),
    ('a = merge(local.x, {\n token = "{1}"\n})', [("token", "{1}", "a")]),
    ('a = base64encode("{1}")\nb = sensitive("{2}")', [("a", "{1}", ""), ("b", "{2}", "")]),
    ('a = var.x == "prod" ? "{1}" : "{2}"', [("a", "{1}", ""), ("a", "{2}", "")]),
    ('a = local.all["key"].id\nb = "{1}"', [("b", "{1}", "")]),
    ('password = <<EOF\n{1}\nEOF\nb = "{2}"', [("password", "{1}", ""), ("b", "{2}", "")]),
    ('user_data = <<-EOT\n  #!/bin/sh\n  export API_TOKEN={1}\n  EOT\nb = "{2}"',
     [("API_TOKEN", "{1}", "user_data export"), ("b", "{2}", "")]),
    ("user_data = <<EOF\n#!/bin/sh\nmysql -uroot -p{1}\nEOF\n", [("password", "{1}", "user_data mysql")]),
    ('a = <<EOF\nnever closed {1}\nb = "{2}"', [("b", "{2}", "")]),
    ('command = "psql --password={1}"', [("command", "psql --password={1}", ""), ("password", "{1}", "command psql")]),
    ('/* a = "{1}"\n*/ b = "{2}" // c = "{3}"', [("b", "{2}", "")]),
    ('a = "{1}\nb = "{2}"\n}}}\nc = "{3}"', [("b", "{2}", ""), ("c", "{3}", "")]),
    ("a {\n b = [ c(\n d = \"{1}\"", [("b", "{1}", "a")]),
]  # fmt: skip
"""An attribute has its block's words as its section; comments, keys and what is compared are no values."""

BICEP: list[Row] = [
    ("@description('the password')\n@secure()\nparam adminPassword string = '{1}'", [("adminPassword", "{1}", "")]),
    ("var token = '{1}' // why\nparam other = '{2}'", [("token", "{1}", ""), ("other", "{2}", "")]),
    ("resource db 'Microsoft.Sql/servers@2022-05-01' = {\n name: 'db-1'\n properties: {\n  pw: '{1}'\n }\n}",
     [("name", "db-1", "Microsoft.Sql/servers db"), ("pw", "{1}", "Microsoft.Sql/servers db properties")]),
    ("appSettings: [\n {\n  name: 'API_KEY'\n  value: '{1}'\n }\n { name: 'B_KEY', value: '{2}' }\n]",
     [("name", "API_KEY", "appSettings"), ("API_KEY", "{1}", "appSettings"), ("name", "B_KEY", "appSettings"),
      ("B_KEY", "{2}", "appSettings")]),
    ("var keys = [\n '{1}'\n '{2}'\n]", [("keys", "{1}", ""), ("keys", "{2}", "")]),
    ("var o = {\n 'a-key': '{1}'\n b: isProd ? '{2}' : '{3}'\n}",
     [("a-key", "{1}", "o"), ("b", "{2}", "o"), ("b", "{3}", "o")]),
    ("var a = env == 'prod'\n ? '{1}'\n : '{2}'", [("a", "{1}", ""), ("a", "{2}", "")]),
    ("var a = 'it\\'s {1} \\u{21}'", [("a", "it's {1} !", "", "it\\'s {1} \\u{21}")]),
    ("var a = '''{1}\n'x' {2}'''", [("a", "{1}\n'x' {2}", "")]),
    ("var a = base64('{1}')", [("a", "{1}", "")]),
    ("var a = all['some-key'].x\n/* var b = '{1}' */", []),
    ("var a = '{1}\nvar b = '{2}'", [("b", "{2}", "")]),
]  # fmt: skip
"""A declaration and an object's properties have their names; a setting's is what its `name` says."""

TOML: list[Row] = [
    ('password = "{1}" # why\nport = 1\n', [("password", "{1}", "")]),
    ("[registries.mine]\ntoken = '{1}\\'\n[registry]\r\ntoken = \"{2}\"\r\n",
     [("token", "{1}\\", "registries mine"), ("token", "{2}", "registry")]),
    ('[[runners]]\n  token = "{1}"\n  [runners.docker]\n  key = "{2}"',
     [("token", "{1}", "runners"), ("key", "{2}", "runners docker")]),
    ('[http-basic."my repo".x]\npassword = "{1}"', [("password", "{1}", "http-basic my repo x")]),
    ('db.auth.password = "{1}"\naws.secret."key" = "{2}"',
     [("password", "{1}", "db auth"), ("secret.key", "{2}", "aws")]),
    ('server = { user = "{1}", token.x = "{2}", deep = { y = "{3}" } }',
     [("user", "{1}", "server"), ("x", "{2}", "server token"), ("y", "{3}", "server deep")]),
    ('keys = [\n  "{1}", # first\n  \'{2}\',\n]\nb = "{3}"',
     [("keys", "{1}", ""), ("keys", "{2}", ""), ("b", "{3}", "")]),
    ('all = [{ key = "{1}" }, ["{2}"]]', [("key", "{1}", "all"), ("all", "{2}", "")]),
    ('[[env]]\nname = "API_KEY"\nvalue = "{1}"\n[x]', [("name", "API_KEY", "env"), ("API_KEY", "{1}", "env")]),
    ('a = """{1}\n"{2}" \\\\"""', [("a", '{1}\n"{2}" \\', "", '{1}\n"{2}" \\\\')]),
    ("a = '''\n{1}'''", [("a", "\n{1}", "")]),
    ('a = "\\u0041{1}\\""', [("a", 'A{1}"', "", '\\u0041{1}\\"')]),
    ('run = "x --token {1}"', [("run", "x --token {1}", ""), ("token", "{1}", "run x")]),
    ('a = [ "{1}"\n[next]\nb = "{2}"', [("a", "{1}", ""), ("b", "{2}", "next")]),
    ('a = "{1}\nb = "{2}"\n= "{3}"', [("b", "{2}", "")]),
    ('api_keys = { partner = "{1}" }\n[db.passwords]\nadmin = "{2}"',
     [("api_keys.partner", "{1}", "api_keys"), ("passwords.admin", "{2}", "db passwords")]),
    ('a = """{1}', []),
]  # fmt: skip
"""A key's last part is the name, its first ones and the tables are the section."""

READ: dict[str, list[Row]] = {
    "dotenv": DOTENV,
    "ini": INI,
    "properties": PROPERTIES,
    "directives": DIRECTIVES,
    "csv": CSV,
    "xml": XML,
    "hcl": HCL,
    "bicep": BICEP,
    "toml": TOML,
}
