#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# smoke.sh: shows by hand, without the controller, that the ground it stands on holds: two organizations with the same
# 10.1.0.0/24, guests on two hosts, and what must and must not get through.
#
#   smoke.sh [lab] [machine]   on hosts of lab.sh; on this very machine with services.sh; default both, in this order
#
# It makes a lab of its own beside any other. On the machine it starts the services, leaves them running, and only
# touches what is named smoke….
#
# Environment: ISTHMUS_GUEST   the guest image; default: built by guest-image.sh into the cache
#              ISTHMUS_KEEP=1  leave guests and lab running, to look around
set -euo pipefail
export LC_ALL=C

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly ONEMACHINE=$HERE/../../../karaf-assembly/onemachine
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/isthmus
export ISTHMUS_LAB=${ISTHMUS_SMOKE_LAB:-/var/tmp/isthmus-smoke} ISTHMUS_LAB_NET=${ISTHMUS_SMOKE_NET:-192.168.51}
export PATH=$PATH:/usr/sbin:/sbin

# name, organization, host, address. b1 has the address of a2, in another organization.
readonly GUESTS=(
  "a1 a h1 10.1.0.11"
  "a2 a h2 10.1.0.12"
  "b1 b h1 10.1.0.12"
)

IMAGE=${ISTHMUS_GUEST:-}
FAILED=0
# Set for each stage: its name, its scratch directory, its northbound database, its acceleration.
STAGE='' DIR='' NB='' ACCEL=''

say() { echo "smoke: $*"; }
die() { echo "smoke: $*" >&2; exit 1; }
nb() { ovn-nbctl --db="$NB" --timeout=30 "$@"; }

# A command on a host; on the machine, all hosts are the machine.
on() { # host command…
  local host=$1
  shift
  if [[ $STAGE == lab ]]; then "$HERE/lab.sh" exec "$host" "$@"; else "$@"; fi
}

# The whole output of a command, as one line, must match a pattern.
expect() { # what pattern command…
  local what=$1 pattern=$2 got
  shift 2
  got=$("$@" 2>&1 | tr '\n' ' ' | sed 's/ *$//') || true
  # shellcheck disable=SC2053  # a pattern it is
  if [[ $got == $pattern ]]; then
    say "  ok    $what: ${got:-(nothing)}"
  else
    say "  FAIL  $what: wanted $pattern, got ${got:-(nothing)}"
    FAILED=$((FAILED + 1))
  fi
}

# ------------------------------------------------------------------------------------------------------------ networks

# An address of an organization always has the same card: 02:00:5e, organization, last part of the address.
mac_of() { printf '02:00:5e:00:%02x:%02x' "'$1" "${2##*.}"; } # organization address
port_of() { printf '5a0ce000-0000-4000-8000-%012x' "0x$(od -An -tx1 <<<"$1" | tr -d ' \n')"; } # guest

# One switch and one router for each organization. Nobody gets in but from the network itself, and only to port 80.
make_network() { # organization
  local o=$1 router
  router=$(mac_of "$o" 10.1.0.1)
  nb -- ls-add "smoke-$o" \
    -- lr-add "smoke-$o" -- lrp-add "smoke-$o" "smoke-$o-gateway" "$router" 10.1.0.1/24 \
    -- lsp-add "smoke-$o" "smoke-$o-up" -- lsp-set-type "smoke-$o-up" router -- lsp-set-addresses "smoke-$o-up" router \
    -- lsp-set-options "smoke-$o-up" "router-port=smoke-$o-gateway" \
    -- pg-add "smoke_$o" \
    -- acl-add "smoke_$o" to-lport 1000 "outport == @smoke_$o && ip" drop \
    -- acl-add "smoke_$o" to-lport 1001 "outport == @smoke_$o && ip4.src == 10.1.0.0/24 && (icmp4 || tcp.dst == 80)" \
    allow-related \
    -- acl-add "smoke_$o" from-lport 1001 "inport == @smoke_$o && ip" allow-related
  nb create dhcp_options cidr=10.1.0.0/24 "external_ids:smoke=$o" options:server_id=10.1.0.1 \
    "options:server_mac=\"$router\"" options:lease_time=3600 options:router=10.1.0.1 options:mtu=1442 \
    options:dns_server=10.1.0.1 "options:domain_name=\"\\\"$o.example\\\"\"" >"$DIR/dhcp-$o"
  # Any address would do as name server: OVN answers the question on its way there.
  nb -- --id=@dns create dns "external_ids:smoke=$o" -- set logical_switch "smoke-$o" dns_records=@dns >/dev/null
}

