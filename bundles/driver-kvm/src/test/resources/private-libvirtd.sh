#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# private-libvirtd.sh DIR: a libvirtd of its own for tests, in the foreground, that shares nothing with the machine's but
# the kernel and Open vSwitch. Its socket is DIR/run/libvirt-sock. Needs root; run under `unshare -m --propagation private`.
set -e
dir=$1
mkdir -p "$dir/etc" "$dir/lib" "$dir/log" "$dir/run" "$dir/cache"
cat >"$dir/etc/libvirtd.conf" <<CONF
unix_sock_dir = "$dir/run"
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
log_outputs = "3:file:$dir/log/libvirtd.log"
CONF
printf 'user = "root"\ngroup = "root"\ndynamic_ownership = 0\nsecurity_driver = "none"\ncgroup_controllers = []\n' >"$dir/etc/qemu.conf"
mkdir -p /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /run/libvirt
mount --bind "$dir/etc" /etc/libvirt
mount --bind "$dir/lib" /var/lib/libvirt
mount --bind "$dir/log" /var/log/libvirt
mount --bind "$dir/cache" /var/cache/libvirt
mkdir -p "$dir/run-libvirt"
mount --bind "$dir/run-libvirt" /run/libvirt
# it outlives libvirtd, as it does on a real host: it holds the guests' console logs
pgrep -F "$dir/virtlogd.pid" >/dev/null 2>&1 || virtlogd -d -p "$dir/virtlogd.pid"
# One that died between writing down that it starts a guest and knowing the process never lets go of that guest again.
grep -lsZ "^<domstatus .*pid='0'" /run/libvirt/qemu/*.xml | xargs -0r rm -f
exec libvirtd -p "$dir/libvirtd.pid"
