#!/bin/sh
# Installs, updates or removes Jard on a machine with systemd, from the unpacked archive this
# file came in. It needs no network and can be run any number of times, also after it was cut
# short: settings, secrets and data that are there stay as they are, and Jard goes on serving.
#
#   ./install.sh                  install, or update to the version of this archive
#   ./install.sh --older          the same, although a newer version is installed
#   ./install.sh --back           put back the program that the last update replaced
#   ./install.sh --remove         remove program and units; settings and data stay
#   ./install.sh --remove --purge remove settings, secrets and DATA as well; backups stay
#   ./install.sh --root DIR       do it under another root, to see what would be done
set -eu
umask 022 # whatever root's is: others must be able to run the program and read these pages
here=$(cd "$(dirname "$0")" && pwd)
root='' act=install purge='' older=''
fail() { echo "install.sh: $1" >&2 && exit "${2:-1}"; }
while [ $# -gt 0 ]; do
	case $1 in
	--root) [ $# -gt 1 ] || fail "--root names a folder" 2; root=${2%/} && shift ;;
	--remove) act=remove ;;
	--back) act=back ;;
	--older) older=yes ;;
	--purge) purge=yes ;;
	*) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
[ -z "$purge" ] || [ $act = remove ] || fail "--purge goes with --remove; nothing was done" 2
[ "$(id -u)" -eq 0 ] || fail "run it as root"
[ -z "$root" ] || [ -d "$root" ] || fail "$root is no folder"

program=$root/usr/local/bin/jard share=$root/usr/local/share/jard units=$root/etc/systemd/system
live() { [ -z "$root" ] && [ -d /run/systemd/system ]; } # systemd runs, and it is its machine

put() { # put MODE FILE TARGET: whole or not at all
	mkdir -p "$(dirname "$root$3")"
	install -m "$1" "$2" "$root$3.new" && mv -f "$root$3.new" "$root$3"
}

# A unit that somebody changed in place is kept beside the new one: changes belong into a file of their own.
unit() { # unit FILE TARGET FORMER: FORMER is what the last archive put there
	if [ -e "$root$2" ] && [ -e "$3" ] && ! cmp -s "$root$2" "$3"; then
		cp -p "$root$2" "$root$2.changed"
		echo "kept:      $root$2.changed, which somebody had changed; put changes into 'systemctl edit jard'"
	fi
	put 0644 "$1" "$2"
}

# With PostgreSQL any number of processes may run, each named by its port: jard@8081, jard@8082.
instances() {
	sed -e 's|^Description=.*|&, port %i|' -e 's|^StateDirectory=jard$|StateDirectory=jard-%i|' \
		-e 's|^WorkingDirectory=/var/lib/jard$|WorkingDirectory=/var/lib/jard-%i|' \
		-e '/^EnvironmentFile=/i Environment=JARD_LISTEN=127.0.0.1:%i' "$1"
}

case $act in
remove)
	for link in "$units"/multi-user.target.wants/jard.service "$units"/multi-user.target.wants/jard@*.service; do
		[ -L "$link" ] || continue
		if live; then systemctl disable --now "$(basename "$link")" || true; fi
		rm -f "$link"
	done
	if live; then systemctl stop jard 'jard@*' 2>/dev/null || true; fi
	rm -f "$program" "$program.previous" "$root/usr/local/sbin/jardctl" "$units/jard.service" "$units/jard@.service" \
		"$root/usr/lib/sysusers.d/jard.conf" "$root/usr/lib/tmpfiles.d/jard.conf"
	rm -rf "$share"
	if live; then systemctl daemon-reload; fi
	if [ -n "$purge" ]; then
		rm -rf "$root/etc/jard" "$root/var/lib/jard" "$root"/var/lib/jard-[0-9]* # jard-agent is another's
		if [ -z "$root" ]; then userdel jard 2>/dev/null || true; fi
		echo "Jard is removed, its settings and data too. Backups stay in $root/var/backups/jard."
	else
		echo "Jard is removed. Settings stay in $root/etc/jard, data in $root/var/lib/jard, backups in $root/var/backups/jard."
	fi
	exit 0
	;;
back)
	[ -x "$program.previous" ] || fail "there is no former program"
	echo "from: $("$program" version)"
	cp -p "$program.previous" "$program.new" && mv -f "$program.new" "$program"
	echo "to:   $("$program" version)"
	echo "Now: jardctl check && systemctl restart jard"
	exit 0
	;;
esac