make_port() { # name organization address
  local id mac
  id=$(port_of "$1") mac=$(mac_of "$2" "$3")
  nb -- lsp-add "smoke-$2" "$id" -- lsp-set-addresses "$id" "$mac $3" -- lsp-set-port-security "$id" "$mac $3" \
    -- lsp-set-dhcpv4-options "$id" "$(cat "$DIR/dhcp-$2")"
  nb add port_group "smoke_$2" ports "$(nb get logical_switch_port "$id" _uuid)"
  # The same address once more, as IPv6 writes it: OVN passes on questions it has no record for, and a glibc guest whose
  # question for an AAAA record gets no answer throws the A record away too.
  nb set dns "$(nb --bare --columns=_uuid find dns "external_ids:smoke=$2")" "records:$1.$2.example=\"$3 ::ffff:$3\""
}

# Somebody in the network who is not a guest, from where this script asks the guests questions.
make_station() { # organization
  local o=$1 mac
  mac=$(mac_of "$o" 10.1.0.250)
  nb -- lsp-add "smoke-$o" "smoke-$o-station" -- lsp-set-addresses "smoke-$o-station" "$mac 10.1.0.250"
  on h1 ip netns add "smoke-$o"
  on h1 ip link add "smoke-$o" type veth peer name eth0 netns "smoke-$o"
  # An offloaded checksum would never be computed by a switch in user space.
  on h1 ethtool -K "smoke-$o" tx off >/dev/null
  on h1 ip netns exec "smoke-$o" ethtool -K eth0 tx off >/dev/null
  on h1 ip netns exec "smoke-$o" ip link set eth0 address "$mac" mtu 1442 up
  on h1 ip netns exec "smoke-$o" ip addr add 10.1.0.250/24 dev eth0
  on h1 ip link set "smoke-$o" up
  on h1 ovs-vsctl --timeout=10 add-port br-int "smoke-$o" -- set interface "smoke-$o" "external_ids:iface-id=smoke-$o-station"
}

ask() { on h1 ip netns exec "smoke-$1" curl -s -m "${3:-10}" "http://$2" || echo "no answer"; } # organization URL
probe() { ask "$1" "$2/cgi-bin/probe?$3" 30; } # organization guest question

# -------------------------------------------------------------------------------------------------------------- guests

make_guest() { # name organization host address
  local n=$1 type=qemu cpu='' offloads=''
  mkdir "$DIR/$n"
  printf 'instance-id: %s\nlocal-hostname: %s\n' "smoke-$n-$$" "$n" >"$DIR/$n/meta-data"
  echo '#cloud-config' >"$DIR/$n/user-data"
  # The label makes it a NoCloud seed. A virtio disk, because a cloud kernel has no driver for a SATA CD-ROM.
  genisoimage -quiet -output "$DIR/$n.iso" -volid cidata -joliet -rock "$DIR/$n/meta-data" "$DIR/$n/user-data"
  qemu-img create -q -f qcow2 -F qcow2 -b "$DIR/tiny.qcow2" "$DIR/$n.qcow2"
  if [[ $ACCEL == kvm ]]; then type=kvm cpu='<cpu mode="host-passthrough"/>'; fi
  # In user space Open vSwitch computes no checksums and splits no big segments: with offloads on, ping works and TCP
  # does not.
  if [[ $DATAPATH == netdev ]]; then
    offloads='<driver><host csum="off" gso="off" tso4="off" tso6="off" ecn="off" ufo="off" mrg_rxbuf="on"/>
      <guest csum="off" tso4="off" tso6="off" ecn="off" ufo="off"/></driver>'
  fi
  cat >"$DIR/$n.xml" <<X
<domain type='$type'><name>smoke-$n</name><memory unit='MiB'>96</memory><vcpu>1</vcpu>$cpu
<os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/></os><features><acpi/><apic/></features>
<devices>
 <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='$DIR/$n.qcow2'/><target dev='vda' bus='virtio'/></disk>
 <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$DIR/$n.iso'/><target dev='vdb' bus='virtio'/><readonly/></disk>
 <interface type='bridge'><mac address='$(mac_of "$2" "$4")'/><source bridge='br-int'/>
  <virtualport type='openvswitch'><parameters interfaceid='$(port_of "$n")'/></virtualport>
  <model type='virtio'/><mtu size='1442'/>$offloads</interface>
 <serial type='pty'><log file='$DIR/$n.log' append='off'/></serial><console type='pty'/>
 <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
 <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
 <memballoon model='virtio'/><video><model type='none'/></video>
</devices></domain>
X
  on "$3" virsh -q -c qemu:///system create "$DIR/$n.xml"
}

