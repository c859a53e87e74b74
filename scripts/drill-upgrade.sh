#!/bin/sh
# A former version serves under load; this one brings its database up to date
# beside it, takes over, and goes away again, on SQLite and on PostgreSQL.
# Nobody may be refused and nothing acknowledged may be lost.
#
#   scripts/drill-upgrade.sh COMMIT|TAG
#
# SPELL (30) is how often each kind of work is done between two changes. QUERY
# is what the former version needs in the address of PostgreSQL: see
# docs/upgrade.md. Everything stands in a scratch folder and ends with the script.
set -eu
[ $# -eq 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
commit=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "$1 is no commit of this repository" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir "$work/src"
git archive "$commit" | tar -x -C "$work/src"
mkdir -p "$work/src/web/static/dist"
cp -a web/static/dist/. "$work/src/web/static/dist/" # of this version: nobody looks at it
(cd "$work/src" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$work/jard" ./cmd/jard)
echo "from $(git log -1 --format='%h of %ad, %s' --date=short "$commit"), schema $(ls "$work/src/migrations/postgres" | tail -1)"
JARD_FORMER=$work/jard JARD_FORMER_QUERY=${QUERY:-} JARD_SPELL=${SPELL:-30} \
	go test -count=1 -timeout 60m -v -run TestTheFormerVersionGoesOn ./cmd/jard
