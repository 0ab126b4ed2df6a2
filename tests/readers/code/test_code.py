"""Source code: which names and constants it gives, in any language, and what of it is no constant."""

from __future__ import annotations

import time
from base64 import b64encode
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scans import scan
from stanch.readers import Assignment, formats
from stanch.readers.code import read
from stanch.readers.code.languages import GRAMMARS

_LETTERS = b"abcdefghkmnpqrstuvwxyzACDEFGHJKLMNPQRSTUVWXYZ23456789"
V, W = (bytes(Random(seed).choices(_LETTERS, k=12)) for seed in (1, 2))
HALF, REST = V[:6], V[6:]
IN_BASE64 = b64encode(V)
WORDS = {
    b"<VALUE>": V, b"VALUE": V, b"OTHER": W, b"<HALF>": HALF, b"<REST>": REST, b"HALF": HALF, b"REST": REST,
    b"BASE64": IN_BASE64,
    b"HEX": V.hex().encode(),
}  # fmt: skip


def filled(text: bytes) -> bytes:
    """Return a row's text with generated values for the words that stand for them."""
    for word, value in WORDS.items():
        text = text.replace(word, value)
    return text


Row = tuple[bytes, list[tuple[bytes, bytes, bool]]]
PASSWORD = [(b"password", b"VALUE", False)]
SURE = [(b"password", b"VALUE", True)]

BOTH = [(b"TOKENS", b"VALUE", False), (b"TOKENS", b"OTHER", False)]

