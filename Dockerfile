# syntax=docker/dockerfile:1
# The image holds the program, root certificates, and nothing else: no shell,
# no package manager, nobody to become.

FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./web
RUN node web/assets/build.mjs

FROM golang:1.26-bookworm AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/web/static/dist ./web/static/dist
ARG VERSION=unversioned
# Static, and with its own time zone data: the image has no /usr/share/zoneinfo.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X main.version=${VERSION}" -o /out/jard ./cmd/jard \
 && mkdir -p /out/var/lib/jard && chown -R 65532:65532 /out/var/lib/jard

FROM scratch
COPY --from=program /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=program /out/jard /jard
COPY --from=program --chown=65532:65532 /out/var/lib/jard /var/lib/jard
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
