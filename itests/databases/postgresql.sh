#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# postgresql.sh: a PostgreSQL of the tests' own, beside any other on this machine. Needs root on Debian or Ubuntu, and the
# package postgresql.
#
#   postgresql.sh start NAME [SETTING=VALUE…]   make it, if it is not there, and start it; print its JDBC URL, which has a
#                                               user with CREATEDB and the password in it. A setting is one of postgresql.conf
#   DISK=SIZE postgresql.sh start NAME          the same, on a disk of its own of that size ("160m"), which can be filled;
#                                               it is mounted at /var/lib/postgresql/disk-NAME
#   postgresql.sh url NAME                      print that URL
#   postgresql.sh pause NAME | resume NAME      freeze all its processes, as a server that hangs, and let them go on
#   postgresql.sh halt NAME | boot NAME         stop it at once, as a machine that dies, and start it again; data stays
#   postgresql.sh drop NAME                     stop it and remove all of it
#
# NAME: letters, digits and underscores.
set -euo pipefail
export LC_ALL=C

die() { echo "postgresql: $*" >&2; exit 2; }

readonly COMMAND=${1:-} NAME=${2:-} OWN_DISK=/var/lib/postgresql/disk-${2:-}
[[ $NAME =~ ^[A-Za-z0-9_]{1,40}$ ]] || die "usage: start|url|pause|resume|halt|boot|drop NAME"
command -v pg_lsclusters >/dev/null || die "the package postgresql is missing (apt-get install postgresql)"

# version, port and data directory of the cluster, or nothing
cluster() { pg_lsclusters --no-header | awk -v name="$NAME" '$2 == name { print $1, $3, $6 }'; }
version() { cluster | cut -d' ' -f1; }
port() { cluster | cut -d' ' -f2; }
folder() { cluster | cut -d' ' -f3; }

there() { [[ -n $(cluster) ]] || die "there is no $NAME: start it first"; }
url() { echo "jdbc:postgresql://127.0.0.1:$(port)/isthmus?user=isthmus&password=isthmus"; }
# as the database's administrator; from a folder that user can enter
sql() { (cd / && runuser -u postgres -- psql --quiet --no-align --tuples-only --port "$(port)" --command "$1"); }
running() { pg_ctlcluster "$(version)" "$NAME" status >/dev/null 2>&1; }

start() {
  if [[ -z $(cluster) ]]; then
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -1)
    # text in an order of people, as many installations have it: the product must not depend on the database's
    local people=()
    [[ $newest -lt 15 ]] || people=(--locale-provider=icu --icu-locale=en-US)
    local place=()
    if [[ -n ${DISK:-} ]]; then
      mkdir -p "$OWN_DISK"
      mountpoint -q "$OWN_DISK" ||
        mount -t tmpfs -o "size=$DISK,mode=700,uid=postgres,gid=postgres" isthmus-tests "$OWN_DISK"
      place=(--datadir "$OWN_DISK/data")
    fi
    pg_createcluster "$newest" "$NAME" "${place[@]}" --encoding UTF8 --locale C.UTF-8 -- \
      --auth-local=peer --auth-host=scram-sha-256 "${people[@]}" >/dev/null
    pg_conftool "$newest" "$NAME" set max_connections 200
  fi
  local setting
  for setting in "$@"; do
    pg_conftool "$(version)" "$NAME" set "${setting%%=*}" "${setting#*=}"
  done
  running || pg_ctlcluster "$(version)" "$NAME" start
  if [[ -z $(sql "select 1 from pg_roles where rolname = 'isthmus'") ]]; then
    sql "create role isthmus login createdb password 'isthmus'"
    # "drop database … with (force)" ends whatever is in it, and PostgreSQL itself may be, vacuuming
    sql "grant pg_signal_backend to isthmus"
  fi
  if [[ -z $(sql "select 1 from pg_database where datname = 'isthmus'") ]]; then
    sql "create database isthmus owner isthmus"
  fi
  url
}

# $1 signal: to the postmaster and all that it began
signal() {
  local postmaster
  postmaster=$(head -1 "$(folder)/postmaster.pid")
  pkill "-$1" -P "$postmaster" || true
  kill "-$1" "$postmaster"
}

drop() {
  if [[ -n $(cluster) ]]; then
    ! running || signal CONT
    # what a run that was killed left may be half of it: pg_dropcluster refuses a folder that is not postgres's
    [[ ! -d $(folder) ]] || chown postgres: "$(folder)"
    pg_dropcluster --stop "$(version)" "$NAME"
  fi
  if [[ -d $OWN_DISK ]]; then
    ! mountpoint -q "$OWN_DISK" || umount "$OWN_DISK"
    rmdir "$OWN_DISK"
  fi
}

case $COMMAND in
  start) shift 2; start "$@" ;;
  url) there; url ;;
  pause) there; signal STOP ;;
  resume) there; signal CONT ;;
  halt) there; pg_ctlcluster "$(version)" "$NAME" stop --mode=immediate ;;
  boot) there; pg_ctlcluster "$(version)" "$NAME" start ;;
  drop) drop ;;
  *) die "no command $COMMAND" ;;
esac
