#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# provider.sh: a real OpenID Connect provider for the tests of single sign-on: oidc-provider from npm, in the versions of
# package-lock.json. Needs node 18 or newer and npm; fetches the packages once.
#
#   provider.sh run PORT SETTINGS   run it in the foreground until it is killed; see provider.mjs for the settings
#   provider.sh prepare             fetch the packages only
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE

die() { echo "provider: $*" >&2; exit 2; }

prepare() {
  command -v node >/dev/null && command -v npm >/dev/null || die "node and npm are missing (apt-get install nodejs npm)"
  # two tests may come at once; what is there is as the lock file says, or is fetched anew
  exec 9>"$HERE/.lock"
  flock 9
  if ! cmp -s "$HERE/package-lock.json" "$HERE/node_modules/.fetched"; then
    (cd "$HERE" && npm ci --no-audit --no-fund --ignore-scripts >&2)
    cp "$HERE/package-lock.json" "$HERE/node_modules/.fetched"
  fi
  exec 9>&-
}

case ${1:-} in
  prepare) prepare ;;
  run)
    [[ $# -eq 3 ]] || die "usage: run PORT SETTINGS"
    prepare
    exec node "$HERE/provider.mjs" "$2" "$3"
    ;;
  *) die "usage: run PORT SETTINGS | prepare" ;;
esac
