#!/bin/sh
# Makes the release of this commit twice, from two copies of the sources in folders of
# different names and with caches of their own, and compares every byte.
#
#   scripts/reproduce.sh [ARCH…]     amd64 unless named
set -eu
[ $# -gt 0 ] || set -- amd64
commit=$(git rev-parse HEAD)
top=$(git rev-parse --show-toplevel)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
for copy in one another-place/two; do
	git clone -q --no-checkout "$top" "$scratch/$copy"
	git -C "$scratch/$copy" checkout -q "$commit"
	(
		cd "$scratch/$copy"
		GOCACHE=$scratch/cache-$(basename "$copy")
		export GOCACHE
		npm ci --no-audit --no-fund --silent
		node web/assets/build.mjs >/dev/null
		TZ=$([ "$copy" = one ] && echo UTC || echo Asia/Tokyo)
		export TZ
		scripts/dist.sh reproduced "$@" >/dev/null
	)
done
(cd "$scratch" && cmp one/build/dist/SHA256SUMS another-place/two/build/dist/SHA256SUMS)
cat "$scratch/one/build/dist/SHA256SUMS"
echo "both alike"
