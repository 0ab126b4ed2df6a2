"""Which option or position of which program is a credential, and of which kind. Each program's manual says so.

A row of TABLE is `names subcommands: places kind; places kind`; a line that is indented goes on with the last row.
Names are parted by commas, a subcommand's choices by slashes. Options with more than one letter whose own name says
what they are (`--client-secret`) need no row.

| place | what it is |
|---|---|
| `-u`, `--user`, `-storepass` | an option, then its value: the next word, or behind `=`, or right behind one letter |
| `-p*`, `--password=` | the same, but never the next word |
| `/p:`, `-Dsonar.login=` | what a word begins with |
| `2`, `1+` | the second word behind the subcommands that is no option; the first and all that follow |
| `$b` | the last such word, where the flag `-b` is given |
| `password>`, `\\\\>` | the word behind that one, behind one that begins so |
| `<`, `<--stdin` | standard input, always or where that option is given |
| `+sSf` | letters of flags that may stand together with an option: `-sSfu` |

The kinds are the keys of `readers.commands.arguments.KINDS`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

TABLE = r"""
curl: +sSfLkivgGjJNnqaOR#0123456 flag; -u -U --user --proxy-user -E --cert --proxy-cert login
curl: -H --header --proxy-header header; --oauth2-bearer token; -b --cookie cookie
curl: --pass --proxy-pass --tlspassword --proxy-tlspassword password; -d --data --data-raw --data-urlencode form
curl: --data-binary --data-ascii -F --form form; -X -o -A -e -m -w -T -c -r -y -Y -z -K -C -D -x --request skip
wget,wget2: --password --http-password --ftp-password --proxy-password password; --header header; --post-data form
http,https,xh,xhs: -a --auth login; 1+ item; -A -o -p -s -v skip
aria2c: --http-passwd --ftp-passwd password; --header header
axel,ffuf,wfuzz,nuclei,wrk,bombardier,websocat,grpcurl,siege,httpx,gobuster: -H --header header; -b --cookie cookie
ab: -A -P login; -C cookie; -H header
hey,wscat: -a --auth login; -H --header header
vegeta attack: -header header
lynx: -auth -pauth login
swaks: -ap --auth-password password
sendemail,sendEmail: -xp password
youtube-dl,yt-dlp: -p --password --video-password --ap-password password

mysql,mysqldump,mysqladmin,mysqlimport,mysqlcheck: -p* --password= password; -e --execute sql; < sql
mysqlshow,mysqlslap,mysqlbinlog,mysqlpump,mysqlsh,mysql_upgrade: -p* --password= password; -e --execute sql; < sql
mariadb,mariadb-dump,mariadb-admin,mariadb-import: -p* --password= password; -e --execute sql; < sql
mariadb-check,mariadb-show,mycli,mysqlhotcopy,mysqlrepair: -p* --password= password; -e --execute sql; < sql
xtrabackup,mariabackup,innobackupex: -p* --password= password
mysqladmin password: 1 password
mydumper,myloader,pt-table-checksum,pt-online-schema-change,pt-query-digest,pt-archiver: -p --password password
psql,pgcli: -W --password flag; -c --command sql; -d --dbname pairs; 1 pairs; < sql; -h -U -p -f -v skip
pg_dump,pg_dumpall,pg_restore,pg_basebackup,createdb,dropdb,createuser,vacuumdb,reindexdb: -W --password flag;
  -d --dbname pairs
redis-cli,valkey-cli,keydb-cli,redis-benchmark,redis-server,valkey-server: -a --pass password;
  requirepass> masterauth> password
redis-cli,valkey-cli,keydb-cli auth/AUTH: 1 password
redis-server,valkey-server,keydb-server: --requirepass --masterauth password
mongo,mongosh,mongodump,mongorestore,mongoimport,mongoexport,mongostat,mongotop,mongofiles: -p --password password
mongo,mongosh,mongod,mongodump: --sslPEMKeyPassword --tlsCertificateKeyFilePassword password
cqlsh,nodetool: -p -pw --password password; -u skip
sqlcmd,osql,bcp,isql,tsql,fisql,freebcp: -P password; -Q -q sql
isql-fb,gbak,gfix,gsec,nbackup: -pas -pass -password -pw password
sqlplus,sqlcl,sqlldr,imp,exp,impdp,expdp: 1 oracle; userid= oracle; USERID= oracle
rman: target> catalog> auxiliary> TARGET> CATALOG> oracle; target= catalog= oracle
tnsping,dgmgrl,lsnrctl: 1 oracle
db2,db2cmd: using> USING> password
db2look,db2move: -w -p password
vsql: -w --password password
hdbsql,beeline,exaplus,cypher-shell,couchbase-cli,cbq,cbimport,cbbackupmgr,influxd: -p --password password; -u -U skip
nzsql,nzload: -pw password
clickhouse-client,clickhouse,arangosh,arangodump,trino: --password --server.password password
influx: -p -password --password password; -t --token token
neo4j-admin set-initial-password: 1 password
neo4j-admin dbms set-initial-password: 1 password
elasticsearch-users: -p password
elasticsearch-keystore,kibana-keystore,logstash-keystore,opensearch-keystore add: <--stdin <-x secret
rabbitmqctl add_user/change_password/authenticate_user: 2 password; -n skip
rabbitmqadmin: -p --password password
mosquitto_pub,mosquitto_sub,mosquitto_rr: -P --pw password
mosquitto_passwd: $b password
emqx_ctl,emqx admins add/passwd: 2 password

