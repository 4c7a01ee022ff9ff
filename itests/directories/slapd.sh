#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# slapd.sh: an LDAP server of the tests' own, beside any other on this machine. Needs the packages slapd and openssl, no root.
#
#   slapd.sh start FOLDER   make it in that folder, which must not be there yet, and start it on two free ports of loopback;
#                           print lines NAME=VALUE: PORT (plain and StartTLS), TLS_PORT, CA and OTHER_CA (files), PID
#   slapd.sh stop FOLDER    stop it; the folder stays
#
# Its certificate is for localhost and 127.0.0.1, not for 127.0.0.2, where it listens too. Below dc=example,dc=org
# cn=manager may do everything (password: manager), cn=reader reads everything without limit of size (password: reader),
# cn=limited gets ten entries (password: limited); others may only bind. Entries are made by whoever tests.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin

die() { echo "slapd: $*" >&2; exit 2; }

readonly COMMAND=${1:-} FOLDER=${2:-}
[[ $FOLDER == /* ]] || die "usage: start|stop FOLDER, from the root"

# $1 name of the authority: its key and certificate
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$FOLDER/tls/$1.key" -out "$FOLDER/tls/$1.pem" \
    -addext "basicConstraints=critical,CA:TRUE" 2>"$FOLDER/openssl.log" || die "$(cat "$FOLDER/openssl.log")"
}

certificates() {
  mkdir "$FOLDER/tls"
  authority authority
  authority stranger
  openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$FOLDER/tls/server.key" \
    -out "$FOLDER/tls/server.csr" 2>"$FOLDER/openssl.log" || die "$(cat "$FOLDER/openssl.log")"
  openssl x509 -req -in "$FOLDER/tls/server.csr" -CA "$FOLDER/tls/authority.pem" -CAkey "$FOLDER/tls/authority.key" \
    -set_serial 2 -days 2 -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") \
    -out "$FOLDER/tls/server.pem" 2>"$FOLDER/openssl.log" || die "$(cat "$FOLDER/openssl.log")"
}

configuration() {
  cat >"$FOLDER/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile $FOLDER/slapd.pid
TLSCACertificateFile $FOLDER/tls/authority.pem
TLSCertificateFile $FOLDER/tls/server.pem
TLSCertificateKeyFile $FOLDER/tls/server.key
sizelimit 500
database mdb
suffix "dc=example,dc=org"
rootdn "cn=manager,dc=example,dc=org"
rootpw manager
directory $FOLDER/data
maxsize 268435456
dbnosync
index objectClass,uid,member,uniqueMember,memberUid,entryUUID eq
limits dn.exact="cn=reader,dc=example,dc=org" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited
limits dn.exact="cn=limited,dc=example,dc=org" size.soft=10 size.hard=10 size.prtotal=10
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=example,dc=org" read by dn.exact="cn=limited,dc=example,dc=org" read by * none
overlay memberof
memberof-group-oc groupOfNames
memberof-member-ad member
memberof-memberof-ad memberOf
END
}

entries() {
  slapadd -q -f "$FOLDER/slapd.conf" <<END
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=reader,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reader

dn: cn=limited,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: limited
userPassword: limited

END
}

# two ports that nobody has just now; whoever takes one in between makes this try others
run() {
  local try port tls urls
  for try in {1..20}; do
    port=$((20000 + RANDOM % 10000)) tls=$((30000 + RANDOM % 2000))
    urls="ldap://127.0.0.1:$port ldap://127.0.0.2:$port ldaps://127.0.0.1:$tls ldaps://127.0.0.2:$tls"
    if slapd -f "$FOLDER/slapd.conf" -h "$urls" -n "isthmus-tests" >"$FOLDER/slapd.log" 2>&1; then
      # it has gone to the background once it listens
      printf '%s\n' "PORT=$port" "TLS_PORT=$tls" "CA=$FOLDER/tls/authority.pem" "OTHER_CA=$FOLDER/tls/stranger.pem" \
        "PID=$(cat "$FOLDER/slapd.pid")"
      return 0
    fi
  done
  die "it does not start: $(tail -3 "$FOLDER/slapd.log")"
}

start() {
  command -v slapd >/dev/null || die "the package slapd is missing (apt-get install slapd)"
  command -v openssl >/dev/null || die "the package openssl is missing (apt-get install openssl)"
  [[ ! -e $FOLDER ]] || die "$FOLDER is there already"
  mkdir -p "$FOLDER/data"
  certificates
  configuration
  entries
  run
}

stop() {
  local pid
  pid=$(cat "$FOLDER/slapd.pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

case $COMMAND in
  start) start ;;
  stop) stop ;;
  *) die "no command $COMMAND" ;;
esac
