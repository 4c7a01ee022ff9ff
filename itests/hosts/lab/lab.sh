#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# lab.sh: a small cloud of several hosts on one machine, for tests. A "host" is a set of namespaces (mount, network, pid,
# uts, ipc) with its own /run, /etc/libvirt, /var/lib/ovn and so on, so the real daemons run in each at their usual
# paths. Killing a host's first process is a power failure: everything in it is gone at once, its disk stays.
#
#   lab.sh up [--raft] [HOST…]   start what is not running; default: c h1 h2 inet
#   lab.sh down                  stop everything and delete every trace, also after a crash
#   lab.sh kill HOST             power failure
#   lab.sh start HOST            power on again
#   lab.sh libvirt HOST          start its libvirtd, unless it runs
#   lab.sh unplug|plug HOST      take its underlay cable out, put it back
#   lab.sh exec HOST COMMAND…    run a command in a host (absolute paths; it starts in /)
#   lab.sh facts                 KEY=VALUE lines: every address, certificate and URI a controller needs
#   lab.sh missing               print the Debian packages that `up` would install; fail if there are any
#
# Hosts: c           OVN's databases and northd; with --raft instead c1 c2 c3, a cluster of three
#        h1 h2 …     compute: Open vSwitch, ovn-controller, libvirtd, sshd; chassis name = host name
#        inet        "the Internet": 203.0.113.1 (curl, ping and a web server) on the external segment, 198.51.100.7 behind it
#
# Whoever runs this script is at address .254 of the underlay, through an interface in its own network namespace. The
# public addresses exist only inside the lab: reach them by `lab.sh exec inet`.
#
# Environment: ISTHMUS_LAB      state directory, default /var/tmp/isthmus-lab; images belong into its images/, which every
#                               host sees at the same path
#              ISTHMUS_LAB_NET  first three numbers of the underlay, default 192.168.50; another value and another
#                               directory make a second lab beside the first
set -euo pipefail
export LC_ALL=C

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly ONEMACHINE=$HERE/../../../karaf-assembly/onemachine
readonly LAB=${ISTHMUS_LAB:-/var/tmp/isthmus-lab}
readonly NET=${ISTHMUS_LAB_NET:-192.168.50}
readonly PKI=$LAB/pki
readonly ROOT_IF=lab${NET##*.}
readonly PASSWORD=changeit
# libvirtd takes seconds to find out what QEMU can do, and remembers it here; kept beyond `down`.
readonly CAPABILITIES=${XDG_CACHE_HOME:-$HOME/.cache}/isthmus/libvirt-capabilities
export PATH=$PATH:/usr/sbin:/sbin:/usr/share/openvswitch/scripts:/usr/share/ovn/scripts

# What each host has for itself. Everything else, $LAB included, is the same file for all of them. The private copies are
# below $LAB/HOST/fs, where the machine sees them too: logs to read, sockets to connect to.
readonly PRIVATE=(
  /run
  /etc/openvswitch /var/lib/openvswitch /var/log/openvswitch
  /etc/ovn /var/lib/ovn /var/log/ovn
  /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
)

say() { echo "lab: $*"; }
die() { echo "lab: $*" >&2; exit 1; }

# --------------------------------------------------------------------------------------------------------------- hosts

number() { # the last part of a host's underlay address
  case $1 in
    c) echo 1 ;;
    c[1-3]) echo "${1#c}" ;;
    h[1-9]) echo $((10 + ${1#h})) ;;
    *) die "no such host: $1 (c, c1…c3, h1…h9, inet)" ;;
  esac
}
address() { echo "$NET.$(number "$1")"; }

# The host's first process as this machine numbers it. The start time beside it, because the number of a dead process is
# given to a new one sooner or later.
pid_of() {
  local pid began
  read -r pid began 2>/dev/null <"$LAB/$1/pid" || return 1
  [[ $(began "$pid") == "$began" ]] && echo "$pid"
}
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

in_host() {
  local pid
  pid=$(pid_of "$1") || die "$1 is not running"
  shift
  # A daemon must not inherit this script's lock, 9.
  nsenter -t "$pid" -m -n -u -p -i -- "$@" 9>&-
}

# A new set of namespaces; returns when its first process is ready.
boot() {
  local host=$1 outer pid dir
  for dir in "${PRIVATE[@]}"; do mkdir -p "$LAB/$host/fs$dir"; done
  rm -rf "$LAB/$host/fs/run" "$LAB/$host/ready" "$LAB/$host/up"
  mkdir -p "$LAB/$host/fs/run"
  # setsid: the host must outlive the terminal, and the test, that started it.
  setsid unshare -m -n -u -p -i --fork --mount-proc "${BASH_SOURCE[0]}" --host-init "$LAB" "$host" \
    >"$LAB/$host/init.log" 2>&1 </dev/null 9>&- &
  outer=$!
  await "$host: its namespaces (see $LAB/$host/init.log)" test -e "$LAB/$host/ready"
  pid=$(pgrep -P "$outer")
  echo "$pid $(began "$pid")" >"$LAB/$host/pid"
}

# The host's first process. Its name in the process list (--host-init, directory, host) is how `down` finds it when all
# records are lost.
host_init() {
  local host=$2 dir
  hostname "$host"
  mount --make-rprivate /
  for dir in "${PRIVATE[@]}"; do
    mkdir -p "$dir"
    mount --bind "$LAB/$host/fs$dir" "$dir"
  done
  mkdir -p /run/lock /run/sshd /run/netns /run/libvirt /run/openvswitch /run/ovn
  mount -t sysfs sysfs /sys # that of the new network namespace
  ip link set lo up
  touch "$LAB/$host/ready"
  # Orphans of this host become children of this shell, and bash buries every child that dies.
  while :; do sleep 3600 & wait $!; done
}

# A cable from a host's interface to a bridge in the fabric.
cable() { # host interface bridge
  local wire=$2.$1
  ip link add "$wire" netns "$(pid_of fabric)" type veth peer name "$2" netns "$(pid_of "$1")"
  in_host fabric ip link set "$wire" master "$3" up
  in_host "$1" ip link set "$2" up
  # Open vSwitch in user space forwards packets as they are: a checksum left to "the hardware" would never be computed.
  in_host "$1" ethtool -K "$2" tx off >/dev/null 2>&1
  in_host fabric ethtool -K "$wire" tx off >/dev/null 2>&1
}

await() { # what command…
  local what=$1 deadline=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || die "waited 20 s in vain for $what"
    sleep 0.05
  done
}

# ------------------------------------------------------------------------------------------------------------- daemons

start_fabric() {
  in_host fabric ip link add underlay type bridge
  in_host fabric ip link add external type bridge
  in_host fabric ip link set underlay up
  in_host fabric ip link set external up
  # The machine's own place in the underlay.
  if ip -4 -o route show match "$NET.254" | grep -qv '^default'; then
    die "this machine already has a route to $NET.0/24 (another lab?); set ISTHMUS_LAB_NET to something else"
  fi
  ip link add "$ROOT_IF" type veth peer name machine netns "$(pid_of fabric)"
  in_host fabric ip link set machine master underlay up
  ip link set "$ROOT_IF" alias "isthmus lab $LAB"
  ip addr add "$NET.254/24" dev "$ROOT_IF"
  ip link set "$ROOT_IF" up
  ethtool -K "$ROOT_IF" tx off >/dev/null 2>&1
}

start_inet() {
  cable inet ext0 external
  in_host inet ip addr add 203.0.113.1/24 dev ext0
  in_host inet ip addr add 198.51.100.7/32 dev lo
  mkdir -p "$LAB/inet/www"
  echo "hello from the Internet" >"$LAB/inet/www/index.html"
  in_host inet busybox httpd -p 80 -h "$LAB/inet/www"
}

# Members of OVN's databases, in the form tcp:A:PORT,tcp:B:PORT.
remotes() { # scheme port
  local member list=
  for member in $(central); do list+=,$1:$(address "$member"):$2; done
  echo "${list#,}"
}
central() { if [[ -e $LAB/raft ]]; then echo c1 c2 c3; else echo c; fi; }

start_central() {
  local host=$1 db ctl port
  local -a options=(--no-monitor)
  cable "$host" eth0 underlay
  in_host "$host" ip addr add "$(address "$host")/24" dev eth0
  if [[ $host != c ]]; then
    options+=(
      --db-nb-cluster-local-addr="$(address "$host")" --db-sb-cluster-local-addr="$(address "$host")"
      --ovn-northd-nb-db="$(remotes tcp 6641)" --ovn-northd-sb-db="$(remotes tcp 6642)"
    )
    # Only the first member founds the cluster. One that comes back finds its database and ignores this.
    [[ $host == c1 ]] || options+=(--db-nb-cluster-remote-addr="$(address c1)" --db-sb-cluster-remote-addr="$(address c1)")
  fi
  in_host "$host" ovn-ctl start_northd "${options[@]}" >>"$LAB/$host/start.log" 2>&1 </dev/null
  # Whom to listen for is kept in the databases, so a founder says it once for all.
  if [[ $host == c || $host == c1 ]]; then
    for db in nb sb; do
      ctl=ovn-${db}ctl
      if [[ $db == nb ]]; then port=6641; else port=6642; fi
      in_host "$host" "$ctl" --timeout=20 --no-leader-only \
        -- set-ssl "$PKI/ovn.key" "$PKI/ovn.crt" "$PKI/ca.crt" \
        -- set-connection "ptcp:$port:0.0.0.0" "pssl:$((port + 10)):0.0.0.0"
    done
  fi
  await "$host: OVN northbound" listens "$(address "$host")" 6641
  await "$host: OVN southbound" listens "$(address "$host")" 6642
}

listens() { timeout 1 bash -c "exec 3<>/dev/tcp/$1/$2"; }

start_compute() {
  local host=$1 ip
  ip=$(address "$host")
  cable "$host" eth0 underlay
  cable "$host" ext0 external
  libvirt_config "$host" "$ip"
  in_host "$host" virtlogd -d </dev/null
  in_host "$host" /usr/sbin/sshd -f "$LAB/$host/sshd_config" </dev/null
  in_host "$host" ovs-ctl start --system-id="$host" --no-monitor >>"$LAB/$host/start.log" 2>&1 </dev/null
  # It gets ready while the network is made.
  start_libvirt "$host"
  # Everything in user space, whatever the kernel has: the same on every machine. There a tunnel's address must be on a
  # bridge of Open vSwitch, hence br-phy.
  in_host "$host" ovs-vsctl --timeout=20 \
    -- --may-exist add-br br-phy -- set bridge br-phy datapath_type=netdev -- --may-exist add-port br-phy eth0 \
    -- --may-exist add-br br-ex -- set bridge br-ex datapath_type=netdev -- --may-exist add-port br-ex ext0 \
    -- --may-exist add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure \
    -- set open_vswitch . "external_ids:ovn-remote=$(remotes tcp 6642 | sed 's/,/\\,/g')" \
    external_ids:ovn-encap-type=geneve "external_ids:ovn-encap-ip=$ip" \
    external_ids:ovn-bridge-datapath-type=netdev external_ids:ovn-bridge-mappings=phys:br-ex
  in_host "$host" ip addr replace "$ip/24" dev br-phy
  in_host "$host" ip link set br-phy up
  in_host "$host" ip link set br-ex up
  in_host "$host" ovn-ctl start_controller --no-monitor >>"$LAB/$host/start.log" 2>&1 </dev/null
  await "$host: libvirtd (see $LAB/$host/fs/var/log/libvirt/libvirtd.log)" in_host "$host" virsh -q -c qemu:///system version
  await "$host: libvirt's TLS port" listens "$ip" 16514
  await "$host: ovn-controller (see $LAB/$host/fs/var/log/ovn/ovn-controller.log)" controller_is_connected "$host"
}

# What a libvirtd that was killed, or a power failure, left is forgotten before.
start_libvirt() {
  in_host "$1" /bin/bash -c 'kill -0 $(cat /run/libvirtd.pid 2>/dev/null) 2>/dev/null' && return 0
  in_host "$1" "$ONEMACHINE/services.sh" forget </dev/null
  in_host "$1" libvirtd -d --listen </dev/null
}

controller_is_connected() { [[ $(in_host "$1" ovn-appctl -t ovn-controller connection-status) == connected ]]; }

libvirt_config() { # host ip
  local etc=$LAB/$1/fs/etc/libvirt
  cat >"$etc/libvirtd.conf" <<C
listen_tls = 1
key_file = "$PKI/$1.key"
cert_file = "$PKI/$1.crt"
ca_file = "$PKI/ca.crt"
tls_allowed_dn_list = ["CN=controller"]
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
# Without its own, every host would have the machine's, and libvirt refuses to migrate a guest to where it already is.
host_uuid = "00000000-0000-4000-8000-$(printf %012x "$(number "$1")")"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
keepalive_interval = 5
keepalive_count = 3
C
  cat >"$etc/qemu.conf" <<C
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
migration_host = "$2"
C
  mkdir -p "$LAB/$1/fs/var/cache/libvirt/qemu"
  if [[ -d $CAPABILITIES ]]; then cp -a "$CAPABILITIES" "$LAB/$1/fs/var/cache/libvirt/qemu/capabilities"; fi
  cat >"$LAB/$1/sshd_config" <<C
HostKey $PKI/ssh_host
AuthorizedKeysFile $PKI/ssh_client.pub
PidFile /run/sshd.pid
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UseDNS no
UsePAM no
Subsystem sftp internal-sftp
C
}

# ----------------------------------------------------------------------------------------------------------------- PKI

# certificate NAME SUBJECT-CN USE [SAN]: NAME.key (PKCS#8, as Java wants it) and NAME.crt, signed by the lab's CA
certificate() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/$1.key" 2>/dev/null
  openssl req -new -key "$PKI/$1.key" -subj "/CN=$2" |
    openssl x509 -req -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 30 -out "$PKI/$1.crt" -extfile <(
      echo "basicConstraints=critical,CA:false"
      # libvirt insists on keyEncipherment, though an elliptic key cannot.
      echo "keyUsage=critical,digitalSignature,keyEncipherment"
      echo "extendedKeyUsage=$3"
      [[ -z ${4:-} ]] || echo "subjectAltName=$4"
    ) 2>/dev/null
}