ldapsearch,ldapadd,ldapmodify,ldapdelete,ldapcompare,ldapwhoami,ldapmodrdn,ldapexop: -w password; -D -H -b skip
ldappasswd: -w -s -a password; -D -H skip
slappasswd: -s --secret password
dsconf,dsctl,dsidm,ldclt: -w password
dsadd,dsmod: -pwd password
kinit,adcli,realm: < password
kadmin: -w -p password
kadmin,kadmin.local addprinc/cpw/change_password: -pw password
kdb5_util: -P password
smbclient: -U --user percent; 2 password; -c -W -I -L -N skip
rpcclient,smbget,smbcacls,smbtree,winexe,pth-winexe,wmic,nmblookup,smbspool,smbcquotas: -U --user percent
smbmap,crackmapexec,cme,netexec,nxc: -p --password password
evil-winrm,hydra,medusa,bloodhound-python,kerbrute,enum4linux-ng: -p --password password
psexec.py,smbexec.py,wmiexec.py,atexec.py,dcomexec.py,secretsdump.py,mssqlclient.py,lookupsid.py: 1 target
GetUserSPNs.py,GetNPUsers.py,getTGT.py,smbclient.py,ticketer.py,addcomputer.py,rbcd.py: 1 target
impacket-psexec,impacket-smbexec,impacket-wmiexec,impacket-secretsdump,impacket-mssqlclient: 1 target
mount,mount.cifs,curlftpfs,sshfs,mount.davfs: -o pairs
net use: / flag; \\> password
net user: / flag; 2 password
net ads/rpc/join: -U --user percent
psexec,psexec64,psservice,pskill,pslist,psinfo,psloglist: -p /p password; -u skip
schtasks: /rp /p password; /ru /u skip
sc,sc.exe: password=> password
cmdkey: /pass: password
wmic,netdom,mstsc,winrs,tasklist,taskkill: /password: /passwordd: /pd: -p: password
tasklist,taskkill,systeminfo,gpresult,driverquery: /p password
plink,pscp,psftp,putty,kitty: -pw password
lftp,lftpget: -u --user comma
ncftp,ncftpput,ncftpget,ncftpls,wput: -p password
ftp: < ftp
sshpass: -p password
expect,spawn,autoexpect: -c skip
xfreerdp,xfreerdp3,wlfreerdp,sdl-freerdp: /p: -p password
rdesktop: -p password; -u -d -g skip
vncpasswd: < password
x11vnc: -passwd password
x11vnc: -storepasswd password
tf: /login: -login: comma

openssl: -pass -passin -passout -password pass; -k password; -K -hmac -mackey secret; -macopt pass
openssl passwd: 1 password; -salt skip
openssl,gpg: -stdin flag
gpg,gpg2,gpg-preset-passphrase,gpgsm: --passphrase -P password; <--passphrase-fd password
7z,7za,7zr,7zz,rar,unrar: -p* -hp* password
zip,zipcloak,unzip,zipinfo,funzip: -P --password password
unar,lsar,fcrackzip: -p -password password
pdftk: user_pw> owner_pw> input_pw> password
pdftotext,pdfinfo,pdfimages,pdftoppm: -upw -opw password
keytool: -storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass -new password
jarsigner: -storepass -keypass password
apksigner,bundletool: --ks-pass --key-pass pass
signtool: /p password
osslsigncode: -pass password
certutil: -p password
security unlock-keychain/create-keychain/set-keychain-settings: -p password
security import: -P password; -k skip
security add-generic-password/add-internet-password: -w password
security set-key-partition-list: -k password
altool,notarytool,iTMSTransporter: -p --password password
veracrypt,truecrypt: -p --password password
cryptsetup,zfs,encfs,gocryptfs: < password
hdiutil: <-stdinpass password
caddy hash-password: -p --plaintext password
mkpasswd: 1 password; -m -S -R -s skip
doveadm: -p password
htpasswd: $b password; <-i password
saslpasswd2: <-p password
chpasswd,newusers: < login
passwd,smbpasswd,su: < password
sudo: <-S password
useradd,usermod,adduser,groupadd: -p --password password
samba-tool user create/add: 2 password
samba-tool: -U percent; --password --newpassword --adminpass password
ejabberdctl,prosodyctl register/change_password: 3 password
grafana-cli,grafana admin reset-admin-password: 1 password
jboss-cli.sh,add-user.sh,wsadmin.sh,kcadm.sh,kcreg.sh: -p -password --password --new-password password; -u -user skip
airflow users create: -p --password password
superset,flask fab create-admin: --password password

