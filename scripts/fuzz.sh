#!/bin/sh
# Runs every fuzz target of the house for FUZZTIME, one after the other, with
# one worker each, and keeps a few of the smallest inputs that reached something new.
# Use: scripts/fuzz.sh [PATTERN of FOLDER:FuzzName]
# Inputs are made smaller a hundred steps long: without a bound one worker does little else.
set -u
time=${FUZZTIME:-10m}
keep=${FUZZKEEP:-6}
pattern=${1:-.}
go=${GO:-go}
module=$("$go" list -m)
cache=$("$go" env GOCACHE)/fuzz
failed=0 ran=0
for line in $(git grep -o 'func Fuzz[A-Za-z0-9_]*' -- '*_test.go' | sed 's|/*[^/:]*_test.go:func |:|' | sort -u | grep -e "$pattern"); do
	folder=${line%%:*}
	target=${line##*:}
	ran=$((ran + 1))
	printf '%s %s ' "$folder" "$target"
	log=$(mktemp)
	if "$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 100x -parallel 1 "./$folder" >"$log" 2>&1; then
		grep -o 'execs: [0-9]*' "$log" | tail -n 1
	elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
		echo "stopped at its time" # the go command takes a worker that is slow to stop for a failure
	else
		input=$(sed -n 's/.*Failing input written to //p' "$log")
		if [ -n "$input" ] && grep -q 'hung or terminated' "$log" && "$go" test -run "^$target\$/${input##*/}\$" "./$folder" >/dev/null 2>&1; then
			echo "its worker was stopped from outside; the input passes"
			rm -f "$folder/$input"
		else
			failed=$((failed + 1))
			echo FAILED
			tail -n 40 "$log"
		fi
	fi
	rm -f "$log"
	for input in $(find "$cache/$module/$folder/$target" -type f -size -2k -printf '%s %p\n' 2>/dev/null | sort -n | head -n "$keep" | cut -d' ' -f2); do
		mkdir -p "$folder/testdata/fuzz/$target"
		cp "$input" "$folder/testdata/fuzz/$target/"
	done
done
printf '%d targets, %d failed\n' "$ran" "$failed"
test "$failed" -eq 0
