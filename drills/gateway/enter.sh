#!/bin/sh
# Gives a program the files of a container: a root that nobody can write to, with this machine's programs in it and volumes
# where the pod mounts them. Runs in a mount namespace of its own (unshare --mount), so nothing of it is seen outside.
#   enter.sh ROOT MOUNTS DIRECTORY USER COMMAND...
# ROOT: an empty folder. MOUNTS: a file, each line "source target ro|rw". USER: the number to run as, or - to stay.
set -eu
root=$1 mounts=$2 directory=$3 user=$4
shift 4

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
for folder in usr bin sbin lib lib64; do
    if [ -L "/$folder" ]; then
        ln -s "$(readlink "/$folder")" "$root/$folder"
    elif [ -d "/$folder" ]; then
        mkdir "$root/$folder"
        mount --bind "/$folder" "$root/$folder"
        mount -o remount,bind,ro "$root/$folder" 2>/dev/null || true
    fi
done
mkdir -p "$root/etc" "$root/proc" "$root/dev" "$root/home/node"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
for each in ld.so.cache alternatives ssl hosts nsswitch.conf; do
    if [ -e "/etc/$each" ]; then cp -R "/etc/$each" "$root/etc/"; fi
done
echo "node:x:1000:1000::/home/node:/bin/sh" >"$root/etc/passwd"
echo "node:x:1000:" >"$root/etc/group"

while read -r source target mode; do
    if [ -d "$source" ]; then mkdir -p "$root$target"; else mkdir -p "$(dirname "$root$target")" && : >"$root$target"; fi
    mount --bind "$source" "$root$target"
    if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$target"; fi
done <"$mounts"
mount -o remount,ro "$root"

identity=""
if [ "$user" != - ]; then identity="--reuid $user --regid $user --clear-groups"; fi
# shellcheck disable=SC2086
exec chroot "$root" /usr/bin/setpriv $identity --no-new-privs --inh-caps=-all --bounding-set=-all \
    /usr/bin/env -C "$directory" "$@"
