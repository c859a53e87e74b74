#!/bin/sh
# Prints what Prometheus and Grafana need of deploy/prometheus and deploy/grafana, for clusters
# with the Prometheus operator and Grafana's sidecar for dashboards:
#   deploy/kubernetes/prometheus/rules.sh [NAMESPACE] | kubectl apply -f -
set -eu
space=${1:-jard}
cd "$(dirname "$0")/../.."
for file in prometheus/recording.yml prometheus/alerts.yml; do
	name=$(basename "$file" .yml)
	printf -- '---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: jard-%s\n  namespace: %s\nspec:\n' "$name" "$space"
	sed 's/^/  /' "$file"
done
for file in grafana/dashboards/*.json; do
	name=$(basename "$file" .json)
	printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: jard-dashboard-%s\n  namespace: %s\n  labels:\n    grafana_dashboard: "1"\ndata:\n  jard-%s.json: |\n' "$name" "$space" "$name"
	sed 's/^/    /' "$file"
done
