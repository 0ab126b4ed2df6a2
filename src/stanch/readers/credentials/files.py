"""Which files hold credentials: their kinds, by the last parts of a path.

A path is looked up by its last three, two and one parts, then by what follows the last dot of its name, then by its
folder; copies that editors and administrators leave (`.htpasswd.bak`) are of the same kind.
"""

from __future__ import annotations

Kind = tuple[str, str]
"""The module that reads a file, in `stanch.readers`, and what it is told to read."""

_FILES: dict[str, dict[str, str]] = {
    "credentials.places": {
        # accounts, a line each
        "pgpass": ".pgpass pgpass pgpass.conf .pgpass.conf",
        "htpasswd": ".htpasswd htpasswd *.htpasswd .htpasswds htpasswd.txt .htusers htusers",
        "htdigest": ".htdigest htdigest *.htdigest .htpasswd.digest",
        "shadow": "shadow shadow- gshadow etc/passwd etc/passwd- master.passwd etc/security/passwd",
        "smbpasswd": "smbpasswd smbpasswd.txt",
        "accounts": "rsyncd.secrets rsync.secrets rsyncd.passwd .rsync_pass passwords.txt passwd.txt credentials.txt"
        " creds.txt logins.txt accounts.txt deluge/auth pass.txt passwords.lst user_pass.txt",
        "svnserve": "conf/passwd svn/passwd svnserve.passwd conf/svnserve.passwd",
        "sasl-passwd": "sasl_passwd sasl/passwd smtpd/secrets mail/secrets relay_passwd",
        "passwd-client": "passwd.client",
        "third-column": "chap-secrets pap-secrets davfs2/secrets .davfs2/secrets",
        "second-column": "racoon/psk.txt psk.txt",
        "ipsec": "ipsec.secrets ipsec.d/*.secrets",
        "s3fs": ".passwd-s3fs passwd-s3fs .passwd-ossfs passwd-ossfs",
        "cvs": ".cvspass",
        "p4tickets": ".p4tickets p4tickets.txt",
        "cookies": "cookies.txt .gitcookies gitcookies *.cookies .cookies",
        "git-credentials": ".git-credentials git/credentials .git-credential-cache git-credentials",
        # settings of clients and servers: a word, and its value
        "words": ".netrc _netrc netrc .authinfo .fetchmailrc fetchmailrc .ncftprc .authinfo.txt",
        "directives": ".msmtprc msmtprc .muttrc muttrc .mutt/muttrc .neomuttrc neomuttrc .esmtprc esmtprc slapd.conf"
        " .mailrc .nailrc mail.rc s-nail.rc"
        " ldap.conf .ldaprc ldaprc nslcd.conf pam_ldap.conf rndc.key rndc.conf named.conf named.conf.local dhcpd.conf"
        " ddns.key tsig.key keepalived.conf drbd.conf drbd.d/*.res collectd.conf pureftpd-mysql.conf db/mysql.conf"
        " ngircd.conf ircd.conf unrealircd.conf dovecot-ldap.conf tacacs.conf tac_plus.conf radsec.conf"
        " authmysqlrc authpgsqlrc authldaprc .bitchxrc .ircrc .epicrc bacula-dir.conf bacula-fd.conf"
        " bacula-sd.conf bconsole.conf bareos-dir.conf bareos-fd.conf ntp.keys",
        "redis": "redis.conf sentinel.conf users.acl .rediscli_history keydb.conf valkey.conf",
        "snmp": "snmpd.conf snmp.conf snmptrapd.conf",
        "proxies": "haproxy.cfg haproxy.conf tinyproxy.conf squid.conf monitrc .monitrc monit.conf"
        " proftpd.conf sql.conf",
        "lftp": ".lftprc .lftp/rc lftp/rc lftp/bookmarks .lftp/bookmarks lftp.conf",
        "ncftp": ".ncftp/bookmarks ncftp/bookmarks",
        "aws": ".aws/credentials .aws/config aws/credentials aws_credentials .aws_credentials",
        "bundler": ".bundle/config",
        "rubygems": ".gem/credentials gem/credentials",
        "clojure": "profiles.clj .lein/credentials.clj",
        "chat": ".irssi/config irssi/config .weechat/sec.conf .weechat/irc.conf weechat/sec.conf weechat/irc.conf"
        " servlist.conf servlist_.conf znc.conf configs/znc.conf perform.ini .ircservers",
        "svn-auth": "svn.simple/* svn.ssl.client-passphrase/* svn.username/*",
        "dns-key": "*.private",
        "ceph": "ceph.client.admin.keyring ceph/*.keyring ceph/keyring keyring ceph.keyring",
        # networks
        "wifi": "*.nmconnection system-connections/* wpa_supplicant.conf wpa_supplicant/* hostapd.conf"
        " *.psk iwd/*.8021x"
        " netctl/* wicd/wireless-settings.conf wireless-settings.conf",
        "wifi-keys": "network-scripts/* keys-wifi",
        "wifi-xml": "wificonfigstore.xml wifi.xml wlansvc/* wi-fi.xml wlan.xml wifi/*.xml",
        "openvpn": "*.ovpn openvpn/*.conf openvpn/client/*.conf openvpn/server/*.conf",
        "two-lines": "auth-user-pass auth-user-pass.txt openvpn/auth.txt openvpn/pass.txt openvpn/credentials"
        " openvpn/login.conf vpn-auth.txt openvpn/auth openvpn/userpass.txt openvpn/up.txt",
        "rdp": "*.rdp",
        "vnc": "*.vnc ultravnc.ini vnc.ini tightvnc.ini .vnc/config *.tvnc",
        "vnc-passwd": ".vnc/passwd vnc/passwd .vncpasswd vncpasswd passwd.vnc",
        "pcf": "*.pcf",
        "cisco": "running-config startup-config *.ios running-config.txt startup-config.txt running-config.cfg"
        " startup-config.cfg cisco.cfg config.text",
        # desktops
        "winscp": "winscp.ini",
        "remmina": "*.remmina remmina.pref",
        "psi": "profiles/default/accounts.xml default/accounts.xml",
        "plist": "*.mobileconfig",
        "gpp": "groups.xml services.xml scheduledtasks.xml datasources.xml printers.xml drives.xml",
        "unattend": "unattend.xml autounattend.xml sysprep.xml unattended.xml sysprep/*.xml",
        "kickstart": "*.ks ks.cfg kickstart.cfg anaconda-ks.cfg original-ks.cfg initial-setup-ks.cfg kickstart/*.cfg",
        "preseed": "preseed.cfg *.preseed *.seed preseed/*.cfg preseed.txt debconf-set-selections",
        "cloud-init": "user-data user-data.txt user-data.yaml user-data.yml user_data"
        " cloud-config.yml cloud-config.yaml"
        " cloud-init.yml cloud-init.yaml cloud-init.cfg cloud.cfg.d/*.cfg *.cloud-config",
    },
    "credentials.whole": {
        "password": ".vault_pass .vault_pass.txt .vault-pass .vault-pass.txt vault_pass vault_pass.txt vault-pass.txt"
        " vault-password vault-password.txt vault_password vault_password.txt .vault_password .vault-password"
        " .vault_password.txt .vaultpass .vaultpass.txt ansible_vault_pass ansible_vault_pass.txt .ansible_vault_pass"
        " .ansible-vault-pass vault_password_file .vault_password_file .vault-password-file"
        " ldap.secret pam_ldap.secret libnss-ldap.secret .mysql_password .mysqlpw .db_password .dbpass .pgpassword"
        " db_password db_password.txt db_root_password db_root_password.txt db-password.txt db_pass.txt"
        " mysql_password mysql_password.txt mysql_root_password mysql_root_password.txt mysql-password.txt"
        " postgres_password postgres_password.txt postgres-password.txt postgres-passwd pg_password.txt"
        " redis_password redis_password.txt redis-password.txt mongo_root_password.txt mongo_password.txt"
        " smtp_password smtp_password.txt admin_password admin_password.txt admin-password.txt root_password"
        " root_password.txt ldap_password.txt grafana_admin_password registry_password.txt"
        " .password password .password.txt password.txt .passwd .restic-password restic-password"
        " restic_password restic-password.txt .restic_password .restic-pass .borg_passphrase borg_passphrase"
        " .borg-passphrase .passphrase passphrase passphrase.txt .sudo_pass .become_pass .become-pass become_pass"
        " secrets/initialadminpassword initialadminpassword initial_root_password .luks-password"
        " keystore.password truststore.password keystore_pass keystore_password"
        " backup_password backup_password.txt",
        "vault_token": ".vault-token .vault_token vault-token vault_token.txt",
        "token": ".vagrant.d/data/vagrant_login_token vagrant_login_token huggingface/token .huggingface/token"
        " .hf_token hf_token.txt"
        " shodan/api_key .shodan/api_key"
        " .github_token .github-token github_token github_token.txt github-token.txt .gh_token gh_token .gitlab_token"
        " gitlab_token gitlab_token.txt .npm_token .npmtoken npm_token .pypi_token"
        " .token token token.txt .tokens .api_key"
        " .api-key .apikey api_key.txt apikey.txt api-key.txt api_key apikey .access_token access_token"
        " access_token.txt .slack_token slack_token slack_token.txt .slack-token discord_token discord_token.txt"
        " .discord_token telegram_token telegram_token.txt bot_token bot_token.txt bot-token.txt .bot_token"
        " serviceaccount/token .do_token .digitalocean_token digitalocean_token .hcloud_token .linode_token"
        " .cloudflare_token cloudflare_token .openai_api_key openai_api_key openai_key.txt .openai openai.key"
        " .anthropic_api_key openai_api_key.txt .codecov_token .sonar_token .circleci_token .travis_token .heroku_token"
        " .doctl_token .todoist_token .pushover .pushbullet .wakatime_token tokens/*.token tokens/*.txt *.token",
        "secret": ".secret secret secret.txt .secret_key secret_key secret_key.txt secret-key.txt"
        " .secret-key .secretkey"
        " secretkey secretkey.txt .flask_secret_key .django_secret_key .django_secret secret_key_base .session_secret"
        " .cookie_secret cookie_secret jupyterhub_cookie_secret session.key session.secret jwt.secret jwt_secret"
        " jwt_secret.txt jwtsecret jwtsecret.txt jwt.hex jwt-secret.txt .jwt_secret client_secret client_secret.txt"
        " client-secret.txt .client_secret notebook_cookie_secret secrets/master.key .erlang.cookie"
        " rabbitmq/.erlang.cookie .minio_secret",
        "rails_master_key": "master.key config/*.key config/credentials/*.key credentials/*.key",
        "recovery_codes": "github-recovery-codes.txt recovery-codes.txt recovery_codes.txt"
        " backup-codes.txt backup_codes.txt"
        " gitlab-recovery-codes.txt npm-recovery-codes.txt google-backup-codes.txt pypi-recovery-codes.txt"
        " github-recovery-codes recovery-codes 2fa-backup-codes.txt",
    },
    "credentials.stores": {
        "": "*.p12 *.pfx *.pkcs12 *.jks *.jceks *.keystore .keystore *.truststore *.bks *.ubr *.bcfks"
        " *.kwl *.kwallet *.keyring login.keyring default.keyring *.keytab krb5.keytab *.ccache"
        " cwallet.sso wallet.dat *.pvk *.snk *.pk8"
        " secring.gpg private-keys-v1.d/*.key *.keychain *.keychain-db *.der tarsnap.key .tarsnap.key",
        "browser": "key4.db login%20data cookies.sqlite",
    },
    "credentials.sealed": {
        "mylogin": ".mylogin.cnf",
        "dbeaver": "credentials-config.json",
        "stash": "*.sth",
    },
    # formats with a reader of their own, under names that do not tell them
    "settings.ini": {
        "ini": ".pypirc .npmrc npmrc .databrickscfg .snowsql/config .sentryclirc"
        " .oci/config"
        " .offlineimaprc .getmailrc getmailrc .ossutilconfig .boto .s3cfg git/config .git/config .hg/hgrc"
        " .s3ql/authinfo2"
        " .bazaar/authentication.conf .odbc.ini .pip/pip.conf",
    },
    "settings.json": {
        "json": ".docker/config.json docker/config.json containers/auth.json .ftpconfig .dockerconfigjson"
        " dockerconfigjson"
        " kaggle/kaggle.json jfrog-cli.conf .jfrog/jfrog-cli.conf.v5 .jfrog/jfrog-cli.conf.v6 .remote-sync.json",
    },
    "settings.yaml": {
        "yaml": ".kube/config kube/config .config/hub .twurlrc .trc .tugboat .gem/config .ngrok2/ngrok.yml",
    },
    "settings.toml": {"toml": ".cargo/credentials cargo/credentials"},
    "settings.properties": {"properties": ".sbt/credentials .sbt/.credentials .ivy2/.credentials .credentials"},
    "settings.dotenv": {
        "dotenv": ".smbcredentials smbcredentials .smbcred smb.credentials cifs.credentials .cifs .cifscredentials"
        " samba/credentials cifs/credentials"
    },
    "credentials.sql": {"": "*.sql *.psql *.mysql *.pgsql *.ddl *.dump"},
}  # fmt: skip

