#!/bin/sh
# Runs a command under a heading and says how long it took.
#
#   scripts/section.sh "Formatting" gofumpt -l .
set -eu
title=$1
shift
printf '\n==> %s\n' "$title"
start=$(date +%s)
if "$@"; then
	printf '    done in %s s\n' "$(($(date +%s) - start))"
else
	status=$?
	printf '    FAILED after %s s: %s\n' "$(($(date +%s) - start))" "$title" >&2
	exit $status
fi
