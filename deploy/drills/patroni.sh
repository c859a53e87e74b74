#!/bin/sh
# Jard on a PostgreSQL that fails over: three PostgreSQL under Patroni with one
# etcd and HAProxy before them, three `jard serve` behind a small balancer, and
# clients that record and answer all the time. The lead is handed over as planned,
# and the leader is killed and frozen under load, again and again; afterwards
# everything acknowledged must be there once, and no service may be blamed for our
# outage.
#
#   apt-get install --no-install-recommends patroni etcd-server haproxy postgresql-15 python3-etcd python3-psycopg2
#   deploy/drills/patroni.sh [ROUNDS]        # 1: each fault once
#
# Everything runs on loopback in a scratch folder and ends with the script.
# PORT (18706) is the first of the ports that are used, eleven of them.
set -eu

rounds=${1:-1}
first=${PORT:-18706}
repo=$(cd "$(dirname "$0")/../.." && pwd)
for tool in patroni etcd haproxy; do
	command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin
	command -v "$tool" >/dev/null || { echo "$tool is missing: see the head of $0" >&2; exit 1; }
done
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
user=$(id -un)
as() { "$@"; }
if [ "$user" = root ]; then # PostgreSQL refuses to be root
	user=postgres
	as() { setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/tmp "$@"; }
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}"/jard-patroni-XXXXXX)
chmod 755 "$dir"
etcd_port=$((first + 4)) peer_port=$((first + 5)) front=$((first + 6))

# A process is ended by the number it wrote down, never by its name.
end() {
	[ -s "$1" ] || return 0
	pid=$(head -1 "$1")
	kill -CONT "$pid" 2>/dev/null || return 0
	kill "-$2" "$pid" 2>/dev/null || return 0
	tries=0
	while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -KILL "$pid" 2>/dev/null || true
}
cleanup() {
	for n in 0 1 2; do
		end "$dir/$n/patroni.pid" KILL
		end "$dir/$n/data/postmaster.pid" INT
	done
	end "$dir/haproxy.pid" KILL
	end "$dir/etcd.pid" KILL
	case ${records:-} in /dev/shm/jard-etcd-*) rm -rf "$records" ;; esac
	if [ "${KEEP:-}" = 1 ]; then echo "kept: $dir"; else rm -rf "$dir"; fi
}
trap cleanup EXIT
trap 'exit 1' INT TERM

start() { # FILE COMMAND…: in the background, as the user, its number in FILE
	file=$1
	shift
	as touch "${file%.pid}.log"
	as setsid sh -c 'echo $$ >"$0"; exec "$@"' "$file" "$@" >>"${file%.pid}.log" 2>&1 &
}

# Three nodes and their records share one machine here, busy with other things
# too: the records are kept in memory, so that no disk makes anybody lose the lead.
records=$dir/etcd
[ ! -w /dev/shm ] || records=$(mktemp -d /dev/shm/jard-etcd-XXXXXX)
chown "$user" "$records" 2>/dev/null || true
install -d -o "$user" "$dir/run"
chown "$user" "$dir"
start "$dir/etcd.pid" etcd --name drill --data-dir "$records/data" --heartbeat-interval 500 --election-timeout 5000 --listen-client-urls "http://127.0.0.1:$etcd_port" \
	--advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$peer_port" \
	--initial-advertise-peer-urls "http://127.0.0.1:$peer_port" --initial-cluster "drill=http://127.0.0.1:$peer_port"

direct=
for n in 0 1 2; do
	pg=$((first + 10 + n)) rest=$((first + 20 + n))
	install -d -o "$user" -m 755 "$dir/$n"
	cat >"$dir/$n/patroni.yml" <<YAML
scope: jard
name: node$n
restapi: {listen: "127.0.0.1:$rest", connect_address: "127.0.0.1:$rest"}
etcd3: {hosts: "127.0.0.1:$etcd_port"}
bootstrap:
  dcs:
    ttl: 30
    loop_wait: 3
    retry_timeout: 10
    maximum_lag_on_failover: 1048576
    primary_start_timeout: 0
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: {max_connections: 120, shared_buffers: 64MB, wal_level: replica, hot_standby: "on", wal_log_hints: "on",
        max_wal_senders: 8, max_replication_slots: 8, wal_keep_size: 256MB, wal_receiver_timeout: 5s, wal_sender_timeout: 5s}
  initdb: [{encoding: UTF8}, {locale: C}, data-checksums]
postgresql:
  listen: "127.0.0.1:$pg"
  connect_address: "127.0.0.1:$pg"
  data_dir: $dir/$n/data
  bin_dir: $bin
  pgpass: $dir/$n/pgpass
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
  authentication:
    superuser: {username: postgres, password: drill}
    replication: {username: copy, password: drill}
    rewind: {username: postgres, password: drill}
  parameters: {unix_socket_directories: $dir/run}
YAML
	direct="$direct${direct:+,}127.0.0.1:$pg"
	start "$dir/$n/patroni.pid" patroni "$dir/$n/patroni.yml"
	[ $n -gt 0 ] || sleep 3 # the first one makes the records
done

{
	cat <<CFG
global
  maxconn 1000
defaults
  mode tcp
  retries 1
  timeout connect 2s
  timeout client 30m
  timeout server 30m
  timeout check 1s
listen jard
  bind 127.0.0.1:$front
  option httpchk OPTIONS /primary
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
CFG
	for n in 0 1 2; do
		echo "  server node$n 127.0.0.1:$((first + 10 + n)) check port $((first + 20 + n))"
	done
} >"$dir/haproxy.cfg"
start "$dir/haproxy.pid" haproxy -db -f "$dir/haproxy.cfg"

super="postgres://postgres@127.0.0.1:$front/postgres?sslmode=disable"
tries=0
until "$bin/psql" -qXAt "$super" -c "SELECT 1" >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 120 ] || { tail -n 5 "$dir"/*.log "$dir"/*/*.log >&2; exit 1; }
	sleep 1
done
"$bin/psql" -qX "$super" -c "CREATE ROLE jard LOGIN" -c "CREATE DATABASE jard OWNER jard"

cd "$repo"
JARD_DRILL=$dir JARD_DRILL_AS=$user JARD_DRILL_ROUNDS=$rounds JARD_DRILL_REST=$((first + 20)) \
	JARD_DRILL_URL="postgres://jard@127.0.0.1:$front/jard?sslmode=disable" \
	JARD_DRILL_DIRECT="postgres://jard@$direct/jard?sslmode=disable" JARD_TEST_POSTGRES="$super" \
	go test -tags patroni -count=1 -timeout 60m -v -run TestPatroniDrill ./cmd/jard