JAVASCRIPT: list[Row] = [
    (b"const password = 'VALUE'", PASSWORD),
    (b"this.password = 'VALUE'", PASSWORD),
    (b"config.db['password'] = 'VALUE'", PASSWORD),
    (b"process.env.DB_PASSWORD = 'VALUE'", [(b"process.env.DB_PASSWORD", b"VALUE", False)]),
    (b"f({'password': 'VALUE', token: `OTHER`})", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"f({[K.PASSWORD]: 'VALUE'})", [(b"K.PASSWORD", b"VALUE", False)]),
    (b"function f(user, password = 'VALUE') {}", PASSWORD),
    (b"const {password = 'VALUE', other: {token = 'OTHER'}} = x", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"[user, password] = [x, 'VALUE']", PASSWORD),
    (b"class A { static #password = 'VALUE' }", PASSWORD),
    (b"x = <Login password='VALUE' token={'OTHER'} />", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"if (user.password === 'VALUE') {}", [(b"user.password", b"VALUE", False)]),
    (b"if ('VALUE' == password) {}", PASSWORD),
    (b"mysql.createConnection(host, user, 'VALUE')", SURE),
    (b"smtp.login('ada', 'VALUE')", SURE),
    (b"crypto.createHmac('sha256', 'VALUE')", [(b"secret_key", b"VALUE", True)]),
    (b"jwt.sign({id}, 'VALUE')", [(b"secret_key", b"VALUE", True)]),
    (b"xhr.setRequestHeader('Authorization', 'Token VALUE')", [(b"Authorization", b"Token VALUE", False)]),
    (b"headers.append('X-Api-Key', 'VALUE')", [(b"X-Api-Key", b"VALUE", False)]),
    (b"axios.get(u, {auth: {username: u, password: 'VALUE'}})", PASSWORD),
    (b"app.use(session({secret: 'VALUE'}))", [(b"secret", b"VALUE", False)]),
    (b"user.setPassword('VALUE').then(f)", [(b"setPassword", b"VALUE", False)]),
    (b"const pw = 'VALUE'; db.createConnection(h, u, pw)", SURE),
    (b"f(h, () => createConnection(h, u, pw)); const pw = 'VALUE'", SURE),
    (
        b"var cred = 'Basic ' + 'ada:VALUE'; f({headers: {Authorization: cred}})",
        [(b"Authorization", b"Basic ada:VALUE", False)],
    ),
    (b"var word = 'ada:VALUE'; f({Authorization: 'Basic ' + word})", [(b"Authorization", b"Basic ada:VALUE", False)]),
]
TYPESCRIPT: list[Row] = [
    (b"const password: string = 'VALUE' as const", PASSWORD),
    (b"class A { private readonly password: string = 'VALUE' }", PASSWORD),
    (b"class A { constructor(private password: string = 'VALUE', b?: string) {} }", PASSWORD),
    (b"enum E { Password = 'VALUE' }", [(b"Password", b"VALUE", False)]),
    (b"export const environment: Env = { password: 'VALUE' }", PASSWORD),
    (b"const password = <string>'VALUE'", PASSWORD),
    (b"login({ password: 'VALUE' } satisfies LoginDto)", PASSWORD),
    (b"const password = process.env.PASSWORD! ?? 'VALUE'", PASSWORD),
]
PYTHON: list[Row] = [
    (b"password = 'VALUE'", PASSWORD),
    (b"password: str = u'VALUE'", PASSWORD),
    (b"self.password = 'VALUE'", PASSWORD),
    (b"user, password = 'ada', 'VALUE'", PASSWORD),
    (b"user, password = ('ada', 'VALUE')", PASSWORD),
    (b"if (password := 'VALUE'): pass", PASSWORD),
    (b"x = {'password': 'VALUE', b'token': 'OTHER'}", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"os.environ['DB_PASSWORD'] = 'VALUE'", [(b"DB_PASSWORD", b"VALUE", False)]),
    (b"connect(host, password='VALUE')", PASSWORD),
    (b"def f(a, password='VALUE', *, token: str = 'OTHER'): pass", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"if password == 'VALUE' and x in y: pass", PASSWORD),
    (b"requests.get(u, auth=('ada', 'VALUE'))", SURE),
    (b"session.auth = 'ada', 'VALUE'", SURE),
    (b"requests.get(u, auth=HTTPBasicAuth('ada', 'VALUE'))", SURE),
    (b"psycopg2.connect(h, u, 'VALUE')", SURE),
    (b"jwt.encode(x, 'VALUE', algorithm='HS256')", [(b"secret_key", b"VALUE", True)]),
    (b"SECRET_KEY = env('SECRET_KEY', default='VALUE')", [(b"SECRET_KEY", b"VALUE", False)]),
    (b"parser.add_argument('--password', default='VALUE')", PASSWORD),
    (b"password: str = Field(default='VALUE')", PASSWORD),
    (b"TOKENS = ['VALUE', 'OTHER']", BOTH),
    (b"subprocess.run(['x', '--user', 'ada', '--password', 'VALUE'])", PASSWORD),
    (b"pyotp.TOTP('VALUE')", [(b"secret", b"VALUE", True)]),
    (b"hmac.compare_digest(token, 'VALUE')", [(b"token", b"VALUE", False)]),
    (b"class A:\n    def f(self):\n        password = 'VALUE'\n    def", PASSWORD),
]
JAVA: list[Row] = [
    (b'String[] TOKENS = new String[] {"VALUE", "OTHER"};', BOTH),
    (b'String password = "<HALF>" + "<REST>";', PASSWORD),
    (b'class A { private static final String API_KEY = "VALUE"; }', [(b"API_KEY", b"VALUE", False)]),
    (b'this.password = (String) "VALUE";', PASSWORD),
    (b'@Value("${db.password:VALUE}") private String x;', [(b"db.password", b"VALUE", False)]),
    (b'@Account(user = "ada", password = "VALUE") class A {}', PASSWORD),
    (b'enum E { PASSWORD("VALUE"), SECOND }', [(b"PASSWORD", b"VALUE", False)]),
    (b'c.setPassword("VALUE");', [(b"setPassword", b"VALUE", False)]),
    (b'A.builder().user("ada").password("VALUE").build();', PASSWORD),
    (b'map.put("password", "VALUE");', PASSWORD),
    (b'System.setProperty("db.password", "VALUE");', [(b"db.password", b"VALUE", False)]),
    (b'Map.of("user", "ada", "password", "VALUE");', PASSWORD),
    (b'DriverManager.getConnection("jdbc:x", "ada", "VALUE");', SURE),
    (b'new PasswordAuthentication("ada", "VALUE".toCharArray());', SURE),
    (b'new UsernamePasswordCredentials("ada", "VALUE");', SURE),
    (b'run("x", "--keystore-password", "VALUE");', [(b"keystore-password", b"VALUE", False)]),
    (b'Credentials.basic("ada", "VALUE");', SURE),
    (b'new BasicAWSCredentials(id, "VALUE");', [(b"aws_secret_access_key", b"VALUE", True)]),
    (b'new SecretKeySpec("VALUE".getBytes("UTF-8"), "AES");', [(b"secret_key", b"VALUE", True)]),
    (b'String password = System.getenv().getOrDefault("X", "VALUE");', PASSWORD),
    (b'String password = Optional.ofNullable(x).orElse("VALUE");', PASSWORD),
    (b'byte[] password = Base64.getDecoder().decode("BASE64");', PASSWORD),
    (b'if ("VALUE".equals(password)) {}', PASSWORD),
    (b'c.header("X-Api-Key", "VALUE");', [(b"X-Api-Key", b"VALUE", False)]),
]
KOTLIN: list[Row] = [
    (b'val password: String = "<HALF>" + "<REST>"', PASSWORD),
    (b'class A {\n  companion object {\n    private const val TOKEN = "VALUE"\n  }\n}', [(b"TOKEN", b"VALUE", False)]),
    (b'class A(private val password: String = "VALUE")', PASSWORD),
    (b'fun f(password: String = "VALUE") {}', PASSWORD),
    (b'fun f() {\n  config.password = "VALUE"\n}', [(b"config.password", b"VALUE", False)]),
    (b'fun f() {\n  m["password"] = "VALUE"\n}', PASSWORD),
    (b'val x = Login(user = "ada", password = "VALUE")', PASSWORD),
    (b'val m = mapOf("user" to "ada", "password" to "VALUE")', PASSWORD),
    (b'val password = System.getenv("X") ?: "VALUE"', PASSWORD),
    (b'val password = if (x) y else "VALUE"', PASSWORD),
    (b'val x = c.setPassword("VALUE")', [(b"setPassword", b"VALUE", False)]),
    (b'val c = DriverManager.getConnection(url, "ada", "VALUE")', SURE),
    (b'val x = Credentials.basic("ada", "VALUE")', SURE),
]
CSHARP: list[Row] = [
    (b'var TOKENS = new string[] {"VALUE", "OTHER"};', BOTH),
    (b'const string Password = "<HALF>" + @"<REST>";', [(b"Password", b"VALUE", False)]),
    (b'class A { public string Password { get; set; } = "VALUE"; }', [(b"Password", b"VALUE", False)]),
    (b'class A { string Password => "VALUE"; }', [(b"Password", b"VALUE", False)]),
    (b'class A { void F(string password = "VALUE") {} }', PASSWORD),
    (b'[Login("ada", Password = "VALUE")] class A {}', [(b"Password", b"VALUE", False)]),
    (b'var a = new Login { User = "ada", Password = "VALUE" };', [(b"Password", b"VALUE", False)]),
    (b'var d = new Dictionary<string, string> { { "password", "VALUE" } };', PASSWORD),
    (b'var d = new Dictionary<string, string> { ["password"] = "VALUE" };', PASSWORD),
    (b'NetworkCredential c = new("ada", "VALUE");', SURE),
    (b'var c = new GitCredential("ada", "VALUE");', PASSWORD),
    (b'var c = new NetworkCredential("ada", "VALUE");', SURE),
    (b'Login(user: "ada", password: "VALUE");', PASSWORD),
    (b'var password = Environment.GetEnvironmentVariable("X") ?? "VALUE";', PASSWORD),
    (b'client.DefaultRequestHeaders.Add("X-Api-Key", "VALUE");', [(b"X-Api-Key", b"VALUE", False)]),
    (b'var k = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("VALUE"));', [(b"secret_key", b"VALUE", True)]),
    (b'if (password == "VALUE") {}', PASSWORD),
]
GO: list[Row] = [
    (b'const password = "<HALF>" + `<REST>`', PASSWORD),
    (b'var user, password string = "ada", "VALUE"', PASSWORD),
    (b'func f() { user, password := "ada", "VALUE" }', PASSWORD),
    (b'func f() { c.Password = "VALUE" }', [(b"c.Password", b"VALUE", False)]),
    (b'var c = &redis.Options{Addr: a, Password: "VALUE"}', [(b"Password", b"VALUE", False)]),
    (b'var m = map[string]string{"password": "VALUE"}', PASSWORD),
    (b'func f() { m["password"] = "VALUE" }', PASSWORD),
    (b'var args = []string{"--user", "ada", "--password", "VALUE"}', PASSWORD),
    (b'var TOKENS = []string{"VALUE", "OTHER"}', BOTH),
    (b'func f() { r.SetBasicAuth("ada", "VALUE") }', SURE),
    (b'func f() { r.Header.Set("X-Api-Key", "VALUE") }', [(b"X-Api-Key", b"VALUE", False)]),
    (b'var key = []byte("VALUE")', [(b"key", b"VALUE", False)]),
    (b'var password = aws.String("VALUE")', PASSWORD),
    (b'var h = hmac.New(sha256.New, []byte("VALUE"))', [(b"secret_key", b"VALUE", True)]),
    (b'var a = smtp.PlainAuth("", "ada", "VALUE", host)', SURE),
    (b'var p = flag.String("password", "VALUE", "the password")', PASSWORD),
    (b'func f() { if password == "VALUE" {} }', PASSWORD),
]
RUBY: list[Row] = [
    (b"TOKENS = ['VALUE', 'OTHER']", BOTH),
    (b"TOKENS = %w[VALUE OTHER]", BOTH),
    (b"password = '<HALF>' + \"<REST>\"", PASSWORD),
    (b"@password = 'VALUE'.freeze", PASSWORD),
    (b"PASSWORD = ENV['X'] || 'VALUE'", [(b"PASSWORD", b"VALUE", False)]),
    (b"h = { password: 'VALUE', :token => 'OTHER' }", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"h = { 'password' => 'VALUE' }", PASSWORD),
    (b"User.create!(name: 'ada', password: 'VALUE')", PASSWORD),
    (b"user, password = 'ada', 'VALUE'", PASSWORD),
    (b"config[:password] ||= ENV.fetch('X', 'VALUE')", PASSWORD),
    (b"def f(password = 'VALUE', token: 'OTHER'); end", [*PASSWORD, (b"token", b"OTHER", False)]),
    (b"set :password, 'VALUE'", PASSWORD),
    (b"password = %q(VALUE)", PASSWORD),
    (b"let(:password) { 'VALUE' }", PASSWORD),
    (b"request.basic_auth 'ada', 'VALUE'", SURE),
    (b"JWT.encode(x, 'VALUE', 'HS256')", [(b"secret_key", b"VALUE", True)]),
    (b"f if password == 'VALUE'", PASSWORD),
]
PHP: list[Row] = [
    (b"<?php $TOKENS = ['VALUE', 'OTHER'];", BOTH),
    (b"<?php $password = '<HALF>' . \"<REST>\";", PASSWORD),
    (b"  $this->password = 'VALUE';\n }", PASSWORD),
    (b"<?php $a = ['password' => 'VALUE', 'x' => $y];", PASSWORD),
    (b"<?php $a = array('password' => 'VALUE');", PASSWORD),
    (b"<?php define('DB_PASSWORD', 'VALUE');", [(b"DB_PASSWORD", b"VALUE", False)]),
    (b"<?php const PASSWORD = 'VALUE';", [(b"PASSWORD", b"VALUE", False)]),
    (
        b"<?php class A { private $password = 'VALUE'; const TOKEN = 'OTHER'; }",
        [*PASSWORD, (b"TOKEN", b"OTHER", False)],
    ),
    (b"<?php function f($password = 'VALUE') {}", PASSWORD),
    (b"<?php f(password: 'VALUE');", PASSWORD),
    (b"<?php $c['db']['password'] = getenv('X') ?: 'VALUE';", PASSWORD),
    (b"<?php $password = env('X', 'VALUE');", PASSWORD),
    (b"<?php list($user, $password) = ['ada', 'VALUE'];", PASSWORD),
    (b"<?php $password = <<<EOT\nVALUE\nEOT;", PASSWORD),
    (b"<?php new PDO($dsn, 'ada', 'VALUE');", SURE),
    (b"<?php mysqli_connect('h', 'ada', 'VALUE');", SURE),
    (b"<?php curl_setopt($c, CURLOPT_USERPWD, 'ada:VALUE');", SURE),
    (b"<?php if ($password === 'VALUE') {}", PASSWORD),
]
ROWS = {
    "javascript": JAVASCRIPT,
    "typescript": [row for row in (*JAVASCRIPT, *TYPESCRIPT) if b"<Login" not in row[0]],
    "tsx": [row for row in (*JAVASCRIPT, *TYPESCRIPT) if b"<string>" not in row[0]],
    "python": PYTHON, "java": JAVA, "kotlin": KOTLIN, "c-sharp": CSHARP, "go": GO, "ruby": RUBY, "php": PHP,
}  # fmt: skip