_XML = rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}>\s{0,8}"
BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (rb"machine\s+\S{1,200}\s+login\s", ("credentials.places", "words")),
    (rb"# (?:Netscape )?HTTP Cookie File", ("credentials.places", "cookies")),
    (rb"K \d+\r?\n(?:passtype|username|password)\r?\n", ("credentials.places", "svn-auth")),
    (rb"Private-key-format: v1", ("credentials.places", "dns-key")),
    (rb"ctrl_interface=|network=\{", ("credentials.places", "wifi")),
    (rb"client\r?\n(?:dev|proto|remote|nobind)\b", ("credentials.places", "openvpn")),
    (rb"(?:\xef\xbb\xbf)?[a-z][a-z0-9 ]{2,40}:[isb]:", ("credentials.places", "rdp")),
    (rb"\s*(?:Building configuration|Current configuration :|!\r?\n! ?Last conf|!\r?\nversion \d)",
     ("credentials.places", "cisco")),
    (rb"\[(?:Configuration\\|Sessions\\)", ("credentials.places", "winscp")),
    (_XML + rb"<(?:Groups|NTServices|ScheduledTasks|DataSources|Printers|Drives) clsid=",
     ("credentials.places", "gpp")),
    (_XML + rb"<unattend\b", ("credentials.places", "unattend")),
    (_XML + rb"<!DOCTYPE plist\b", ("credentials.places", "plist")),
    (_XML + rb"<WLANProfile\b", ("credentials.places", "wifi-xml")),
    (rb"#version=(?:RHEL|DEVEL|F\d)", ("credentials.places", "kickstart")),
    (rb"(?:#[^\n]{0,200}\n|\s){0,20}d-i \S", ("credentials.places", "preseed")),
    (rb"#cloud-config\b", ("credentials.places", "cloud-init")),
    (
        rb"(?i)\s{0,8}(?:-- ?(?:MySQL|MariaDB|phpMyAdmin|PostgreSQL|SQLite|Dump|Host:)|--\r?\n-- PostgreSQL|/\*!40"
        rb"|PRAGMA foreign_keys|(?:INSERT INTO|CREATE (?:TABLE|USER|ROLE|DATABASE)|COPY|BEGIN TRANSACTION"
        rb"|START TRANSACTION)\b)",
        ("credentials.sql", ""),
    ),
)  # fmt: skip
"""How a file begins of a kind that can be told so, where no path is known."""