make_pki() {
  local n san=
  [[ ! -e $PKI/complete ]] || return 0
  rm -rf "$PKI"
  mkdir -m 700 "$PKI"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/ca.key" 2>/dev/null
  openssl req -x509 -new -key "$PKI/ca.key" -subj "/CN=Isthmus lab CA" -days 30 -out "$PKI/ca.crt" \
    -addext "keyUsage=critical,keyCertSign,cRLSign"
  # One for all database members: each reads the name of its key file in the database they share.
  for n in 1 2 3; do san+=,IP:$NET.$n; done
  certificate ovn ovn serverAuth "${san#,}"
  # A stranger has a good certificate of the same CA and still must not get in: libvirt lets in by name.
  certificate controller controller clientAuth
  certificate stranger stranger clientAuth
  for n in controller stranger; do
    mkdir "$PKI/$n"
    # The names libvirt looks for in a directory given as pkipath.
    ln -s ../ca.crt "$PKI/$n/cacert.pem"
    ln -s "../$n.crt" "$PKI/$n/clientcert.pem"
    ln -s "../$n.key" "$PKI/$n/clientkey.pem"
    openssl pkcs12 -export -inkey "$PKI/$n.key" -in "$PKI/$n.crt" -certfile "$PKI/ca.crt" -name "$n" \
      -passout "pass:$PASSWORD" -out "$PKI/$n.p12"
  done
  ssh-keygen -q -t ed25519 -N '' -C controller -f "$PKI/ssh_client"
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$PKI/ssh_host"
  for n in {1..9}; do echo "$NET.$((10 + n)) $(cut -d' ' -f1,2 "$PKI/ssh_host.pub")"; done >"$PKI/ssh_known_hosts"
  touch "$PKI/complete"
}