def told(language: str, data: bytes) -> list[Assignment]:
    """Return what is known of constants, in the order of their places."""
    found = [assignment for assignment in read(data, language) if not assignment.dynamic]
    return sorted(found, key=lambda assignment: assignment.parts)


def assert_spans(data: bytes, assignment: Assignment) -> None:
    """Its literals are the value, or they hold what was decoded to be it."""
    literals = b"".join(data[start:end] for start, end in assignment.parts)
    start, end = assignment.span(0, len(assignment.value))
    assert 0 <= start < end <= len(data)
    assert literals == assignment.value or len(assignment.parts) == 1


@pytest.mark.parametrize(
    ("language", "source", "expected"), [(name, *row) for name, rows in ROWS.items() for row in rows]
)
def test_names_and_constants(language: str, source: bytes, expected: list[tuple[bytes, bytes, bool]]) -> None:
    """A name and its constant are read from each construct of a language, with the place of the constant."""
    data = filled(source)
    found = [item for item in told(language, data) if V in item.value or W in item.value]
    assert [(item.name, item.value, item.sure) for item in found] == [
        (name, filled(value), sure) for name, value, sure in expected
    ]
    for item in found:
        assert_spans(data, item)


FOLDED = [
    # language, expression, its value
    ("javascript", b"'HALF' + 'REST'", b"VALUE"),
    ("javascript", b"'HA' + ('HALF' + `REST`)", b"HAVALUE"),
    ("javascript", b"process.env.X || 'VALUE'", b"VALUE"),
    ("javascript", b"a ?? b ?? 'VALUE'", b"VALUE"),
    ("javascript", b"a ? b : 'VALUE'", b"VALUE"),
    ("javascript", b"['HALF', 'REST'].join('')", b"VALUE"),
    ("javascript", b"['HALF', 'REST'].join('-')", b"HALF-REST"),
    ("javascript", b"`x${'HALF'}REST`", b"xVALUE"),
    ("javascript", b"`\n VALUE`", b"\n VALUE"),
    ("javascript", b"String.raw`VALUE`", b"VALUE"),
    ("javascript", b"new String('VALUE')", b"VALUE"),
    ("javascript", b"'\\x41\\u0042\\u{43}\\'VALUE'", b"ABC'VALUE"),
    ("javascript", b"atob('BASE64')", b"VALUE"),
    ("javascript", b"Buffer.from('BASE64', 'base64').toString()", b"VALUE"),
    ("javascript", b"Buffer.from('HEX', 'hex')", b"VALUE"),
    ("javascript", b"'Basic ' + btoa('ada:VALUE')", b"Basic ada:VALUE"),
    ("javascript", b"'Basic ' + Buffer.from('ada:VALUE').toString('base64')", b"Basic ada:VALUE"),
    ("typescript", b"('VALUE' as string)!", b"VALUE"),
    ("python", b"('HALF'\n   'REST')", b"VALUE"),
    ("python", b"f'HALF' rb'REST'", b"VALUE"),
    ("python", b"'HALF' \\\n  + 'REST'", b"VALUE"),
    ("python", b"''.join(['HALF', 'REST'])", b"VALUE"),
    ("python", b"'-'.join(('HALF', 'REST'))", b"HALF-REST"),
    ("python", b"os.getenv('X', 'VALUE')", b"VALUE"),
    ("python", b"os.environ.get('X') or 'VALUE'", b"VALUE"),
    ("python", b"getattr(settings, 'X', 'VALUE')", b"VALUE"),
    ("python", b"b if b else 'VALUE'", b"VALUE"),
    ("python", b"b'VALUE'.decode('ascii')", b"VALUE"),
    ("python", b"bytes('VALUE', 'ascii')", b"VALUE"),
    ("python", b"r'\\dVALUE'", b"\\dVALUE"),
    ("python", b'"""VALUE"""', b"VALUE"),
    ("python", b"base64.b64decode('BASE64').decode()", b"VALUE"),
    ("python", b"bytes.fromhex('HEX')", b"VALUE"),
    ("python", b"'Basic ' + base64.b64encode(b'ada:VALUE').decode()", b"Basic ada:VALUE"),
]


