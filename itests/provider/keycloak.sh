#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# keycloak.sh: a Keycloak for KeycloakIT, which is not part of "./isthmus verify": it takes a minute and a half to start.
# Fetched from Maven Central, with the realm of keycloak-realm.json.
#
#   keycloak.sh run PORT   run it in the foreground until it is killed
#
# Then: mvn test -pl bundles/identity -Dtest=KeycloakIT -Disthmus.keycloak=http://127.0.0.1:PORT/realms/acme
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE VERSION=26.0.8
readonly PLACE=$HERE/target/keycloak-$VERSION

[[ ${1:-} == run && $# -eq 2 ]] || { echo "usage: keycloak.sh run PORT" >&2; exit 2; }
if [[ ! -d $PLACE ]]; then
  mkdir -p "$HERE/target"
  (cd "$HERE" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=org.keycloak:keycloak-quarkus-dist:$VERSION:zip" "-DoutputDirectory=$HERE/target")
  (cd "$HERE/target" && unzip -q -o "keycloak-quarkus-dist-$VERSION.zip")
fi
mkdir -p "$PLACE/data/import"
cp "$HERE/keycloak-realm.json" "$PLACE/data/import/"
# five seconds for its own first connection are not enough on a busy machine
export QUARKUS_DATASOURCE_JDBC_ACQUISITION_TIMEOUT=PT3M
exec "$PLACE/bin/kc.sh" start-dev --http-host=127.0.0.1 "--http-port=$2" --import-realm
