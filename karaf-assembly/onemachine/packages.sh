#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# packages.sh: the Debian packages that make a machine a one-machine cloud.
#
#   packages.sh check   [GROUP|PACKAGE…]   print the missing ones; exit 1 if there are any
#   packages.sh install [GROUP|PACKAGE…]   install the missing ones, without questions
#   packages.sh list    [GROUP|PACKAGE…]   print them all
#
# Groups: cloud (what runs servers and networks) and image (what guest-image.sh needs). Default: both.
# Any other word is taken as a package name, so that a caller with one more need does not need a second installer.
set -euo pipefail

readonly POLICY=/usr/sbin/policy-rc.d

# libvirt-daemon-driver-qemu is only *recommended* by libvirt-daemon, and recommended packages stay out: they would bring
# dnsmasq, which answers DHCP and DNS beside OVN, and an X stack for consoles nobody sees.
readonly CLOUD=(
  qemu-system-x86 qemu-utils
  libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-system libvirt-clients
  openvswitch-switch ovn-central ovn-host
  genisoimage iproute2 procps kmod
)
readonly IMAGE=(cpio dosfstools e2fsprogs fdisk mtools qemu-utils syslinux syslinux-common xz-utils)

say() { echo "packages: $*"; }
die() { echo "packages: $*" >&2; exit 2; }

# One package a line, each once.
wanted() {
  local word
  (($#)) || set -- cloud image
  for word in "$@"; do
    case $word in
      cloud) printf '%s\n' "${CLOUD[@]}" ;;
      image) printf '%s\n' "${IMAGE[@]}" ;;
      -*) die "unknown option $word" ;;
      *) echo "$word" ;;
    esac
  done | sort -u
}

# One dpkg-query for all: it costs tens of milliseconds, and `start` asks on every run. It complains about, and skips,
# names dpkg has never heard of, hence the comparison by name instead of trusting its exit status.
missing() {
  local -a names
  mapfile -t names < <(wanted "$@")
  comm -23 <(printf '%s\n' "${names[@]}") <(
    dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u
  )
}

has_systemd() { [[ -d /run/systemd/system ]]; }

# Without systemd the packages' own start scripts would run half-configured daemons (or wait for an init that isn't
# there). policy-rc.d is Debian's switch for that. Container images often ship one: then it already says what we want,
# it isn't ours, and it stays.
forbid_service_starts() {
  if has_systemd || [[ -e $POLICY ]]; then return 0; fi
  trap 'rm -f "$POLICY"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\n# Temporary, by packages.sh: no systemd here, services are started by services.sh.\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}

apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -qq -y -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" </dev/null
}

install() {
  local -a names
  mapfile -t names < <(missing "$@")
  if ((${#names[@]} == 0)); then
    say "nothing is missing"
    return 0
  fi
  [[ $EUID -eq 0 ]] || die "installing needs root; missing: ${names[*]}"
  command -v apt-get >/dev/null || die "this is not a Debian machine (no apt-get); install by hand: ${names[*]}"

  local log
  log=$(mktemp)
  say "installing ${names[*]}"
  forbid_service_starts
  # The package lists of a fresh machine are empty, those of an old one name files that are gone. Asking for new lists
  # only after a failure saves the common case the download.
  if ! apt install --no-install-recommends "${names[@]}" >"$log" 2>&1; then
    say "refreshing the package lists"
    if ! { apt update && apt install --no-install-recommends "${names[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      die "apt-get failed (its whole output: $log). Repair it with 'apt-get -f install', then run this again"
    fi
  fi
  rm -f "$log"
  say "installed ${#names[@]} packages and what they depend on"
}

check() {
  local names
  names=$(missing "$@")
  [[ -z $names ]] && return 0
  echo "$names"
  return 1
}

case ${1:-} in
  check | install) "$@" ;;
  list) shift && wanted "$@" ;;
  *) sed -n '4,11s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
