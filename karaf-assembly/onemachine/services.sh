#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# services.sh: the daemons of a one-machine cloud: Open vSwitch, OVN (northbound, southbound, northd, controller) and
# libvirt, as one small cloud whose only host is this machine.
#
#   services.sh start    start what is down (installs missing packages first); harmless when all is up
#   services.sh status   one line per part: name, state, detail; exit 0 only when all are up
#   services.sh stop     stop what `start` started, and nothing else
#   services.sh facts    KEY=VALUE lines for whoever configures the controller
#   services.sh forget   remove what a libvirtd that was killed left; before it starts, and only then
#
# Environment: ISTHMUS_EXTERNAL  address/bits of this machine on the external bridge, where exposed servers get their
#                                public addresses, for example 198.18.0.1/24; default none, because it takes that whole
#                                subnet away from the machine's other interfaces
#              ISTHMUS_RUN       where this script remembers what it started; default /run/isthmus
set -euo pipefail
export LC_ALL=C

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly RUN=${ISTHMUS_RUN:-/run/isthmus}
readonly EXTERNAL=${ISTHMUS_EXTERNAL:-}
readonly NB=unix:/var/run/ovn/ovnnb_db.sock
readonly SB=unix:/var/run/ovn/ovnsb_db.sock
readonly URI=qemu:///system
readonly QEMU_CONF=/etc/libvirt/qemu.conf
# A libvirtd that died between writing down that it starts a guest and knowing the process (pid='0') never lets go of that
# guest again: removed before each start. So are ports whose device is gone with it, or with the power of the host. The next
# guest's device gets the name of one: Open vSwitch in user space goes on with the old one, or ovn-controller takes the port
# that it belonged to from where that runs now. In a unit's file as well, so without double quotes, dollars and percent signs.
readonly FORGET="grep -lsZ '^<domstatus .*pid=.0.' /run/libvirt/qemu/*.xml | xargs -0r rm -f; \
ovs-vsctl --timeout=5 list-ports br-int 2>/dev/null | grep ^vnet | \
xargs -rI@ sh -c 'ip link show dev @ >/dev/null 2>&1 || ovs-vsctl --timeout=5 --if-exists del-port br-int @'"
readonly DROP_IN=/etc/systemd/system/libvirtd.service.d/isthmus.conf
export PATH=$PATH:/usr/sbin:/sbin:/usr/share/openvswitch/scripts:/usr/share/ovn/scripts

# In the order they are started; stopped in reverse.
readonly PARTS=(openvswitch ovn-nb ovn-sb ovn-northd ovn-controller virtlogd libvirtd)

say() { echo "services: $*"; }
die() { echo "services: $*" >&2; exit 1; }

has_systemd() { [[ -d /run/systemd/system ]]; }

# ---------------------------------------------------------------------------------------------------------- the parts

unit_of() {
  case $1 in
    openvswitch) echo openvswitch-switch ;;
    ovn-nb) echo ovn-ovsdb-server-nb ;;
    ovn-sb) echo ovn-ovsdb-server-sb ;;
    *) echo "$1" ;;
  esac
}

log_of() {
  if has_systemd; then
    echo "journalctl -u $(unit_of "$1")"
    return 0
  fi
  case $1 in
    openvswitch) echo /var/log/openvswitch/ovs-vswitchd.log ;;
    ovn-nb) echo /var/log/ovn/ovsdb-server-nb.log ;;
    ovn-sb) echo /var/log/ovn/ovsdb-server-sb.log ;;
    ovn-*) echo "/var/log/ovn/$1.log" ;;
    *) echo "/var/log/libvirt/$1.log" ;;
  esac
}

# The pid in FILE, if that process is alive and named NAME. Searching by name alone would also find the daemons of
# containers and of test labs on this machine.
alive() { # FILE NAME
  local pid
  pid=$(cat "$1" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]] && echo "$pid"
}

