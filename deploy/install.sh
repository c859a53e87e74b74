#!/bin/sh
# Installs, updates or removes Jard on a machine with systemd, from the unpacked archive this
# file came in. It needs no network and can be run any number of times: settings, secrets and
# data that are there stay as they are.
#
#   ./install.sh                  install, or update to the version of this archive
#   ./install.sh --back           put back the program that the last update replaced
#   ./install.sh --remove         remove program and units; settings and data stay
#   ./install.sh --remove --purge remove settings, secrets and DATA as well
#   ./install.sh --root DIR       do it under another root, to see what would be done
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root= act=install purge=
while [ $# -gt 0 ]; do
	case $1 in
	--root) [ $# -gt 1 ] || { echo "install.sh: --root names a folder" >&2; exit 2; } && root=${2%/} && shift ;;
	--remove) act=remove ;;
	--back) act=back ;;
	--purge) purge=yes ;;
	*) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
[ "$(id -u)" -eq 0 ] || { echo "install.sh: run it as root" >&2; exit 1; }
[ -z "$root" ] || [ -d "$root" ] || { echo "install.sh: $root is no folder" >&2; exit 1; }

program=$root/usr/local/bin/jard
live() { [ -z "$root" ] && [ -d /run/systemd/system ]; } # systemd runs, and it is its machine

put() { # put MODE FILE TARGET: whole or not at all
	mkdir -p "$(dirname "$root$3")"
	install -m "$1" "$2" "$root$3.new" && mv -f "$root$3.new" "$root$3"
}

case $act in
remove)
	if live; then systemctl disable --now jard 2>/dev/null || true; fi
	rm -f "$program" "$program.previous" "$root/usr/local/sbin/jardctl" "$root/etc/systemd/system/jard.service" \
		"$root/usr/lib/sysusers.d/jard.conf" "$root/usr/lib/tmpfiles.d/jard.conf"
	rm -rf "$root/usr/local/share/jard"
	if live; then systemctl daemon-reload; fi
	if [ -n "$purge" ]; then
		rm -rf "$root/etc/jard" "$root/var/lib/jard"
		if [ -z "$root" ]; then userdel jard 2>/dev/null || true; fi
		echo "Jard is removed, its settings and data too."
	else
		echo "Jard is removed. Settings stay in $root/etc/jard, data in $root/var/lib/jard."
	fi
	exit 0
	;;
back)
	[ -x "$program.previous" ] || { echo "install.sh: there is no former program" >&2; exit 1; }
	echo "from: $("$program" version)"
	cp -p "$program.previous" "$program.new" && mv -f "$program.new" "$program"
	echo "to:   $("$program" version)"
	echo "Now: systemctl restart jard"
	exit 0
	;;
esac

for needed in bin/jard deploy/systemd/jard.service etc/jard.yaml; do
	[ -e "$here/$needed" ] || { echo "install.sh: $needed is missing; unpack the whole archive and run this file inside it" >&2; exit 1; }
done
"$here/bin/jard" version >/dev/null 2>&1 || { echo "install.sh: the program does not run here; is this archive for another processor ($(uname -m))?" >&2; exit 1; }

if [ -x "$program" ] && ! cmp -s "$program" "$here/bin/jard"; then
	cp -p "$program" "$program.previous"
	echo "replaced:  $("$program" version) (kept as $program.previous)"
fi
put 0755 "$here/bin/jard" /usr/local/bin/jard
put 0755 "$here/deploy/systemd/jardctl" /usr/local/sbin/jardctl
put 0644 "$here/deploy/systemd/jard.service" /etc/systemd/system/jard.service
put 0644 "$here/deploy/systemd/jard.sysusers" /usr/lib/sysusers.d/jard.conf
put 0644 "$here/deploy/systemd/jard.tmpfiles" /usr/lib/tmpfiles.d/jard.conf

# The account, then the folders that are its own.
systemd-sysusers ${root:+--root="$root"} jard.conf
account=$(awk -F: '$1 == "jard" { print $3 ":" $4 }' "$root/etc/passwd")
[ -n "$account" ] || { echo "install.sh: the account jard was not made" >&2; exit 1; }
mkdir -p "$root/etc/jard/credentials" "$root/var/lib/jard"
chown "0:${account#*:}" "$root/etc/jard" && chmod 0750 "$root/etc/jard"
chown 0:0 "$root/etc/jard/credentials" && chmod 0700 "$root/etc/jard/credentials"
chown "$account" "$root/var/lib/jard" && chmod 0700 "$root/var/lib/jard"

put 0644 "$here/etc/jard.yaml" /etc/jard/jard.example.yaml
if [ ! -e "$root/etc/jard/jard.yaml" ]; then
	put 0640 "$here/deploy/systemd/jard.yaml" /etc/jard/jard.yaml
	chown "0:${account#*:}" "$root/etc/jard/jard.yaml"
	fresh=yes
fi
rm -rf "$root/usr/local/share/jard"
mkdir -p "$root/usr/local/share/jard"
cp -R "$here/docs" "$here/deploy" "$here/share/pilot" "$here/LICENSE" "$here/THIRD-PARTY.txt" "$here/sbom.cdx.json" "$here/CHANGELOG.md" "$root/usr/local/share/jard/"
if live; then systemctl daemon-reload; fi

echo "installed: $("$program" version)"
if [ -n "${fresh:-}" ]; then
	echo "Now:  1. edit $root/etc/jard/jard.yaml      2. jardctl check      3. systemctl enable --now jard"
else
	echo "Now:  1. jardctl check                      2. systemctl restart jard"
fi