says() { # guest pattern: what it wrote to its serial console
  tr -d '\r' 2>/dev/null <"$DIR/$1.log" | grep -ao "$2"
}

await_boot() {
  local n deadline=$((SECONDS + 90)) began=$EPOCHREALTIME
  for n in a1 a2 b1; do
    until says "$n" 'guest-ready' >/dev/null && says "$n" 'guest-ip' >/dev/null; do
      ((SECONDS < deadline)) || die "$n did not come up: see $DIR/$n.log"
      sleep 0.1
    done
  done
  say "  three guests with addresses $(seconds_since "$began") s after the last was started"
}
seconds_since() { local us=$((${EPOCHREALTIME/./} - ${1/./})); printf '%d.%d' $((us / 1000000)) $((us % 1000000 / 100000)); }

# -------------------------------------------------------------------------------------------------------------- stages

show() {
  local id o guest
  for o in a b; do make_network $o; done
  for guest in "${GUESTS[@]}"; do
    read -r -a guest <<<"$guest"
    # shellcheck disable=SC2128  # an array by now
    make_port "${guest[0]}" "${guest[1]}" "${guest[3]}"
  done
  for o in a b; do make_station $o; done
  for guest in "${GUESTS[@]}"; do
    read -r -a guest <<<"$guest"
    make_guest "${guest[@]}"
  done
  await_boot

  expect "a1 has its address by DHCP" "guest-ip eth0 10.1.0.11/24*mtu 1442*" says a1 'guest-ip.*'
  expect "b1 has the same address as a2" "guest-ip eth0 10.1.0.12/24*" says b1 'guest-ip.*'
  expect "a1 pings a2 by address" OK probe a 10.1.0.11 ping=10.1.0.12
  expect "a1 pings a2 by name" OK probe a 10.1.0.11 ping=a2
  expect "a1 resolves a2" "10.1.0.12*" probe a 10.1.0.11 dns=a2.a.example
  expect "a1 reads a2's page by name" "hello from a2" probe a 10.1.0.11 get=http://a2/
  expect "a1 does not know b1" FAIL probe a 10.1.0.11 dns=b1.b.example
  expect "10.1.0.12 is a2 to organization a" "hello from a2" ask a 10.1.0.12
  expect "10.1.0.12 is b1 to organization b" "hello from b1" ask b 10.1.0.12
  expect "10.1.0.11 is nobody to organization b" "no answer" ask b 10.1.0.11 3
  expect "b1 cannot reach a1" FAIL probe b 10.1.0.12 ping=10.1.0.11

  expect "a2's SSH is closed by default" "open 80 scanned 100" probe a 10.1.0.11 scan=10.1.0.12:1-100
  nb --wait=hv acl-add smoke_a to-lport 1002 'outport == @smoke_a && ip4.src == 10.1.0.0/24 && tcp.dst == 22' allow-related
  expect "and open once a rule says so" "open 22 open 80 scanned 100" probe a 10.1.0.11 scan=10.1.0.12:1-100

  expect "a1 under a false address is dropped" FAIL probe a 10.1.0.11 spoofip=10.1.0.99,10.1.0.12
  expect "a1 under a false card is dropped" FAIL probe a 10.1.0.11 spoofmac=02:00:5e:00:00:99,10.1.0.12
  # Without port security both get through, so it was port security, and not a probe that can only fail.
  id=$(port_of a1)
  nb --wait=hv -- lsp-set-port-security "$id" -- lsp-set-addresses "$id" unknown "$(mac_of a 10.1.0.11) 10.1.0.11"
  expect "(check) the false address without port security" OK probe a 10.1.0.11 spoofip=10.1.0.99,10.1.0.12
  expect "(check) the false card without port security" OK probe a 10.1.0.11 spoofmac=02:00:5e:00:00:99,10.1.0.12

  expect "a2 hears the power button" "guest-poweroff" power_button a2
}