# Prints a detail and succeeds when the part answers; prints why not and fails otherwise. Being alive is not enough:
# each part is asked something that it can only answer when it works.
probe() {
  local answer
  case $1 in
    openvswitch)
      answer=$(ovs-vsctl --timeout=2 get open_vswitch . ovs_version 2>&1) || { echo "no answer from ovsdb-server"; return 1; }
      alive /var/run/openvswitch/ovs-vswitchd.pid ovs-vswitchd >/dev/null || { echo "ovs-vswitchd does not run"; return 1; }
      echo "version $answer" ;;
    ovn-nb | ovn-sb)
      ovn-appctl --timeout=2 -t "/var/run/ovn/ovn${1#ovn-}_db.ctl" ovsdb-server/list-dbs >/dev/null 2>&1 ||
        { echo "no answer on /var/run/ovn/ovn${1#ovn-}_db.ctl"; return 1; }
      echo "unix:/var/run/ovn/ovn${1#ovn-}_db.sock" ;;
    ovn-northd)
      answer=$(ovn-appctl --timeout=2 -t ovn-northd status 2>/dev/null) || { echo "no answer"; return 1; }
      [[ $answer == *active* ]] || { echo "${answer,,}"; return 1; }
      echo "${answer,,}" ;;
    ovn-controller)
      answer=$(ovn-appctl --timeout=2 -t ovn-controller connection-status 2>/dev/null) || { echo "no answer"; return 1; }
      [[ $answer == connected ]] || { echo "southbound: $answer"; return 1; }
      echo "chassis $(chassis), $(ovs-vsctl --timeout=2 get bridge br-int datapath_type) datapath" ;;
    virtlogd)
      if has_systemd; then
        # Socket-activated: it is up when somebody listens for it.
        systemctl --quiet is-active virtlogd.socket || { echo "virtlogd.socket is not active"; return 1; }
        echo "by socket"
      else
        answer=$(alive /run/virtlogd.pid virtlogd) || { echo "does not run"; return 1; }
        echo "pid $answer"
      fi ;;
    libvirtd)
      answer=$(timeout 10 virsh -q -c $URI version --daemon 2>/dev/null) || { echo "no answer on $URI"; return 1; }
      echo "$URI, libvirt ${answer##* }" ;;
  esac
}

# Somebody else's, and only not at work yet: these two wait for a database. Not ours to stop either.
runs_already() {
  case $1 in ovn-northd | ovn-controller) ovn-appctl --timeout=2 -t "$1" version >/dev/null 2>&1 ;; *) false ;; esac
}

chassis() { ovs-vsctl --timeout=2 --if-exists get open_vswitch . external_ids:system-id 2>/dev/null | tr -d '"'; }

launch() {
  if has_systemd; then
    [[ $1 == virtlogd ]] && set -- virtlogd.socket
    systemctl start "$(unit_of "$1")"
    return
  fi
  case $1 in
    openvswitch) ovs-ctl start --system-id=random ;;
    ovn-nb) ovn-ctl start_nb_ovsdb ;;
    ovn-sb) ovn-ctl start_sb_ovsdb ;;
    ovn-northd) ovn-ctl start_northd --ovn-manage-ovsdb=no ;;
    ovn-controller) ovn-ctl start_controller ;;
    virtlogd) virtlogd -d ;;
    libvirtd)
      forget
      libvirtd -d ;;
  esac
}

forget() { sh -c "$FORGET"; }

halt_part() {
  local pid
  if has_systemd; then
    # libvirtd's sockets would start it again at the next connection.
    case $1 in
      virtlogd) systemctl stop virtlogd.socket virtlogd-admin.socket virtlogd ;;
      libvirtd) systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd ;;
      *) systemctl stop "$(unit_of "$1")" ;;
    esac
    return
  fi
  case $1 in
    openvswitch) ovs-ctl stop ;;
    ovn-nb) ovn-ctl stop_nb_ovsdb ;;
    ovn-sb) ovn-ctl stop_sb_ovsdb ;;
    ovn-northd) ovn-ctl stop_northd --ovn-manage-ovsdb=no ;;
    ovn-controller) ovn-ctl stop_controller ;;
    virtlogd | libvirtd)
      pid=$(alive "/run/$1.pid" "$1") || return 0
      kill "$pid"
      for _ in {1..100}; do [[ -d /proc/$pid ]] || return 0; sleep 0.05; done
      return 1 ;;
  esac
}

# ------------------------------------------------------------------------------------------------------ configuration

# The kernel's datapath where there is one. A container or a cut-down kernel has none: then Open vSwitch forwards in
# user space, slower but with the same rules.
datapath() {
  if [[ -d /sys/module/openvswitch ]] || modprobe -q openvswitch 2>/dev/null; then echo system; else echo netdev; fi
}

