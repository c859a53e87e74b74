# syntax=docker/dockerfile:1
# The image holds the program, root certificates, and nothing else: no shell,
# no package manager, nobody to become.
#
# `make image` makes the same image without a container engine, byte for byte the
# same each time (docs/install.md). This file is for those who build in a pipeline
# of their own. Pin what it builds with by digest, as your registry tells it:
#   docker build --build-arg GO_IMAGE=golang:1.26.8-bookworm@sha256:… \
#     --build-arg NODE_IMAGE=node:22.12.0-bookworm-slim@sha256:… \
#     --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) \
#     --output type=docker,rewrite-timestamp=true …
ARG GO_IMAGE=golang:1.26.8-bookworm
ARG NODE_IMAGE=node:22.12.0-bookworm-slim

FROM ${NODE_IMAGE} AS assets
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./web
RUN node web/assets/build.mjs

FROM ${GO_IMAGE} AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/web/static/dist ./web/static/dist
ARG VERSION=unversioned
ARG SOURCE_DATE_EPOCH=0
# Static, and with its own time zone data: the image has no /usr/share/zoneinfo.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X main.version=${VERSION}" -o /out/jard ./cmd/jard \
 && mkdir -p /out/var/lib/jard /out/var/backups/jard /out/etc /out/tmp && chmod 0700 /out/var/lib/jard /out/var/backups/jard && chmod 1777 /out/tmp \
 && echo 'jard:x:65532:65532:Jard:/var/lib/jard:/nonexistent' >/out/etc/passwd && echo 'jard:x:65532:' >/out/etc/group \
 && chown -R 65532:65532 /out/var/lib/jard /out/var/backups/jard && find /out -exec touch -h -d "@${SOURCE_DATE_EPOCH}" {} +

FROM scratch
COPY --from=program /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=program /out/etc/passwd /out/etc/group /etc/
COPY --from=program /out/tmp /tmp
COPY --from=program /out/jard /jard
COPY --from=program --chown=65532:65532 /out/var/lib/jard /var/lib/jard
COPY --from=program --chown=65532:65532 /out/var/backups/jard /var/backups/jard
ARG VERSION=unversioned
LABEL org.opencontainers.image.title="Jard" \
      org.opencontainers.image.description="Register of public data and watch over public services" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later" \
      org.opencontainers.image.documentation="https://github.com/jard-odi/jard/blob/main/docs/install.md" \
      org.opencontainers.image.source="https://github.com/jard-odi/jard" \
      org.opencontainers.image.url="https://github.com/jard-odi/jard"
USER 65532:65532
# The embedded database of the default settings is var/jard.db in here.
WORKDIR /var/lib/jard
VOLUME /var/lib/jard
ENV JARD_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/jard", "check", "--ready"]
ENTRYPOINT ["/jard"]
CMD ["serve"]