host_certificate() {
  [[ -e $PKI/$1.crt ]] || certificate "$1" "$1" serverAuth,clientAuth "IP:$(address "$1"),DNS:$1"
}

# ------------------------------------------------------------------------------------------------------------ commands

# Starts a host that is down, or was left half-started.
power_on() {
  local host=$1 started=$EPOCHREALTIME
  if pid_of "$host" >/dev/null; then
    [[ ! -e $LAB/$host/up ]] || return 0
    power_off "$host"
  fi
  boot "$host"
  case $host in
    fabric) start_fabric ;;
    inet) start_inet ;;
    c | c?) start_central "$host" ;;
    h?) host_certificate "$host" && start_compute "$host" ;;
  esac
  touch "$LAB/$host/up"
  say "$host up in $(seconds_since "$started") s"
}

seconds_since() { local us=$((${EPOCHREALTIME/./} - ${1/./})); printf '%d.%d' $((us / 1000000)) $((us % 1000000 / 100000)); }

power_off() {
  local pid cable
  pid=$(pid_of "$1") || return 0
  kill -9 "$pid" 2>/dev/null || true
  # The kernel unplugs a dead host's cables when it finds the time; the next start needs their names now.
  if [[ $1 != fabric ]] && pid_of fabric >/dev/null; then
    for cable in eth0 ext0; do in_host fabric ip link del "$cable.$1" 2>/dev/null || true; done
  fi
  while [[ $(began "$pid") ]]; do sleep 0.02; done
  rm -f "$LAB/$1/pid" "$LAB/$1/up"
}