@pytest.mark.parametrize(("language", "expression", "value"), FOLDED)
def test_folds_constants(language: str, expression: bytes, value: bytes) -> None:
    """An expression of constants is the constant that a compiler makes of it."""
    data = filled(b"password = " + expression)
    (found,) = [item for item in told(language, data) if item.name == b"password"]
    assert found.value == filled(value)
    assert_spans(data, found)


DENIED = [
    # language, source, what of it is no value
    ("javascript", b"password = config.password", b"config.password"),
    ("javascript", b"var x = {password: passwords[i]}", b"passwords"),
    ("javascript", b"password = undefined", b"undefined"),
    ("javascript", b"password = getpassword('VALUE')", b"getpassword"),
    ("javascript", b"password = t('Password VALUE')", b"Password VALUE"),
    ("javascript", b"logger.info('password: VALUE')", b"password: VALUE"),
    ("javascript", b"throw new TypeError('password=VALUE')", b"password=VALUE"),
    ("javascript", b"it('password: VALUE', () => {})", b"password: VALUE"),
    ("javascript", b"const headers = {Authorization: 'Bearer ' + token}", b"Bearer "),
    ("javascript", b"password = 'VALUE' + x", b"VALUE"),
    ("javascript", b"password = `VALUE${x}`", b"VALUE"),
    ("typescript", b"interface A { password: MyString }", b"MyString"),
    ("typescript", b"function f(password: string, b) {}", b"string"),
    ("python", b"password: Optional[str]", b"Optional[str]"),
    ("python", b"def f(password: SecretStr): pass", b"SecretStr"),
    ("python", b"raise ValueError('password: VALUE')", b"password: VALUE"),
    ("python", b"password = f'VALUE{x}'", b"VALUE"),
    ("python", b"password = 'VALUE%s' % x", b"VALUE%s"),
    ("python", b"f(password=password)", b"password"),
    ("java", b"String password = getPassword();", b"getPassword"),
    ("java", b'throw new IllegalStateException("password=VALUE");', b"password=VALUE"),
    ("c-sharp", b'var password = $"VALUE{x}";', b"VALUE"),
    ("kotlin", b"val password = getPassword()", b"getPassword"),
    ("kotlin", b'val password = "VALUE$x"', b"VALUE$x"),
    ("kotlin", b"class A(val password: String)", b"String"),
    ("c-sharp", b"var a = new A { Password = model.Password };", b"model.Password"),
    ("go", b'func f() { t.Errorf("password: VALUE") }', b"password: VALUE"),
    ("go", b"func f() { password := viper.GetString(x) }", b"viper.GetString"),
    ("ruby", b"password = find_it(x)", b"find_it"),
    ("ruby", b'password = "VALUE#{x}"', b"VALUE"),
    ("php", b"<?php $password = $_POST['password'];", b"$_POST"),
    ("php", b'<?php $password = "VALUE$x";', b"VALUE"),
]


