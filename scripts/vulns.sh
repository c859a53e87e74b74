#!/bin/sh
# Looks for known faults in what the program is built of and calls, against a
# copy of the Go vulnerability database in a folder (DB): nothing is asked of
# the network. Use: scripts/vulns.sh FOLDER [PACKAGES]
set -eu
db=${1:-}
packages=${2:-./...}
go=${GO:-go}
if [ -z "$db" ]; then
	cat >&2 <<'END'
No database was named, so NOTHING was checked. Where the network may be asked,
fetch https://vuln.go.dev/vulndb.zip, unpack it, carry the folder here, and say

    make vulns DB=/where/it/is

END
	exit 2
fi
if [ ! -f "$db/index/modules.json" ] || [ ! -d "$db/ID" ]; then
	echo "$db holds no Go vulnerability database (index/modules.json and ID/ are wanted), so NOTHING was checked." >&2
	exit 2
fi
db=$(cd "$db" && pwd)
echo "database of $(sed -n 's/.*"modified" *: *"\([^"]*\)".*/\1/p' "$db/index/db.json" 2>/dev/null || echo unknown)"
exec "$go" tool -modfile=tools/go.mod govulncheck -db "file://$db" "$packages"