# Makes this machine a chassis of its own OVN. The commands say how things should be, so a second run changes nothing.
configure_chassis() {
  local type remote
  type=$(datapath)
  remote=$(ovs-vsctl --timeout=5 --if-exists get open_vswitch . external_ids:ovn-remote | tr -d '"')
  if [[ -n $remote && $remote != "$SB" ]]; then
    die "this machine already is a host of the OVN at $remote. To make it a one-machine cloud, first run" \
      "'ovs-vsctl remove open_vswitch . external_ids ovn-remote'"
  fi
  # Geneve needs an address even though a lone host has nobody to tunnel to.
  ovs-vsctl --timeout=20 \
    -- --may-exist add-br br-int -- set bridge br-int "datapath_type=$type" fail_mode=secure \
    -- set open_vswitch . "external_ids:ovn-remote=$SB" external_ids:ovn-encap-type=geneve \
    external_ids:ovn-encap-ip=127.0.0.1 "external_ids:ovn-bridge-datapath-type=$type" \
    -- --may-exist add-br br-ex -- set bridge br-ex "datapath_type=$type" \
    -- set open_vswitch . external_ids:ovn-bridge-mappings=phys:br-ex
  ip link set br-ex up
  [[ -n $EXTERNAL ]] || return 0
  # A second way into a subnet that is in use would cut this machine off from it.
  if ip -4 -o route show match "${EXTERNAL%/*}" | grep -v '^default' | grep -qv ' dev br-ex '; then
    die "ISTHMUS_EXTERNAL=$EXTERNAL: this machine already has a route into that subnet; choose another"
  fi
  ip addr replace "$EXTERNAL" dev br-ex
}

external_address() { ip -4 -o addr show dev br-ex 2>/dev/null | awk '{ print $4; exit }'; }

# Without systemd there is no cgroup tree libvirt could use, no AppArmor profile loader, and often no right to change
# owners (containers). libvirt refuses to start a guest over each of these unless told.
configure_qemu() { # succeeds when the file was changed
  local begin='# BEGIN isthmus one-machine cloud (written by services.sh)' end='# END isthmus one-machine cloud'
  local old rest key value block=$begin
  old=$(cat "$QEMU_CONF")
  rest=$(sed "/^# BEGIN isthmus one-machine cloud/,/^$end\$/d" <<<"$old")
  while read -r key value; do
    # The administrator's own setting wins; libvirt would take the first of two anyway.
    grep -q "^[[:space:]]*${key}[[:space:]]*=" <<<"$rest" || block+=$'\n'"$key = $value"
  done <<'C'
user "root"
group "root"
dynamic_ownership 0
remember_owner 0
security_driver "none"
cgroup_controllers []
C
  rest+=$'\n'"$block"$'\n'"$end"
  [[ $rest != "$old" ]] || return 1
  # In place of a rename, which would lose the file's owner and mode.
  printf '%s\n' "$rest" >"$QEMU_CONF"
}

# systemd starts a libvirtd that died again by itself, long before anybody comes here.
configure_libvirtd() { # succeeds when the file was changed
  local wanted
  wanted="# written by isthmus, services.sh
[Service]
ExecStartPre=-/bin/sh -c \"$FORGET\""
  [[ $(cat "$DROP_IN" 2>/dev/null) != "$wanted" ]] || return 1
  mkdir -p "${DROP_IN%/*}"
  printf '%s\n' "$wanted" >"$DROP_IN"
}

# ------------------------------------------------------------------------------------------------------- acceleration

# A boot sector that enters 64-bit mode, counts down from 2^26 and tells QEMU's debug-exit device 42. Some machines
# offer a /dev/kvm that cannot enter a guest, or that runs one instruction by instruction: there this fails, or is not
# done when the time is up, while a working KVM takes well under a second and QEMU's own emulation about one.
#
#   00  cli; ax, ds, es, ss = 0; clear 1000..3fff, then PML4 1000 -> PDPT 2000 -> PD 3000 -> one page of 2 MiB
#   2a  cr4.PAE = 1; cr3 = 1000; EFER.LME = 1; lgdt [7c80]; cr0.PG = cr0.PE = 1; ljmp 8:7c5e
#   5e  ecx = 4000000; 1: dec ecx; jnz 1b; out f4, 42; 2: hlt; jmp 2b
#   70  GDT: null, 64-bit code; its descriptor at 80
readonly BOOT_SECTOR=\
fa31c08ed88ec08ed0bf001089fc6631c0b9000cfc66f3abc70600100320c70600200330c7060030\
83000f20e00c200f22e066b8001000000f22d866b9800000c00f320d00010f300f0116807c0f20c0\
660d010000800f22c0ea5e7c0800b900000004ffc975fcb02ae6f4f4ebfd66900000000000000000\
00000000009a20000f00707c0000
readonly PROBE_EXIT=85 # the device makes it (42 << 1) | 1