docker,podman,nerdctl,buildah,skopeo,oras,cosign,regctl login: -p --password password;
  <--password-stdin password; -u --username skip
helm,nerdctl,crane,oras,regctl registry/auth login: -p --password password; <--password-stdin password; -u skip
docker,podman secret create: < secret
skopeo,podman,buildah: --creds --src-creds --dest-creds login
docker,podman,nerdctl,docker-compose: -e --env --build-arg pair; -v --volume -p -w -l -u skip
helm,helmfile,helm3: --set --set-string --set-literal pairs
kubectl,oc create secret: --from-literal pair; --docker-password password
kubectl,oc,kubeadm,k3s,k3d,rke2: --token token; --password password
oc login: -p --password password; -u skip
rancher,rancher2 login: -t --token token
argocd: --password --current-password --new-password password; --auth-token token

az login: -p --password password; -u -t skip
az acr login: -p --password password
az sql/postgres/mysql/mariadb server/flexible-server/mi create/update: -p --admin-password password; -u skip
az: --admin-password --password --registry-password --docker-registry-server-password --certificate-password password
az: --account-key --storage-account-key key; --sas-token token; --client-secret secret
az keyvault secret set: --value password; --name -n --vault-name skip
az pipelines variable create/update: --value named:--name; --name -n --vault-name skip
az devops login: < token
aws configure set: 1 named
aws secretsmanager create-secret/put-secret-value/update-secret: --secret-string secret
aws ssm put-parameter: --value named:--name; --name -n --vault-name skip
aws: --master-user-password --new-password --old-password --temporary-password --password password
aws lambda create-function/update-function-configuration: --environment pairs
gcloud: --password --root-password password; --set-env-vars --update-env-vars pairs
gcloud secrets create: <--data-file secret
gcloud secrets versions add: <--data-file secret
ibmcloud,bx,bluemix login: -p password; --apikey key; -u skip
cf login: -p password; -u skip
cf auth/create-user: 2 password
cf set-env: 2 named
swift: -K --key key
openstack,nova,glance,cinder,neutron: --os-password password
oci,exo,hcloud,vultr-cli,linode-cli,doctl,fastly,vercel,now: -t --token --access-token token
civo apikey add/save: 2 key
cloudflared service install: 1 token
cloudflared: --token token
ngrok authtoken: 1 token
ngrok config add-authtoken: 1 token
tailscale: --authkey --auth-key key
b2 authorize-account: 2 key
b2 account authorize: 2 key
mc alias set: 4 secret
mc config host add: 4 secret
mc admin user add: 3 secret
s3cmd,s4cmd,s5cmd,ossutil,obsutil: --secret_key --access-key-secret secret
rclone config create/update: pass> secret_access_key> client_secret> token> password> secret
rclone obscure: 1 password

