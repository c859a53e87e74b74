#!/bin/sh
# Sees that what the tests need is here, and installs what is missing through
# apt when it may. What it may not install it names, all of it at once.
#
#   scripts/need.sh            everything that make test needs
#   scripts/need.sh node go    only these
set -eu

# Each need, the command that shows it is there, and Debian's package for it.
found() {
	case $1 in
	go) command -v go ;;
	node) command -v node && command -v npm ;;
	gcc) command -v gcc || command -v cc || command -v clang ;; # for the race detector only
	postgresql) ls /usr/lib/postgresql/*/bin/initdb || command -v initdb || [ -n "${JARD_TEST_POSTGRES:-}" ] ;;
	chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
	rdflib) rdflib_python ;;
	promtool) command -v promtool ;;
	blackbox) command -v prometheus-blackbox-exporter || command -v blackbox_exporter ;;
	nginx) PATH=$PATH:/usr/sbin command -v nginx ;;
	haproxy) PATH=$PATH:/usr/sbin command -v haproxy ;;
	systemd) command -v systemd-analyze ;;
	*) echo "need.sh: $1 is not known" >&2 && exit 2 ;;
	esac >/dev/null 2>&1
}

# A python3 that can import rdflib: Debian installs it for its own, which need
# not be the first on the path.
rdflib_python() {
	for python in python3 /usr/bin/python3; do
		"$python" -c 'import rdflib' && return
	done
	return 1
}

package() {
	case $1 in
	go) echo golang ;;
	node) echo nodejs npm ;;
	gcc) echo gcc libc6-dev ;;
	postgresql) echo postgresql ;;
	chromium) echo chromium ;;
	rdflib) echo python3-rdflib ;;
	promtool) echo prometheus ;;
	blackbox) echo prometheus-blackbox-exporter ;;
	nginx) echo nginx-light ;;
	haproxy) echo haproxy ;;
	systemd) echo systemd ;;
	esac
}

# root runs a command as root, without ever asking for a password.
root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

may_install() {
	command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

missing() {
	for need in "$@"; do
		found "$need" || printf '%s ' "$need"
	done
}

[ $# -gt 0 ] || set -- go node gcc postgresql chromium rdflib promtool blackbox nginx haproxy systemd
lacking=$(missing "$@")

# Go and Node are never installed by this script: Debian's are older than what is asked for.
packages=
for need in $lacking; do
	case $need in
	go | node) ;;
	*) packages="$packages $(package "$need")" ;;
	esac
done
if [ -n "$packages" ] && may_install; then
	echo "installing$packages"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of packages
	{ root apt-get update -qq && root apt-get install -y -qq --no-install-recommends $packages; } >/dev/null
	lacking=$(missing "$@")
fi

# Without these some tests are left out, and say so; nothing else fails.
for need in $lacking; do
	case $need in
	promtool | blackbox | nginx | haproxy | systemd) echo "Without $need some tests are left out: apt-get install $(package "$need")" >&2 ;;
	esac
done
lacking=$(printf '%s\n' $lacking | grep -vx -e promtool -e blackbox -e nginx -e haproxy -e systemd || true)

[ -z "$lacking" ] && exit 0
echo "Missing on this machine: $lacking" >&2
for need in $lacking; do
	case $need in
	go) echo "  go          1.26 or newer, from https://go.dev/dl" >&2 ;;
	node) echo "  node        20 or newer with npm, from https://nodejs.org or your distribution" >&2 ;;
	*) printf '  %-11s apt-get install %s\n' "$need" "$(package "$need")" >&2 ;;
	esac
done
exit 1
