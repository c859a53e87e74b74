package backup

import "time"

// Run is one timed backup, and how it ended.
type Run struct {
	ID       int64
	BeganAt  time.Time
	EndedAt  *time.Time // nil: it runs, or its process died
	Process  string     // where it ran
	Name     string     // of the file; empty: there is none
	Bytes    int64
	RowCount int64
	Failed   string // why; empty: it did not
}

// TableName is where runs are kept.
func (Run) TableName() string { return "backup_runs" }

// Good tells whether a backup came of it.
func (r Run) Good() bool { return r.EndedAt != nil && r.Failed == "" }

// patience is how long a backup may take before it counts as one whose process
// died: nothing else tells of it until the next one begins.
const patience = 24 * time.Hour

// Running tells whether it is under way, as far as anybody knows.
func (r Run) Running(now time.Time) bool {
	return r.ID != 0 && r.EndedAt == nil && now.Sub(r.BeganAt).Abs() < patience
}

// Standing is how the timed backups of an installation stand.
type Standing struct {
	Last Run // the newest that was begun; without an ID there was none
	Good Run // the newest that is good, likewise
}

// Overdue tells whether the newest good backup is too old, where there should
// be one every so often; one that was never made is, and one that a clock dated
// as far ahead. It is given half as long again, so that one that takes long is
// no alarm.
func (s Standing) Overdue(now time.Time, every time.Duration) bool {
	return s.Good.ID == 0 || now.Sub(s.Good.BeganAt).Abs() > every+every/2
}