npm,pnpm,yarn config set: 1 named
npm,pnpm,yarn set: 1 named
twine upload: -p --password password; -u -r skip
poetry config: 1 named; 3 password
poetry,pdm,uv,flit,hatch publish: -p -P -a --password --auth password; -t --token token; -u -r -i skip
composer config: 1 named; 3 password
bundle config: 2 login
bundle config set: 2 login
cargo login: 1 token; < token
nuget setapikey: 1 key
nuget push: 2 key; -ApiKey key
nuget sources: -Password password
dotnet nuget push: -k --api-key key; -s skip
dotnet nuget add: -p --password password; -u -n skip
dotnet user-secrets set: 1 named; -p --project --id skip
choco apikey/push/setapikey: -k --key --api-key --apikey key; -s skip
choco source: -p --password password; -u -n -s skip
conan user/remote/login: -p --password password; -r skip
jf,jfrog: --password password; --apikey key; --access-token token
vsce,ovsx: -p --pat token
expo,eas login: -p --password password; -u skip
netlify,ntl: --auth token
firebase,surge: --token token
heroku config:set: 1+ pair
fly,flyctl secrets set: 1+ pair
fly,flyctl secrets import: < pairs
fly login: -p --password password; -t -u skip
railway,doppler,infisical: -t --token token
doppler,infisical secrets set: 1+ pair
vercel env add: < secret
wrangler secret put: < secret
gh,glab secret/variable set: -b --body --value -v secret; < secret
gh auth login: <--with-token token
glab auth login: -t --token token; <--stdin token
glab,travis variable/env set: 1 named
travis encrypt: 1+ pair
drone,buildkite-agent,circleci,codecov,codecovcli: -t --token token
bash,sh: -t token
cc-test-reporter: -r token
snyk auth: 1 token
sonar-scanner,mvn,mvnw,gradle,gradlew,ant,dotnet-sonarscanner: -Dsonar.login= -Dsonar.token= token
dotnet: /d:sonar.login= /d:sonar.token= -d:sonar.login= token
sentry-cli: --auth-token token; --api-key key
stripe,datadog-ci: --api-key key
openai api: -k key
wandb login: 1 token
huggingface-cli,hf login: --token token
java: -auth login
dvc remote modify: 2 named

vault login/auth/unwrap: 1 token
vault token lookup/revoke/renew: 1 token
vault operator unseal: 1 secret
vault unseal: 1 secret
vault,consul,nomad,boundary: -token --token token; -http-auth login
consul kv put: 1 named
etcdctl: --user --password login
etcdctl user add: 1 login
etcdctl put: 1 named
terraform,tofu,terragrunt,packer: -var -backend-config pair
pulumi config set: 1 named; <--secret secret
chamber write: 2 named
bw unlock: 1 password
bw login: 2 password
credhub set: -w -v --password --value secret; -n -t skip
credhub login: -p --password password; -u -s skip
conjur variable set: -v --value secret
ansible,ansible-playbook,ansible-console: -e --extra-vars pairs
ansible-vault encrypt_string: 1 secret; <--stdin-name secret
ansible-galaxy: --token --api-key token
git: -c pair
git config: 1 named
svn,svnadmin,svnsync: --password --source-password --sync-password password; --username skip
p4: -P password

snmpget,snmpset,snmpwalk,snmpbulkwalk,snmpbulkget: -c -A -X password; -v -u -l -a -x -n skip
snmptrap,snmpgetnext,snmptable,snmpdf,snmpstatus,snmpinform: -c -A -X password; -v -u -l -a -x -n skip
onesixtyone: -c password
ipmitool: -P -K password; -U -H -I -L skip
ipmipower,ipmiconsole,bmc-info,ipmi-sel,racadm,ilorest,redfishtool,esxcli: -p --password password; -u -h -H skip
vmrun: -gp -vp password
wpa_passphrase: 2 password
nmcli: password> psk> wifi-sec.psk> 802-11-wireless-security.psk> wifi-sec.wep-key0> 802-1x.password> password
iwctl: --passphrase password
openconnect: <--passwd-on-stdin password; --passwd password
openfortivpn: -p --password password; -u skip
pptpsetup: --password password
setx: / flag; 1 named
setenv: 1 named
"""


class Place(NamedTuple):
    """Where a program takes something of a kind."""

    sign: str
    kind: str


class Usage(NamedTuple):
    """What one row, or rows for the same subcommands, say."""

    subcommands: tuple[frozenset[bytes], ...]
    places: tuple[Place, ...]


def rows() -> list[str]:
    """Return the rows of the table, each on one line."""
    return list(filter(None, TABLE.replace("\n  ", " ").splitlines()))


@cache
def programs() -> dict[bytes, tuple[Usage, ...]]:
    """Return the usages of each program, by its name in lower case."""
    found: dict[bytes, list[Usage]] = {}
    for line in rows():
        called, _, rest = line.partition(": ")
        names, *subcommands = called.split()
        places = tuple(_places(rest))
        words = tuple(frozenset(choices.encode().split(b"/")) for choices in subcommands)
        for name in names.split(","):
            found.setdefault(name.lower().encode(), []).append(Usage(words, places))
    return {name: tuple(usages) for name, usages in found.items()}


def _places(text: str) -> list[Place]:
    found: list[Place] = []
    for group in text.split(";"):
        *signs, kind = group.split()
        found.extend(Place(sign, kind) for sign in signs)
    return found
