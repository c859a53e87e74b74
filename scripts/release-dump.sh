#!/bin/sh
# Makes migrations/testdata/schema-NNNN.jardbackup: what the demo of an earlier
# version leaves in its database, thinned to some rows of each large table.
#
#   scripts/release-dump.sh COMMIT NNNN
#
# Needs sqlite3 and this version's program at build/jard.
set -eu
commit=$1 number=$2
here=$(pwd)
work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" 2>/dev/null; rm -rf "$work"' EXIT
git worktree add --detach "$work/tree" "$commit" >/dev/null
mkdir -p "$work/tree/web/static/dist" "$work/demo"
cp -a web/static/dist/. "$work/tree/web/static/dist/"
(cd "$work/tree" && go build -trimpath -o "$work/jard" ./cmd/jard)
TMPDIR="$work/demo" JARD_LISTEN=127.0.0.1:0 "$work/jard" demo >"$work/out" 2>&1 &
demo=$!
tries=0
until grep -q "is running" "$work/out" || [ $tries -gt 1500 ]; do sleep 0.2; tries=$((tries + 1)); done
sqlite3 "$(ls "$work"/demo/*/jard.db)" "VACUUM INTO '$work/thin.db'"
kill "$demo"
wait "$demo" || true
for table in $(sqlite3 "$work/thin.db" "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('readings','readings_before','check_hours','check_days','survey_answers','survey_sums','reading_packs','revisions','audit_lines','assess_facts','assess_past')"); do
    key=rowid
    sqlite3 "$work/thin.db" "SELECT rowid FROM $table LIMIT 1" >/dev/null 2>&1 || key=
    if [ -n "$key" ]; then
        sqlite3 "$work/thin.db" "DELETE FROM $table WHERE rowid NOT IN (SELECT rowid FROM $table ORDER BY rowid LIMIT 200)"
    else
        sqlite3 "$work/thin.db" "DELETE FROM $table WHERE check_id > 2" 2>/dev/null || true # another key: it stays whole
    fi
done
JARD_DATABASE_URL="sqlite:$work/thin.db" "$here/build/jard" backup --force "$here/migrations/testdata/schema-$number.jardbackup" 2>/dev/null
