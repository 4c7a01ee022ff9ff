#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make.sh HOME WORK: starts the unpacked assembly in HOME once, on ports and in a folder of its own under WORK, until it has
# refused a login, and keeps the classes it used in HOME/lib/classes.jsa, where bin/jvm has the next start take them from,
# with its size beside it.
set -eu
home=$1
work=$2
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$home"/lib/classes.jsa* "$work"
mkdir -p "$work/data/log" "$work/data/tmp" "$work/etc"
cp -r "$home/etc/." "$work/etc/"
export KARAF_HOME="$home" KARAF_BASE="$work" KARAF_DATA="$work/data" KARAF_ETC="$work/etc" KARAF_LOG="$work/data/log"
export KARAF_OPTS="-Dkaraf.instances=$work/data/instances" CHECK_ROOT_INSTANCE_RUNNING=false
export LINKER="$work/linker.jar"
"$JAVA_HOME/bin/javac" -d "$work/linker" "$here/Linker.java"
echo "Agent-Class: Linker" >"$work/manifest"
"$JAVA_HOME/bin/jar" cfm "$LINKER" "$work/manifest" -C "$work/linker" .
export REAL_JAVA="$JAVA_HOME/bin/java" JAVA_HOME="$here" ARCHIVE="$home/lib/classes.jsa"
"$home/bin/karaf" daemon >"$work/console.out" 2>&1 </dev/null || true
if [ ! -e "$home/lib/classes.jsa" ]; then
    tail -n 40 "$work/console.out" >&2
    tail -n 40 "$work/data/log/karaf.log" >&2 || true
    echo "make.sh: the assembly did not start; what it said is above, the whole in $work" >&2
    exit 1
fi
if ! "$REAL_JAVA" -XX:SharedArchiveFile="$ARCHIVE" -version >"$work/console.out" 2>&1; then
    echo "make.sh: the archive of classes is not whole; what java said of it is in $work" >&2
    exit 1
fi
wc -c <"$home/lib/classes.jsa" >"$home/lib/classes.jsa.size"
chmod 644 "$home"/lib/classes.jsa*
rm -rf "$work"
