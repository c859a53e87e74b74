#!/bin/sh
# Makes the secrets of compose.yaml, each in a file of its own, unless they are there. Run it
# once, before the first start: the database keeps its password from then on.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
make() {
	if [ -s "secrets/$1" ]; then
		echo "kept:  secrets/$1"
	else
		printf '%s\n' "$2" >"secrets/$1"
		echo "made:  secrets/$1"
	fi
}
make postgres_password "$(word)"
make database_url "postgres://jard:$(cat secrets/postgres_password)@postgres:5432/jard?sslmode=disable"
make metrics_token "$(word)"
make grafana_password "$(word)"
# Compose hands a file on with its own owner: Jard runs as 65532, Grafana as 472, Prometheus
# as 65534, and each must be able to read. The folder keeps everybody else out.
chmod 0700 secrets
chmod 0444 secrets/*
