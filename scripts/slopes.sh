#!/bin/sh
# Runs the benchmarks that take a size at several sizes with the real code, and
# prints for every figure how it grows and what that makes of a million:
#
#   scripts/slopes.sh                  1,000 to 10,000, some ten minutes
#   SIZES="1000 10000 100000" scripts/slopes.sh
#
# A figure that grows as n^k has slope k: 0 does not grow, 1 grows as fast as
# what it counts. docs/scaling.md argues with them.
set -eu
cd "$(dirname "$0")/.."
SIZES=${SIZES:-"1000 3000 10000"}
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# measure TITLE VARIABLE PACKAGE BENCHMARK [BENCHTIME]
measure() {
	for size in $SIZES; do
		printf '%s, %s …\n' "$1" "$size" >&2
		env "$2=$size" go test "$3" -run '^$' -bench "$4" -benchtime "${5:-1x}" -timeout 60m |
			awk -v title="$1" -v size="$size" '
				/^Benchmark/ {
					name = $1
					sub(/^Benchmark[^\/]*\/?/, "", name); sub(/-[0-9]+$/, "", name); sub(/\/[0-9]+$/, "", name)
					for (i = 3; i < NF; i += 2)
						printf "%s\t%s\t%s\t%s\n", title (name == "" ? "" : " " name), size, $(i + 1), $i
				}' >>"$out"
	done
}

measure "snapshot" JARD_LARGE ./inventory/catalogueweb 'Snapshot100k'
measure "approval" JARD_LARGE ./inventory/catalogueweb 'Approval100k' 5x
measure "ledger" JARD_BENCH_ROWS ./inventory/inventorydb 'RollForward'
measure "search" JARD_BENCH_ROWS ./inventory/inventorydb 'BenchmarkSearch' 50x
measure "scrape" JARD_BENCH_CHECKS ./metrics 'Scrape/hand$' 5x
measure "ratios" JARD_BENCH_CHECKS ./monitor/monitordb 'TenThousandServices'
measure "start" JARD_BENCH_CHECKS ./cmd/jard 'BenchmarkStart'
measure "probing" JARD_BENCH_CHECKS ./monitor/watch 'BenchmarkRounds'

awk -F '\t' '
	$3 ~ /\/op$/ && $3 !~ /^ns/ { next } # allocations
	$4 > 0 {
		key = $1 "\t" $3
		if (!(key in n)) order[++keys] = key
		x = log($2); y = log($4)
		n[key]++; sx[key] += x; sy[key] += y; sxx[key] += x * x; sxy[key] += x * y
		if ($2 >= size[key]) { size[key] = $2; value[key] = $4 }
	}
	END {
		printf "%-34s %-16s %10s %14s %7s %16s\n", "what", "unit", "largest n", "figure there", "slope", "at 1,000,000"
		for (i = 1; i <= keys; i++) {
			k = order[i]
			if (n[k] < 2) continue
			slope = (n[k] * sxy[k] - sx[k] * sy[k]) / (n[k] * sxx[k] - sx[k] ^ 2)
			split(k, part, "\t")
			printf "%-34s %-16s %10d %14.5g %7.2f %16.5g\n", part[1], part[2], size[k], value[k], slope, value[k] * (1000000 / size[k]) ^ slope
		}
	}' "$out"
