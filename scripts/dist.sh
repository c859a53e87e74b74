#!/bin/sh
# Makes what a release hands out, into build/dist: archives to install from, the container
# image, the lists of parts, and the sums of all of them. The same commit gives the same
# bytes on any machine with the same Go, Node.js and root certificates.
#
#   scripts/dist.sh VERSION [ARCH…]     amd64 and arm64 unless named
set -eu
version=${1:?usage: dist.sh VERSION [ARCH…]}
shift
[ $# -gt 0 ] || set -- amd64 arm64
go=${GO:-go}
certificates=${CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

case $version in
*[!A-Za-z0-9._-]*) echo "dist.sh: $version is no name of a version" >&2 && exit 2 ;;
esac
out=build/dist
rm -rf "$out" && mkdir -p "$out"
(cd deploy/ship && GOFLAGS='' "$go" build -trimpath -o ../../build/ship .)
binaries=
for arch in "$@"; do
	binary=build/jard-$arch
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch GOFLAGS='' "$go" build -trimpath -buildvcs=false \
		-ldflags "-s -w -X main.version=$version" -o "$binary" ./cmd/jard
	build/ship archive --version "$version" --arch "$arch" --binary "$binary" --out "$out/jard-$version-linux-$arch.tar.gz"
	build/ship sbom --version "$version" --binary "$binary" --out "$out/jard-$version-linux-$arch.cdx.json"
	binaries="$binaries --$arch $binary"
done
image() { # image FILE FLAGS…
	file=$out/$1 && shift
	build/ship image --version "$version" --revision "$(git rev-parse HEAD)" "$@" --certificates "$certificates" --out "$file"
}
# shellcheck disable=SC2086 # a list of flags
image "jard-$version-image.tar" $binaries
# docker load without the image store of containerd takes the first processor of a file, whatever its own is.
[ "$*" != "amd64 arm64" ] || image "jard-$version-image-arm64.tar" --arm64 build/jard-arm64
(cd "$out" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
