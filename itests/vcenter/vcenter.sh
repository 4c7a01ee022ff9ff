#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# vcenter.sh: a vCenter of the tests' own: govmomi's simulator with our front. Needs the packages golang-go and
# golang-github-vmware-govmomi-dev, no root, and no network.
#
#   vcenter.sh build                     make target/vcenter, if its sources are newer
#   vcenter.sh run FOLDER [OPTION…]      run it in the foreground, its files in that folder, which must not be there yet,
#                                        until its standard input is closed or it is killed
#   vcenter.sh start FOLDER [OPTION…]    the same in the background
#   vcenter.sh stop FOLDER               stop it and remove the folder
#
# Both print lines NAME=VALUE: URL and CONTROL (see README.md), CA (file), SHA256 and SHA1 (of its certificate), UUID, FOLDER,
# PID, and READY=yes as the last. Options: target/vcenter -help.
set -euo pipefail
export LC_ALL=C

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly BINARY=$HERE/target/vcenter

die() { echo "vcenter: $*" >&2; exit 2; }

build() {
  mkdir -p "$HERE/target"
  # two tests may come at once
  exec 9>"$HERE/target/.lock"
  flock 9
  if [[ ! -x $BINARY || -n $(find "$HERE" -maxdepth 1 -name '*.go' -newer "$BINARY") ]]; then
    command -v go >/dev/null || die "go is missing (apt-get install golang-go)"
    [[ -d /usr/share/gocode/src/github.com/vmware/govmomi ]] ||
      die "the simulator is missing (apt-get install golang-github-vmware-govmomi-dev)"
    (cd "$HERE" && GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=${GOCACHE:-$HERE/target/go} \
      go build -trimpath -o "$BINARY.new" . >&2)
    mv "$BINARY.new" "$BINARY"
  fi
  exec 9>&-
}

# $1 folder
fresh() {
  [[ ${1:-} == /* ]] || die "usage: build | run|start FOLDER [OPTION…] | stop FOLDER, the folder from the root"
  [[ ! -e $1 ]] || die "$1 is there already"
  build
  mkdir -p "$1"
}

start() {
  local folder=$1 line
  # its standard input has itself as the writer: nobody closes it
  mkfifo "$folder/said" "$folder/open"
  setsid "$BINARY" -folder "$@" <>"$folder/open" >"$folder/said" 2>"$folder/log" &
  echo $! >"$folder/pid"
  while read -r line; do
    echo "$line"
    [[ $line != READY=* ]] || return 0
  done <"$folder/said"
  die "it does not start: $(tail -3 "$folder/log")"
}

stop() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) || return 0
  if kill "$pid" 2>/dev/null; then
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  fi
  rm -rf "$1"
}

case ${1:-} in
  build) build ;;
  run)
    shift
    fresh "$@"
    exec "$BINARY" -folder "$@" 2>"$1/log"
    ;;
  start)
    shift
    fresh "$@"
    start "$@"
    ;;
  stop)
    [[ ${2:-} == /* ]] || die "usage: stop FOLDER"
    stop "$2"
    ;;
  *) die "usage: build | run|start FOLDER [OPTION…] | stop FOLDER" ;;
esac
