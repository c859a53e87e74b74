package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	databaseReconnects = desc("jard_database_reconnects_total", "How often this process found its database again after it was away.")
	databaseListening  = desc("jard_database_listening", "Whether the database tells this process what others change (1), or it looks every second (0).")
	databaseAgain      = desc("jard_database_retries_total", "What this process asked its database again, by why.", "reason")
	databaseOutages    = desc("jard_database_outages_total", "What could not be asked because the database went away, by what is known of it: lost (nothing kept), unknown, read_only.", "reason")
)

// Database shows what this process met with its database, where that is a
// server of its own.
type Database struct {
	Numbers func() (reconnects int64, listening bool, again, outages map[string]int64)
}

// Describe tells which series there are.
func (*Database) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{databaseReconnects, databaseListening, databaseAgain, databaseOutages} {
		out <- d
	}
}

// Collect tells them.
func (d *Database) Collect(out chan<- prometheus.Metric) {
	reconnects, listening, again, outages := d.Numbers()
	out <- counter(databaseReconnects, reconnects)
	is := 0.0
	if listening {
		is = 1
	}
	out <- gauge(databaseListening, is)
	for reason, n := range again {
		out <- counter(databaseAgain, n, reason)
	}
	for reason, n := range outages {
		out <- counter(databaseOutages, n, reason)
	}
}
