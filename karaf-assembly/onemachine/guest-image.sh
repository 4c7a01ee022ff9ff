#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest-image.sh: a tiny bootable server image made of Debian packages: the cloud kernel, busybox, OpenSSH, syslinux.
#
#   guest-image.sh OUT.qcow2 [CACHE]
#
# What is inside is told by guest-init, next to this file. Packages are downloaded once into CACHE (default: ISTHMUS_CACHE,
# or isthmus below the user's cache directory). Nothing is mounted and no loop device is used, so this works in any
# container; the same packages and the same guest-init give the same bytes.
#
# Layout: MBR | FAT16 with syslinux, kernel and initramfs | ext4, labelled data, for what must survive a restart. OpenSSH and
# its libraries are on the latter, in openssh/: in the initramfs they would take memory, and time at every boot.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly OUT=${1:-}
readonly CACHE=${2:-${ISTHMUS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/isthmus}}/guest-image
readonly BOOT_MIB=31 DATA_MIB=40

readonly PACKAGES=(busybox-static openssh-server openssh-client)
# The programs of OpenSSH: in newer releases sshd is three.
readonly SSH_PROGRAMS=(usr/sbin/sshd usr/lib/openssh/sshd-session usr/lib/openssh/sshd-auth usr/bin/ssh usr/bin/ssh-keygen)

# What a guest of ours meets: virtio (also hot-plugged; PCI hot-plug itself is built in), the seed's file systems, and
# the power button.
readonly MODULES=(
  virtio_pci virtio_blk virtio_net virtio_console virtio-rng virtio_balloon
  isofs vfat nls_cp437 nls_ascii nls_utf8
  button evdev
)

export PATH=$PATH:/usr/sbin:/sbin
# Every tool here stamps times and random numbers into what it makes; each is told not to.
export SOURCE_DATE_EPOCH=0 E2FSPROGS_FAKE_TIME=1

say() { echo "guest-image: $*"; }
die() { echo "guest-image: $*" >&2; exit 1; }

# The cloud kernel's real package; linux-image-cloud-amd64 only points to it.
kernel_package() {
  apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*-cloud-amd64\)$/\1/p' | head -n 1
}

# The libraries OpenSSH is linked to, libc among them (busybox is static), whatever this release calls their packages.
library_packages() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    "${PACKAGES[@]}" 2>/dev/null | grep -E '^(lib|zlib)' |
    grep -Ev '^lib(perl|db|gdbm|pam-|semanage|sepol|newt|slang|debian-|file-|number-|text|elogind|ncurses|proc|readline)' | sort -u
}

# One "name=version" a line.
versions() { apt-cache policy "$@" 2>/dev/null | awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } /Candidate:/ { print name "=" $2 }'; }