power_button() {
  on h2 virsh -q -c qemu:///system shutdown "smoke-$1" >/dev/null
  for _ in {1..100}; do says "$1" guest-poweroff && return; sleep 0.1; done
}

# Also what a killed run left behind.
clean() {
  local o guest id
  for guest in "${GUESTS[@]}"; do
    read -r -a guest <<<"$guest"
    on "${guest[2]}" virsh -q -c qemu:///system destroy "smoke-${guest[0]}" >/dev/null 2>&1 || true
  done
  for o in a b; do
    on h1 ovs-vsctl --timeout=10 --if-exists del-port br-int "smoke-$o"
    on h1 ip link del "smoke-$o" 2>/dev/null || true
    on h1 ip netns del "smoke-$o" 2>/dev/null || true
    nb -- --if-exists ls-del "smoke-$o" -- --if-exists lr-del "smoke-$o"
    nb pg-del "smoke_$o" 2>/dev/null || true
    for id in $(nb --bare --columns=_uuid find dns "external_ids:smoke=$o"); do nb destroy dns "$id"; done
    for id in $(nb --bare --columns=_uuid find dhcp_options "external_ids:smoke=$o"); do nb destroy dhcp_options "$id"; done
  done
}

run() { # stage
  local began=$EPOCHREALTIME facts fact
  STAGE=$1
  say "--- $STAGE"
  if [[ $STAGE == lab ]]; then
    "$HERE/lab.sh" up c h1 h2
    facts=$("$HERE/lab.sh" facts)
    DIR=$ISTHMUS_LAB/images/smoke
  else
    "$ONEMACHINE/services.sh" start
    facts=$("$ONEMACHINE/services.sh" facts)
    DIR=/var/tmp/isthmus-smoke-machine
  fi
  while IFS= read -r fact; do
    case $fact in NB=* | ACCEL=* | DATAPATH=*) declare -g "${fact%%=*}=${fact#*=}" ;; esac
  done <<<"$facts"
  clean
  rm -rf "$DIR"
  mkdir -p "$DIR"
  cp "$IMAGE" "$DIR/tiny.qcow2"
  show
  if [[ -z ${ISTHMUS_KEEP:-} ]]; then
    clean
    rm -rf "$DIR"
    [[ $STAGE != lab ]] || "$HERE/lab.sh" down
  fi
  say "--- $STAGE took $(seconds_since "$began") s"
}

[[ $EUID -eq 0 ]] || die "this needs root"
(($#)) || set -- lab machine
for stage in "$@"; do [[ $stage == lab || $stage == machine ]] || die "no such stage: $stage (lab, machine)"; done
"$ONEMACHINE/packages.sh" check cloud ethtool curl >/dev/null || "$ONEMACHINE/packages.sh" install cloud ethtool curl
if [[ -z $IMAGE ]]; then
  IMAGE=$CACHE/smoke-guest.qcow2
  "$ONEMACHINE/guest-image.sh" "$IMAGE"
fi
for stage in "$@"; do run "$stage"; done
((FAILED == 0)) || die "$FAILED checks failed"
say "all as it should be"