up() {
  local host
  local -a hosts=() jobs=()
  if [[ ${1:-} == --raft ]]; then shift && set -- c1 c2 c3 "${@:-h1}" inet; fi
  (($#)) || set -- c h1 h2 inet
  for host in "$@"; do [[ $host == inet ]] || number "$host" >/dev/null; done
  [[ $EUID -eq 0 ]] || die "the lab needs root"
  [[ $LAB == /* ]] || die "ISTHMUS_LAB must be an absolute path"
  ((${#LAB} < 60)) || die "ISTHMUS_LAB is too long: socket names end at 107 characters"
  "$ONEMACHINE/packages.sh" check cloud "${NEEDS[@]}" >/dev/null || "$ONEMACHINE/packages.sh" install cloud "${NEEDS[@]}"

  lock
  echo "made by lab.sh" >"$LAB/.isthmus-lab"
  mkdir -p "$LAB/images"
  if [[ " $* " == *" c1 "* ]]; then
    pid_of c >/dev/null && die "this lab has a single OVN database; 'lab.sh down' first"
    touch "$LAB/raft"
  elif [[ -e $LAB/raft && " $* " == *" c "* ]]; then
    die "this lab has a cluster of OVN databases; 'lab.sh down' first, or 'up --raft'"
  fi
  make_pki
  power_on fabric
  # Members in turn, for the second joins the first; hosts wait for no one but them, so all at once.
  for host in "$@"; do
    case $host in c*) power_on "$host" ;; *) hosts+=("$host") ;; esac
  done
  for host in "${hosts[@]}"; do
    power_on "$host" &
    jobs+=($!)
  done
  for host in "${jobs[@]}"; do wait "$host" || die "not all hosts came up"; done
  keep_capabilities
}
readonly NEEDS=(openssl openssh-server openssh-client ethtool curl iputils-ping util-linux busybox)

keep_capabilities() {
  local found
  found=$(compgen -G "$LAB/h?/fs/var/cache/libvirt/qemu/capabilities" | head -n 1) || return 0
  diff -rq "$found" "$CAPABILITIES" >/dev/null 2>&1 && return 0
  rm -rf "$CAPABILITIES"
  mkdir -p "$(dirname "$CAPABILITIES")"
  cp -a "$found" "$CAPABILITIES"
}

lock() {
  mkdir -p "$LAB"
  exec 9>"$LAB/lock"
  flock -w 120 9 || die "another lab.sh has been busy with $LAB for two minutes"
}

down() {
  [[ $EUID -eq 0 ]] || die "the lab needs root"
  # By their command line, not by our records, which a crash may have taken along.
  pkill -9 -f -- " --host-init ${LAB//./\\.} " || true
  if [[ $(cat "/sys/class/net/$ROOT_IF/ifalias" 2>/dev/null) == "isthmus lab $LAB" ]]; then
    ip link del "$ROOT_IF" 2>/dev/null || true
  fi
  [[ -d $LAB ]] || return 0
  [[ -e $LAB/.isthmus-lab ]] || die "$LAB was not made by this script; not deleting it"
  # The last processes of a host may still be closing their files.
  for _ in {1..50}; do
    rm -rf "$LAB" 2>/dev/null && break
    sleep 0.1
  done
  [[ ! -e $LAB ]] || die "could not delete $LAB"
  say "down"
}

facts() {
  local host upper ip
  [[ -e $PKI/complete ]] || die "no lab at $LAB; 'lab.sh up' first"
  echo "LAB=$LAB"
  echo "IMAGES=$LAB/images"
  echo "NB=$(remotes tcp 6641)"
  echo "SB=$(remotes tcp 6642)"
  echo "NB_TLS=$(remotes ssl 6651)"
  echo "SB_TLS=$(remotes ssl 6652)"
  echo "TLS_CA=$PKI/ca.crt"
  for host in controller stranger; do
    upper=TLS
    [[ $host == controller ]] || upper=TLS_STRANGER
    echo "${upper}_CERT=$PKI/$host.crt"
    echo "${upper}_KEY=$PKI/$host.key"
    echo "${upper}_P12=$PKI/$host.p12"
  done
  echo "TLS_P12_PASSWORD=$PASSWORD"
  echo "SSH_KEY=$PKI/ssh_client"
  echo "SSH_KNOWN_HOSTS=$PKI/ssh_known_hosts"
  echo "DATAPATH=netdev"
  "$ONEMACHINE/services.sh" facts | grep '^ACCEL='
  echo "EXTERNAL_NETWORK=phys"
  echo "INTERNET=203.0.113.1"
  echo "INTERNET_FAR=198.51.100.7"
  echo "HOSTS=$(cd "$LAB" && compgen -G 'h?' | tr '\n' ' ' | sed 's/ $//')"
  for host in $(cd "$LAB" && compgen -G 'h?'); do
    upper=${host^^} ip=$(address "$host")
    echo "${upper}_ADDRESS=$ip"
    echo "${upper}_LIBVIRT_TLS=qemu+tls://$ip/system?pkipath=$PKI/controller"
    echo "${upper}_LIBVIRT_STRANGER=qemu+tls://$ip/system?pkipath=$PKI/stranger"
    echo "${upper}_LIBVIRT_UNIX=qemu+unix:///system?socket=$LAB/$host/fs/run/libvirt/libvirt-sock"
    # libvirt's ssh transport reads the user's own known_hosts only, where lab hosts have no business.
    echo "${upper}_LIBVIRT_LIBSSH2=qemu+libssh2://root@$ip/system?keyfile=$PKI/ssh_client&known_hosts=$PKI/ssh_known_hosts&sshauth=privkey"
    echo "${upper}_LIBVIRT_SSH=qemu+ssh://root@$ip/system?keyfile=$PKI/ssh_client&no_verify=1"
    echo "${upper}_LOGS=$LAB/$host/fs/var/log"
  done
}

case ${1:-} in
  up) shift && up "$@" ;;
  down | facts) "$1" ;;
  missing) "$ONEMACHINE/packages.sh" check cloud "${NEEDS[@]}" ;;
  kill) lock && power_off "${2:?which host?}" && say "$2 is gone" ;;
  start) lock && { [[ ${2:?which host?} == inet ]] || number "$2" >/dev/null; } && power_on "$2" ;;
  libvirt) start_libvirt "${2:?which host?}" ;;
  unplug) in_host fabric ip link set "eth0.${2:?which host?}" down ;;
  plug) in_host fabric ip link set "eth0.${2:?which host?}" up ;;
  exec) shift && in_host "$@" ;;
  --host-init) shift && host_init "$@" ;;
  *) sed -n '4,30s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
