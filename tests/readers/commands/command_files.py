"""Files that hold commands: their names, their texts with `§` for each value, and the values' names."""

from __future__ import annotations

READ: list[tuple[str, str, str]] = [
    ("Dockerfile", "FROM a\nENV DB_PASSWORD=§ STAGE=prod\n", "DB_PASSWORD"),
    ("Dockerfile", "FROM a\nENV DB_PASSWORD='§' \\\n  API_TOKEN=§\n", "DB_PASSWORD API_TOKEN"),
    ("Dockerfile", "FROM a\nENV DB_PASSWORD §\n", "DB_PASSWORD"),
    ("api.dockerfile", 'FROM a\nenv DB_PASSWORD "§"\n', "DB_PASSWORD"),
    ("Dockerfile", "FROM a\nARG NPM_TOKEN=§\nLABEL password=xxxxxxxx\n", "NPM_TOKEN"),
    ("Dockerfile.dev",
     "FROM a\n"
     "RUN apt-get update && \\\n"
     "# mysql -pxxxxxxxx\n"
     "  mysql -p§ && \\\n"
     "  echo root:§ | chpasswd\n",
     "password password"),
    ("Containerfile", "FROM a\nRUN <<EOF\nsshpass -p § ssh host\nEOF\nENV A_TOKEN=§\n", "password A_TOKEN"),
    ("Dockerfile", 'FROM a\nRUN ["mysql", "-p§"]\nCMD ["redis-server", "--requirepass", "§"]\n', "password password"),
    ("Dockerfile", 'FROM a\nENTRYPOINT ["sh", "-c", "mysql -p§"]\n', "password"),
    ("Dockerfile", "FROM a\nHEALTHCHECK --interval=5s CMD redis-cli -a § ping\n", "password"),
    ("Dockerfile", "FROM a\nONBUILD RUN curl -u bob:§ https://acme.test\n", "password"),
    ("Makefile", 'DB_PASSWORD ?= § # local\nexport API_TOKEN := "§"\n', "DB_PASSWORD API_TOKEN"),
    ("Makefile", "deploy: API_TOKEN = §\ndeploy:\n	@curl -u bob:§ \\\n	  https://acme.test\n", "API_TOKEN password"),
    ("rules.mk", "X = $(shell curl -u bob:§ https://acme.test)\n", "password"),
    ("a.bat", '@echo off\r\nset "API_TOKEN=§"\r\nset DB_PASSWORD=§\r\n', "API_TOKEN DB_PASSWORD"),
    ("a.cmd", 'setx API_TOKEN "§" /M\r\nrem setx API_TOKEN xxxxxxxx\r\n', "API_TOKEN"),
    ("a.bat", "if x==y (set API_TOKEN=§) else net use Z: \\\\files\\share § /user:bob\r\n", "API_TOKEN password"),
    ("a.bat", 'curl -u bob:§ ^\r\n  -H "Authorization: Bearer §" https://acme.test\r\n', "password token"),
    ("a.bat",
     'sqlcmd -S db -U sa -P § -Q "select 1"\r\n'
     "schtasks /create /ru bob /rp § /tn t\r\n",
     "password password"),
    ("a.ps1", "$env:API_TOKEN = '§'\n[string]$Password = \"§\"\n", "API_TOKEN Password"),
    ("a.ps1", '$s = ConvertTo-SecureString "§" -AsPlainText -Force\n', "password"),
    ("a.ps1", "$s = '§' | ConvertTo-SecureString -AsPlainText -Force\n", "password"),
    ("a.psm1",
     "$c = New-Object System.Management.Automation.PSCredential('bob', (ConvertTo-SecureString "
     "'§' -AsPlainText -Force))\n",
     "password"),
    ("a.ps1", '$w.Credentials = New-Object System.Net.NetworkCredential("bob", "§")\n', "password"),
    ("a.ps1", '[Environment]::SetEnvironmentVariable("API_TOKEN", "§", "User")\n', "API_TOKEN"),
    ("a.ps1",
     "Invoke-RestMethod https://acme.test -Headers @{Authorization=\"Bearer §\"; 'X-Api-Key' = '§'}\n",
     "token X-Api-Key"),
    ("a.ps1", "New-LocalUser bob -Password '§'\nConnect-It -ApiKey:\"§\"\n", "Password ApiKey"),
    ("a.ps1", "az login --service-principal -u app `\n  -p § --tenant t # -p xxxxxxxx\n", "password"),
    ("a.ps1", "<# $Password = 'x' #> nuget push a.nupkg -ApiKey §\n", "api_key"),
    ("a.ps1", "$x = 1\nsqlcmd -P @'\n§\n'@ -Q 1\n", "password"),
    ("ConsoleHost_history.txt", 'cd x\n$env:API_TOKEN = "§"\n', "API_TOKEN"),
    (".bash_history", "#1700000000\nmysql -p§\necho it's\nsshpass -p § ssh host\n", "password password"),
    (".zsh_history",
     ": 1700000000:0;mysql -p§\n"
     ": 1700000001:0;curl https://acme.test \\\n"
     "  -u bob:§\n",
     "password password"),
    ("fish_history", "- cmd: set -x API_TOKEN §\n  when: 1700000000\n- cmd: mysql -p§\n", "API_TOKEN password"),
    ("crontab",
     "DB_PASSWORD=§\n"
     "*/5 * * * * mysql -p§\n"
     "@daily root curl -u bob:§ https://acme.test\n",
     "DB_PASSWORD password password"),
    (".mycli-history",
     "CREATE USER 'a'@'%' IDENTIFIED BY '§';\n"
     "set password for 'a' = PASSWORD('§');\n",
     "password password"),
    (".sqlite_history", "_HiStOrY_V2_\nalter\\040user\\040bob\\040with\\040password\\040'§';\n", "password"),
    (".mongo_history",
     "db.createUser({user: 'bob', pwd: '§', roles: []})\n"
     "db.auth('bob', '§')\n",
     "password password"),
    ("a.http", "@token = §\nGET https://acme.test\nAuthorization: Bearer §\nX-Api-Key: §\n", "token token X-Api-Key"),
    ("a.rest", "POST https://acme.test\nAuthorization: Basic bob §\n\nuser=bob&password=§\n", "password password"),
    ("a.exp",
     'set password "§"\n'
     "spawn ssh host\n"
     'expect "*?assword:*"\n'
     'send "§\\r"\n'
     'expect "$ "\n'
     'send "xxxxxxxx\\r"\n',
     "password password"),
    ("a.exp",
     "expect {\n"
     '  "yes/no" { send "yes-yes\\r"; exp_continue }\n'
     '  -re "assword.*" { send -- "§\\r" }\n'
     "}\n",
     "password"),
    ("README.md",
     "mysql -pxxxxxxxx\n"
     "```sh\n"
     "$ mysql -p§\n"
     "```\n"
     "~~~console\n"
     "bob@host:~$ sshpass -p § ssh host\n"
     "~~~\n",
     "password password"),
    ("table.md",
     "| user | password | note |\n"
     "|:--|--:|---|\n"
     "| bob | `§` | an operator |\n"
     "| ann | see there | |\n\n"
     "Name | DB password\n"
     "---|---\n"
     "x | §\n",
     "password DB_password"),
    ("guide.markdown",
     "```powershell\n"
     "$env:API_TOKEN = '§'\n"
     "```\n"
     "```dockerfile\n"
     "ENV API_TOKEN=§\n"
     "```\n",
     "API_TOKEN API_TOKEN"),
    ("a.md", "1. Log in:\n\n        $ mysql -p§\n        SQL> alter user bob identified by §;\n", "password password"),
    ("a.md", "```sql\nCREATE USER 'bob' IDENTIFIED BY '§';\n```\n", "password"),
    ("Jenkinsfile",
     "pipeline {\n"
     "  sh 'mysql -p§'\n"
     '  sh(script: "curl -u \\"bob:§\\" https://acme.test", returnStdout: true)\n'
     "}\n",
     "password password"),
    ("Jenkinsfile",
     "node {\n"
     "  sh '''\n"
     "    sshpass -p § ssh host\n"
     "  '''\n"
     "  bat 'net use Z: \\\\\\\\f\\\\s § /user:x'\n"
     "}\n",
     "password password"),
    ("Vagrantfile",
     "Vagrant.configure('2') do |c|\n"
     "  c.vm.provision 'shell', inline: <<-SHELL\n"
     "    mysql -p§\n"
     "  SHELL\n"
     "end\n",
     "password"),
    ("Vagrantfile",
     "$script = <<SCRIPT\n"
     "echo root:§ | chpasswd\n"
     "SCRIPT\n"
     "c.vm.provision 'shell', inline: 'mysql -p§'\n",
     "password password"),
]  # fmt: skip