for needed in bin/jard deploy/systemd/jard.service deploy/systemd/jard.sysusers deploy/systemd/jard.tmpfiles deploy/systemd/jardctl deploy/systemd/jard.yaml \
	etc/jard.yaml docs share/pilot LICENSE THIRD-PARTY.txt sbom.cdx.json CHANGELOG.md; do
	[ -e "$here/$needed" ] || fail "$needed is missing; unpack the whole archive and run this file inside it"
done
command -v systemd-sysusers >/dev/null || fail "systemd-sysusers is not on this machine; Jard runs under systemd 252 or later, or in a container (docs/install.md, D)"
"$here/bin/jard" version >/dev/null 2>&1 ||
	fail "the program does not run here; is this archive for another processor ($(uname -m)), or may nothing be run from $here (noexec)?"

# An older program on newer tables is a way back, and no update: it has to be meant.
new=$("$here/bin/jard" version) old=$("$program" version 2>/dev/null || true)
newest() { printf '%s\n' "$@" | sed 's/-\([a-z]\)/~\1/' | sort -V | tail -n 1; } # v1.0.0-rc1 comes before v1.0.0
case "$old $new" in
"jard v"[0-9]*" jard v"[0-9]*)
	if [ "$old" != "$new" ] && [ "$(newest "$old" "$new")" = "$(newest "$old")" ] && [ -z "$older" ]; then
		fail "$old is installed, and this archive is the older $new; nothing was done. --back puts back what the last update replaced, --older installs this one (docs/upgrade.md)"
	fi
	;;
esac
trap '[ $? -eq 0 ] || echo "install.sh: stopped half way; mend what is said above and run it again" >&2' EXIT

# The account, then the folders that are its own, and last what uses them.
put 0644 "$here/deploy/systemd/jard.sysusers" /usr/lib/sysusers.d/jard.conf
put 0644 "$here/deploy/systemd/jard.tmpfiles" /usr/lib/tmpfiles.d/jard.conf
mkdir -p "$root/etc/jard/credentials" "$root/var/lib/jard" "$root/var/backups/jard"
systemd-sysusers ${root:+--root="$root"} jard.conf
account=$(awk -F: '$1 == "jard" { print $3 ":" $4 }' "$root/etc/passwd")
[ -n "$account" ] || fail "the account jard was not made"
chown "0:${account#*:}" "$root/etc/jard" && chmod 0750 "$root/etc/jard"
chown 0:0 "$root/etc/jard/credentials" && chmod 0700 "$root/etc/jard/credentials"
chown "$account" "$root/var/lib/jard" "$root/var/backups/jard" && chmod 0700 "$root/var/lib/jard" "$root/var/backups/jard"
put 0644 "$here/etc/jard.yaml" /etc/jard/jard.example.yaml
if [ ! -e "$root/etc/jard/jard.yaml" ]; then
	put 0640 "$here/deploy/systemd/jard.yaml" /etc/jard/jard.yaml
	chown "0:${account#*:}" "$root/etc/jard/jard.yaml"
	fresh=yes
fi

made=$(mktemp)
instances "$here/deploy/systemd/jard.service" >"$made"
unit "$here/deploy/systemd/jard.service" /etc/systemd/system/jard.service "$share/deploy/systemd/jard.service"
put 0644 "$made" /etc/systemd/system/jard@.service
rm -f "$made"
rm -rf "$share.new" && mkdir -p "$share.new"
cp -R "$here/docs" "$here/deploy" "$here/share/pilot" "$here/LICENSE" "$here/THIRD-PARTY.txt" "$here/sbom.cdx.json" "$here/CHANGELOG.md" "$share.new/"
rm -rf "$share" && mv "$share.new" "$share"
put 0755 "$here/deploy/systemd/jardctl" /usr/local/sbin/jardctl
if [ -x "$program" ] && ! cmp -s "$program" "$here/bin/jard"; then
	cp -p "$program" "$program.previous.new" && mv -f "$program.previous.new" "$program.previous"
	echo "replaced:  $old (kept as $program.previous)"
fi
put 0755 "$here/bin/jard" /usr/local/bin/jard
if live; then systemctl daemon-reload; fi

echo "installed: $new"
if [ -n "${fresh:-}" ]; then
	echo "Now:  1. edit $root/etc/jard/jard.yaml      2. jardctl check      3. systemctl enable --now jard"
else
	echo "Now:  1. jardctl check                      2. systemctl restart jard, and each jard@PORT there is, one after the other"
fi
