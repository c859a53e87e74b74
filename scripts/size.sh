#!/bin/sh
# Measures how much memory, processor and disk one `jard serve` takes, with the built program on
# both engines, and prints the table of docs/sizing.md:
#
#   scripts/size.sh                                   1,000 to 100,000 datasets, 100 to 10,000 checks; half an hour on a quiet machine
#   SIZES="200:20 1000:100" SECONDS_EACH=20 scripts/size.sh
#
# A size is datasets:checks. Checks are made each minute; five pages a second are read beside them.
set -eu
cd "$(dirname "$0")/.."
SIZES=${SIZES:-"1000:100 10000:100 10000:1000 100000:1000 100000:10000"}
JARD_SIZE_SECONDS=${SECONDS_EACH:-120}
JARD_BINARY=${JARD_BINARY:-$PWD/build/jard}
export JARD_SIZE_SECONDS JARD_BINARY
[ -x "$JARD_BINARY" ] || { echo "size.sh: $JARD_BINARY is no program; make build" >&2; exit 1; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
go test -c -o "$out/bench" ./cmd/jard
for size in $SIZES; do
	printf '%s datasets, %s checks …\n' "${size%:*}" "${size#*:}" >&2
	# From the folder of the package, as go test does: tests read files beside it.
	(cd cmd/jard && JARD_SIZE_DATASETS=${size%:*} JARD_SIZE_CHECKS=${size#*:} \
		"$out/bench" -test.run '^$' -test.bench '^BenchmarkSize$' -test.benchtime 1x -test.timeout 2h) >"$out/one" || { cat "$out/one" >&2; exit 1; }
	cat "$out/one" >>"$out/all"
done
echo "Measured with \`scripts/size.sh\`: $("$JARD_BINARY" version), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg) at the end, $JARD_SIZE_SECONDS s each."
echo
awk -v seconds="$JARD_SIZE_SECONDS" '
	function n(x) { # 100000 is 100,000
		while (match(x, /[0-9][0-9][0-9][0-9]($|,)/)) x = substr(x, 1, RSTART) "," substr(x, RSTART + 1)
		return x
	}
	BEGIN {
		print "| datasets | checks a minute | engine | memory, and at most | processor | database | until ready / catalogue | page, p95 |"
		print "|---|---|---|---|---|---|---|---|"
	}
	/^BenchmarkSize\// {
		split($1, part, "/"); sub(/-[0-9]+$/, "", part[4])
		for (i = 3; i < NF; i += 2) value[$(i + 1)] = $i
		printf "| %s | %s | %s | %.0f MB, %.0f MB | %.0f %% of one | %.0f MB | %.1f / %.0f s | %.0f ms |\n", n(part[3]), n(part[4]),
			part[2] == "sqlite" ? "SQLite" : "PostgreSQL", value["MB-resident"], value["MB-peak"], value["%-processor"], value["MB-database"],
			value["s-to-ready"], value["s-to-catalogue"], value["ms-page-p95"]
		if (seconds >= 60 && value["looks/s"] * 60 < part[4] * 0.95) late = 1 # less says nothing: each is looked at once a minute
	}
	END { if (late) print "\nSome checks were late: the machine was too busy, or too small." }' "$out/all"