@pytest.mark.parametrize(("language", "source", "text"), DENIED)
def test_tells_what_is_no_constant(language: str, source: bytes, text: bytes) -> None:
    """An expression, a type or a text for people is told to be no value, so that its line is not taken for one."""
    data = filled(source)
    assert not [item for item in told(language, data) if V in item.value]
    (found,) = [item for item in read(data, language) if item.dynamic]
    assert b"".join(data[start:end] for start, end in found.parts) == filled(text)


def test_tells_what_is_around() -> None:
    """The names of what encloses a constant are its section, outermost first."""
    data = filled(b"class Mailer:\n    def send(self):\n        twilio(x, {'production': {'token': 'VALUE'}})")
    (found,) = told("python", data)
    assert (found.name, found.section) == (b"token", b"Mailer send twilio production")


def test_tells_the_names_inside_a_constant() -> None:
    """A connection string is read as one value, and its own assignments too."""
    data = filled(b"connectionString = 'Server=h;Password=<VALUE>;Encrypt=' + 'yes'")
    found = {item.name: item for item in told("javascript", data)}
    assert found[b"connectionString"].value == filled(b"Server=h;Password=<VALUE>;Encrypt=yes")
    assert found[b"Password"].value == V
    assert data[slice(*found[b"Password"].parts[0])] == V