_COPIES = ("~", ".bak", ".old", ".orig", ".save", ".backup", ".copy", ".swp", ".dist.local", ".1", "_old", "_bak")
"""What is appended to the name of a file that was kept."""

KINDS: dict[str, Kind] = {
    tail.replace("%20", " "): (module, kind)
    for module, kinds in _FILES.items()
    for kind, tails in kinds.items()
    for tail in tails.split()
}


def kind(path: str) -> Kind | None:
    """Return who reads the file at `path`, and as what; None when it is no credential file by its path.

    >>> kind("home/ada/.pgpass"), kind("app/CONFIG/Credentials/production.key")
    (('credentials.places', 'pgpass'), ('credentials.whole', 'rails_master_key'))
    """
    found = _look_up(path)
    if found is None and path.endswith(_COPIES):
        copied = next(ending for ending in _COPIES if path.endswith(ending))
        return _look_up(path[: -len(copied)])
    return found


_LASTS = frozenset(tail.rpartition("/")[2] for tail in KINDS)
"""What the last parts of all tails are: few paths have one of them."""


def _look_up(path: str) -> Kind | None:
    *folders, name = path.lower().rsplit("/", 3)[-3:]
    _, dot, suffix = name.rpartition(".")
    lasts = [last for last in (name, f"*.{suffix}" if dot else "", "*" if folders else "") if last in _LASTS]
    for last in lasts:
        for depth in range(len(folders), -1, -1):
            found = KINDS.get("/".join((*folders[len(folders) - depth :], last)))
            if found:
                return found
    return None