boots_with_kvm() {
  local disk status=0
  [[ -w /dev/kvm ]] || return 1
  disk=$(mktemp)
  # printf turns \xNN into a byte; NN comes in pairs of hex digits.
  printf '%b' "$(fold -w 2 <<<"$BOOT_SECTOR" | sed 's/^/\\x/' | tr -d '\n')" >"$disk"
  printf '\x55\xaa' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none
  truncate -s 1M "$disk"
  # -cpu host, because that is how servers run; a subshell, so that an abort of QEMU prints nothing here.
  (
    ulimit -c 0
    timeout -k 1 10 qemu-system-x86_64 -accel kvm -cpu host -machine q35 -m 32 -nodefaults -display none -no-reboot \
      -device isa-debug-exit,iobase=0xf4,iosize=1 \
      -drive "file=$disk,format=raw,if=none,id=d" -device virtio-blk-pci,drive=d </dev/null
  ) >/dev/null 2>&1 || status=$?
  rm -f "$disk"
  [[ $status -eq $PROBE_EXIT ]]
}

# The answer holds until the machine boots another kernel or gets another QEMU.
accel() {
  local key cached=$RUN/accel
  key="$(cat /proc/sys/kernel/random/boot_id) $(stat -Lc %Y /usr/bin/qemu-system-x86_64)"
  if ! grep -qs "^$key " "$cached"; then
    mkdir -p "$RUN"
    if boots_with_kvm; then echo "$key kvm"; else echo "$key tcg"; fi >"$cached"
  fi
  sed 's/.* //' "$cached"
}

# ----------------------------------------------------------------------------------------------------------- commands

start() {
  local part began log=$RUN/start.log
  [[ $EUID -eq 0 ]] || die "starting services needs root"
  "$HERE/packages.sh" check cloud >/dev/null || "$HERE/packages.sh" install cloud
  mkdir -p "$RUN"
  # Two starts at once would both see a part down. Daemons must not inherit the lock, hence 9>&- below.
  exec 9>"$RUN/lock"
  flock -w 120 9 || die "another services.sh has been busy for two minutes (see $RUN/lock)"

  if has_systemd && configure_libvirtd; then
    systemctl daemon-reload
    say "wrote $DROP_IN"
  fi
  if ! has_systemd && configure_qemu; then
    say "wrote the isthmus block into $QEMU_CONF"
    # libvirtd reads that file only at its own start; guests don't notice.
    if alive /run/libvirtd.pid libvirtd >/dev/null; then halt_part libvirtd; fi
  fi
  for part in "${PARTS[@]}"; do
    if [[ $part == ovn-controller ]]; then configure_chassis 9>&-; fi
    probe "$part" >/dev/null && continue
    began=$EPOCHREALTIME
    echo "--- $part" >>"$log"
    if ! runs_already "$part"; then
      timeout -k 5 60 setsid --wait "${BASH_SOURCE[0]}" launch "$part" >>"$log" 2>&1 </dev/null 9>&- ||
        die "$part could not be started; look into $log and $(log_of "$part")"
      echo "$part" >>"$RUN/started"
    fi
    await "$part" || die "$part was started, but: $(probe "$part" || true). Look into $(log_of "$part")"
    say "$part up in $(since "$began") s"
  done
  say "all up"
}

await() {
  local deadline=$((SECONDS + 20))
  until probe "$1" >/dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

since() { local us=$((${EPOCHREALTIME/./} - ${1/./})); printf '%d.%d' $((us / 1000000)) $((us % 1000000 / 100000)); }

stop() {
  local i part
  [[ -s $RUN/started ]] || { say "nothing to stop: nothing was started from here"; return 0; }
  [[ $EUID -eq 0 ]] || die "stopping services needs root"
  i=$(virsh -q -c $URI list --name 2>/dev/null | grep -c . || true)
  ((i == 0)) || say "$i servers keep running, without network until the next start"
  for ((i = ${#PARTS[@]} - 1; i >= 0; i--)); do
    part=${PARTS[i]}
    grep -qx "$part" "$RUN/started" || continue
    halt_part "$part" >>"$RUN/start.log" 2>&1 || die "$part could not be stopped; look into $(log_of "$part")"
    sed -i "/^$part\$/d" "$RUN/started"
    say "$part stopped"
  done
}

status() {
  local part detail state all=0
  for part in "${PARTS[@]}"; do
    if detail=$(probe "$part"); then state=up; else state=down all=1; fi
    printf '%-15s %-5s %s\n' "$part" "$state" "$detail"
  done
  return $all
}

facts() {
  echo "DATAPATH=$(datapath)"
  echo "NB=$NB"
  echo "SB=$SB"
  echo "LIBVIRT_URI=$URI"
  echo "ACCEL=$(accel)"
  echo "CHASSIS=$(chassis || true)"
  echo "EXTERNAL_NETWORK=phys"
  echo "EXTERNAL_ADDRESS=$(external_address)"
}

case ${1:-} in
  start | stop | status | facts | forget) "$1" ;;
  launch) launch "$2" ;; # for `start` alone, which needs it as a process
  *) sed -n '4,17s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
