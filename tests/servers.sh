#!/usr/bin/env bash
# Installs what tests need besides Python, from Debian's packages: the servers that tests of database passwords talk to,
# which these start themselves, on free ports, with data in a temporary folder; the compilers that patched code is given
# to; the browser that the HTML report is looked at with. Where something is missing, its tests are skipped and say so.
# (Of Go's compilers gccgo is half as large.)
set -euo pipefail

missing=()
have() { PATH="$PATH:/usr/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)" command -v "$1" >/dev/null; }
have postgres || missing+=(postgresql)
have mariadbd || missing+=(mariadb-server)
have redis-server || missing+=(redis-server)
have ssh-keygen || missing+=(openssh-client)
have mcs || missing+=(mono-mcs)
have go || have gccgo || missing+=(gccgo)
have chromium || missing+=(chromium)
if [ ${#missing[@]} -eq 0 ]; then
  echo "servers: all are installed"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "servers: no apt-get here, so these stay missing and their tests are skipped: ${missing[*]}" >&2
  exit 0
fi
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
export DEBIAN_FRONTEND=noninteractive
# No server of the packages' own is to run: the tests bring theirs.
install() {
  timeout 120 "${sudo[@]}" apt-get -qq update &&
    RUNLEVEL=1 timeout 400 "${sudo[@]}" apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null
}
if install; then
  echo "servers: installed ${missing[*]}"
else
  echo "servers: cannot be installed, so their tests are skipped: ${missing[*]}" >&2
fi