# Puts kernel, modules, busybox and OpenSSH, plucked out of the packages, into a directory named after their versions.
# Prints that directory.
stage() {
  local kernel list dir tmp version module libraries
  kernel=$(kernel_package)
  if [[ -z $kernel ]]; then
    [[ $EUID -eq 0 ]] || die "apt knows no packages; run 'apt-get update' as root first"
    apt-get -qq update >/dev/null </dev/null || die "apt-get update failed; is a Debian mirror within reach?"
    kernel=$(kernel_package)
    [[ -n $kernel ]] || die "this apt offers no linux-image-cloud-amd64; Debian's main archive has it"
  fi
  mapfile -t libraries < <(library_packages)
  list=$(versions "$kernel" "${PACKAGES[@]}" "${libraries[@]}")
  dir=$CACHE/$(sha256sum <<<"$list ${MODULES[*]} ${SSH_PROGRAMS[*]}" | cut -c1-16)
  if [[ ! -d $dir ]]; then
    say "downloading $kernel and $((${#PACKAGES[@]} + ${#libraries[@]})) small packages" >&2
    tmp=$(mktemp -d "$CACHE/new.XXXXXX")
    mkdir "$tmp/debs" "$tmp/root" "$tmp/stage" "$tmp/stage/modules"
    # As root, apt downloads as a user who may not write here.
    mapfile -t list <<<"$list"
    (cd "$tmp/debs" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "${list[@]}") >&2 ||
      die "a download failed; 'apt-get update' helps when the mirror has newer versions"
    for deb in "$tmp"/debs/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done

    version=$(basename "$tmp"/root/lib/modules/*)
    cp "$tmp/root/boot/vmlinuz-$version" "$tmp/stage/vmlinuz"
    # The order in which modules must be loaded, so that the guest needs no modprobe.
    depmod -b "$tmp/root" "$version"
    for module in "${MODULES[@]}"; do
      modprobe -d "$tmp/root" -S "$version" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$tmp/order"
    while read -r module; do
      cp "$module" "$tmp/stage/modules/"
      basename "$module"
    done <"$tmp/order" >"$tmp/stage/modules/order"

    cp "$tmp/root/bin/busybox" "$tmp/stage/"
    openssh "$tmp/root" "$tmp/stage/openssh"
    mv "$tmp/stage" "$dir"
    rm -rf "$tmp"
  fi
  echo "$dir"
}

# openssh UNPACKED-PACKAGES OUT: its programs, their loader and what the loader finds for them, where Debian has them.
openssh() {
  local root=$1 out=$2 program library loader=$1/lib64/ld-linux-x86-64.so.2
  # Merged or not: packages of one release put libraries into /lib or into /usr/lib.
  local path=$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu
  [[ -e $loader ]] || loader=$root/usr/lib64/ld-linux-x86-64.so.2
  mkdir -p "$out/lib64" "$out/lib"
  cp -L "$loader" "$out/lib64/"
  for program in "${SSH_PROGRAMS[@]}"; do
    [[ -e $root/$program ]] || continue
    install -D -m 755 "$root/$program" "$out/$program"
    "$loader" --library-path "$path" --list "$root/$program"
  done | sed -n 's/^\t\([^ /]*\) => \([^ ]*\).*/\1 \2/p' | sort -u | while read -r library program; do
    [[ $program == "$root"/* ]] || die "no package of OpenSSH's brings $library"
    cp -L "$program" "$out/lib/$library"
  done
  install -D -m 644 "$root/usr/share/openssh/sshd_config" "$out/usr/share/openssh/sshd_config"
}

# initramfs DIR-OF-PARTS ROOT OUT
initramfs() {
  local parts=$1 root=$2
  mkdir -p "$root"/{bin,sbin,etc/acpi/PWRF,www/cgi-bin}
  cp "$parts/busybox" "$root/bin/"
  ln -s busybox "$root/bin/sh"
  cp -r "$parts/modules" "$root/"
  # on the data disk, which is there before anybody calls them
  ln -s data/openssh/lib64 "$root/lib64"
  ln -s data/openssh/lib "$root/lib"
  ln -s data/openssh/usr "$root/usr"
  install -m 755 "$HERE/guest-init" "$root/init"
  for role in etc/rc etc/dhcp etc/hotplug etc/agent etc/acpi/PWRF/00000080 www/cgi-bin/info www/cgi-bin/probe; do
    ln -s /init "$root/$role"
  done
  find "$root" -exec touch -h -d @0 {} +
  # No device nodes: the kernel's own built-in initramfs has the console, devtmpfs brings the rest.
  (cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --reproducible --quiet) | gzip -9n >"$3"
}

build() {
  local parts=$1 tmp=$2
  initramfs "$parts" "$tmp/root" "$tmp/initrd.gz"
  # A ticking clock: under emulation with several CPUs a one-shot timer's interrupt gets lost once in a long while, and a CPU
  # that waits for it never wakes ("rcu_preempt kthread timer wakeup didn't happen"). A periodic one comes again.
  cat >"$tmp/syslinux.cfg" <<'C'
DEFAULT guest
PROMPT 0
TIMEOUT 0
SERIAL 0 115200
LABEL guest
  KERNEL vmlinuz
  INITRD initrd.gz
  APPEND console=ttyS0 quiet panic=-1 nohz=off highres=off
C

  truncate -s "${BOOT_MIB}M" "$tmp/boot.img"
  # -h: where the partition starts, which the boot code wants to know.
  mkfs.fat -F 16 -n BOOT -h 2048 --invariant "$tmp/boot.img" >/dev/null
  touch -d @315532800 "$tmp"/initrd.gz "$tmp"/syslinux.cfg # FAT's time begins in 1980
  cp "$parts/vmlinuz" "$tmp/vmlinuz" && touch -d @315532800 "$tmp/vmlinuz"
  TZ=UTC MTOOLS_SKIP_CHECK=1 mcopy -m -i "$tmp/boot.img" "$tmp/vmlinuz" "$tmp/initrd.gz" "$tmp/syslinux.cfg" ::
  (cd "$tmp" && syslinux --install boot.img)

  mkdir "$tmp/data"
  cp -r "$parts/openssh" "$tmp/data/"
  find "$tmp/data" -exec touch -h -d @0 {} +
  mke2fs -q -t ext4 -O ^has_journal -L data -d "$tmp/data" -U 69737468-6d75-4500-8000-000000000001 \
    -E hash_seed=69737468-6d75-4500-8000-000000000002,root_owner=0:0 "$tmp/data.img" "${DATA_MIB}M" >/dev/null

  truncate -s "$((1 + BOOT_MIB + DATA_MIB))M" "$tmp/disk"
  sfdisk -q --no-reread --no-tell-kernel "$tmp/disk" <<C
label: dos
label-id: 0x69737468
start=1MiB, size=${BOOT_MIB}MiB, type=e, bootable
start=$((1 + BOOT_MIB))MiB, size=${DATA_MIB}MiB, type=83
C
  dd if=/usr/lib/syslinux/mbr/mbr.bin of="$tmp/disk" bs=440 count=1 conv=notrunc status=none
  dd if="$tmp/boot.img" of="$tmp/disk" bs=1M seek=1 conv=notrunc status=none
  dd if="$tmp/data.img" of="$tmp/disk" bs=1M seek=$((1 + BOOT_MIB)) conv=notrunc status=none
  qemu-img convert -c -O qcow2 "$tmp/disk" "$tmp/disk.qcow2"
}

[[ -n $OUT && $OUT != -* ]] || { sed -n '4,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[[ $(dpkg --print-architecture 2>/dev/null) == amd64 ]] || die "this needs Debian on amd64"
"$HERE/packages.sh" check image kmod >/dev/null || "$HERE/packages.sh" install image kmod
mkdir -p "$CACHE" "$(dirname "$OUT")"
exec 9>"$CACHE/lock"
flock 9
TMP=$(mktemp -d)
trap 'rm -rf "$TMP" "$CACHE"/new.*' EXIT
PARTS=$(stage)
build "$PARTS" "$TMP"
# A rename within OUT's own directory: whoever uses the old image keeps it, nobody sees half a new one.
cp "$TMP/disk.qcow2" "$OUT.new"
mv -f "$OUT.new" "$OUT"
say "$OUT, $(($(stat -c %s "$OUT") / 1024)) KiB"