@pytest.mark.parametrize("cut", range(0, 70, 7))
@pytest.mark.parametrize("language", ["javascript", "python"])
def test_reads_what_is_whole(language: str, cut: int) -> None:
    """A region that begins or ends in the midst of something is read as far as it is whole."""
    before, after = b"class A { f(x) { if (x) {\n  y = [1, (2, {a: '\n", b"\n  y = foo(1, [{a: 'x', b: (\n"
    data = before[cut:] + filled(b"password = 'VALUE'\n") + after[: 70 - cut]
    assert all(item.value == V for item in told(language, data) if item.name == b"password")
    assert b"password" in [item.name for item in told(language, b"}\n" * (cut // 7) + filled(b"password = 'VALUE'\n"))]


HOSTILE = [
    b"(" * 20_000,
    b"password = " + b"[" * 20_000,
    b"a = " + b"'x' + " * 5_000 + b"'y'",
    b"f(" * 5_000 + b"'x'",
    b"password = " + b"x || " * 5_000 + b"'VALUE'",
    b"a={" * 5_000,
    b"x = '" * 5_000,
    b"`${" * 5_000,
    b"a.b(" + b"'x'," * 5_000 + b")",
    b"\x00\xff" * 10_000,
    b"x = a ? " * 3_000,
    b"password='\\" * 3_000,
    b"x.set('password', " * 2_000,
]


@pytest.mark.parametrize("language", list(GRAMMARS))
@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_code_takes_no_time(language: str, data: bytes) -> None:
    """Deep nesting and endless expressions are read, as far as that goes, in a moment."""
    list(read(b"", language))
    start = time.process_time()
    for item in read(data[:20_000], language):
        assert_spans(data, item)
    assert time.process_time() - start < 2


@given(st.binary(max_size=300), st.sampled_from(list(GRAMMARS)), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read(noise: bytes, language: str, at: int) -> None:
    """Damaged or cut code raises nothing, and what it yields has a place."""
    rows = ROWS.get(language, JAVASCRIPT)
    text = filled(rows[at % len(rows)][0])
    data = text[: at % (len(text) + 1)] + noise + text[at % (len(text) + 1) :]
    for item in read(data, language):
        assert_spans(data, item)


def test_finds_the_credential_of_a_request(tmp_path) -> None:
    """`var githubCred = 'Basic ' + 'user:…'`, used as Authorization, is found where it stands."""
    path = tmp_path / "hook.js"
    path.write_bytes(
        filled(
            b"exports.handler = function (event, context) {\n"
            b"  var githubCred = 'Basic ' +\n      'octo-bot:VALUE';\n"
            b"  request({url: event.url, headers: {Authorization: githubCred}}, context.done);\n};\n"
        )
    )
    (finding,) = scan(tmp_path, history=False).findings
    (place,) = finding.locations
    assert (finding.rule, finding.secret) == ("github-basic-auth-credentials", b"octo-bot:" + V)
    assert (place.line, place.column, place.end_column) == (3, 8, 8 + len(finding.secret) - 1)


BEGINNINGS = [
    (b"#!/usr/bin/env python3\nx = 1\n", "python"),
    (b"# -*- coding: utf-8 -*-\nfrom os import path\n", "python"),
    (b"\nimport os, sys\n", "python"),
    (b'import React, { useState } from "react";\n', "tsx"),
    (b"import {\n  a,\n  b,\n} from 'c'\n", "tsx"),
    (b"// note\n/* a\n   licence */\nconst { a } = require('c')\n", "tsx"),
    (b"'use strict';\n", "tsx"),
    (b"<?php\n", "php"),
    (b"# frozen\nrequire 'a'\n", "ruby"),
    (b"// Copyright\npackage main\n", "go"),
    (b"/* Copyright */\npackage org.acme;\n", "java"),
    (b"\xef\xbb\xbfusing System.Net;\n", "c-sharp"),
    (b"function f() {\n", None),
    (b"import Foundation\n", None),
    (b"name: from here\n", None),
    (b"/*" * 300, None),
]


@pytest.mark.parametrize(("content", "language"), BEGINNINGS)
def test_languages_are_known_by_their_beginnings(content: bytes, language: str | None) -> None:
    """In git's history, where no path is known, a content's beginning tells its language if nothing else has it."""
    found = formats.of(None, content)
    assert (found.name if found else None) == language
