#!/bin/sh
# Signs build/dist/SHA256SUMS with the release key, which lives outside of the sources (on a
# hardware token, or a file only the maintainer can read), and checks the signature as
# whoever downloads a release does.
#
#   ssh-keygen -t ed25519 -f ~/jard-release -C releases@jard    # once; keep the private half offline
#   scripts/sign.sh ~/jard-release [build/dist]
#
# It needs no more than ssh-keygen and sha256sum: a machine that is never connected can do it,
# with this file and build/dist carried there and SHA256SUMS.sig carried back.
set -eu
key=${1:?usage: sign.sh KEY}
dist=${2:-build/dist}
who=releases@jard space=jard-release
top=$(git rev-parse --show-toplevel 2>/dev/null || echo /dev/null) # no sources here: none to keep it out of
real=$(cd "$(dirname "$key")" && pwd -P)/$(basename "$key")
case $real in
"$top"/*) echo "sign.sh: $key lies in the sources; keep it elsewhere" >&2 && exit 1 ;;
esac
[ -f "$dist/SHA256SUMS" ] || { echo "sign.sh: $dist/SHA256SUMS is missing; make dist" >&2; exit 1; }
(cd "$dist" && sha256sum --check --quiet SHA256SUMS)
rm -f "$dist/SHA256SUMS.sig"
ssh-keygen -Y sign -q -f "$key" -n "$space" "$dist/SHA256SUMS"
public=$key
[ -f "$key.pub" ] && public=$key.pub
printf '%s namespaces="%s" %s\n' "$who" "$space" "$(cut -d' ' -f1,2 "$public")" >"$dist/allowed_signers"
ssh-keygen -Y verify -q -f "$dist/allowed_signers" -I "$who" -n "$space" -s "$dist/SHA256SUMS.sig" <"$dist/SHA256SUMS"
echo "signed: $dist/SHA256SUMS.sig"
echo "Publish allowed_signers where people already trust you (not only beside the files):"
cat "$dist/allowed_signers"
