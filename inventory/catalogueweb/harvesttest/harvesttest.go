// Package harvesttest holds the harvesters that read the catalogue, written
// from what each was seen to ask, and the portal behind each: what it creates,
// changes and deletes given what it has read. Tests run them against a real
// server; the program never does.
//
// A harvester is faithful where it is careless, too: CKAN's looks at no status
// code, older Python hands over a body that was cut short, none of them tries a
// failed request again. What a portal ends with in spite of that is what counts.
package harvesttest

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Dataset is an entry of the public register, as far as portals tell of it.
type Dataset struct {
	ID       string // UUID
	Ref      string
	Name     string // slug
	Title    string // what a portal in French shows
	Modified string // as CKAN writes it
}

// Source is where a portal's operator points a harvester at.
type Source struct {
	Base string // the address of the catalogue, without a slash at its end
	Via  Via
}

// Harvester is a portal with one source.
type Harvester struct {
	Name   string
	Portal *Portal

	keyOf  func(Dataset) string // what the portal knows a dataset by
	gather func(context.Context, *Job) error
	source Source
	dated  bool // the portal keeps metadata_modified
	keeps  bool // the portal deletes nothing
	waits  bool // the portal deletes after days of grace
	window bool // it asks for what has changed since its last good job
}

// Job is one run of a harvester. Err is why it read no further; what the
// portal refused stands in Rejected.
type Job struct {
	Began    time.Time
	Err      error
	Requests int
	Read     int // datasets, also those that had not changed
	Stubs    int // datasets first heard of as deleted
	Created  []string
	Updated  []string
	Deleted  []string
	Rejected map[string]string

	source   Source
	previous *Job // the last one without an error
}

// Good tells whether a portal calls the job free of errors.
func (j *Job) Good() bool { return j.Err == nil && len(j.Rejected) == 0 }

func (j *Job) String() string {
	return fmt.Sprintf("%d requests, %d read, %d created, %d updated, %d deleted, %d rejected, error: %v",
		j.Requests, j.Read, len(j.Created), len(j.Updated), len(j.Deleted), len(j.Rejected), j.Err)
}

func (j *Job) reject(key, format string, args ...any) {
	j.Rejected[key] = fmt.Sprintf(format, args...)
}

// Run harvests once, at now by the portal's clock.
func (h *Harvester) Run(ctx context.Context, now time.Time) *Job {
	j := &Job{Began: now.UTC(), Rejected: map[string]string{}, source: h.source}
	for _, before := range slices.Backward(h.Portal.Jobs) {
		if before.Good() {
			j.previous = before
			break
		}
	}
	h.source.Via.Close() // nobody keeps connections from one job to the next
	j.Err = h.gather(ctx, j)
	h.Portal.Jobs = append(h.Portal.Jobs, j)
	return j
}

// Alive returns what the portal shows, by the key it knows datasets by.
func (h *Harvester) Alive() map[string]*Package {
	alive := map[string]*Package{}
	for key, p := range h.Portal.packages {
		if p.State == active {
			alive[key] = p
		}
	}
	return alive
}

// Incremental tells whether it asks for what has changed since its last good
// job alone.
func (h *Harvester) Incremental() bool { return h.window }

// Deletes tells whether the portal ever deletes by itself what it no longer
// reads.
func (h *Harvester) Deletes() bool { return !h.keeps }

// Differs compares what the portal shows with the register and tells each
// difference, at most twenty of them.
func (h *Harvester) Differs(register []Dataset) []string {
	var out []string
	alive := h.Alive()
	for _, d := range register {
		p, ok := alive[h.keyOf(d)]
		switch {
		case !ok:
			out = append(out, d.Ref+" is not on the portal")
		case p.Title != d.Title:
			out = append(out, fmt.Sprintf("%s is called %q there; want %q", d.Ref, p.Title, d.Title))
		case h.dated && p.Modified != d.Modified:
			out = append(out, fmt.Sprintf("%s changed at %s there; want %s", d.Ref, p.Modified, d.Modified))
		}
		delete(alive, h.keyOf(d))
	}
	for key := range alive {
		out = append(out, key+" is on the portal and not in the register")
	}
	if slices.Sort(out); len(out) > 20 {
		out = append(out[:20], fmt.Sprintf("and %d more", len(out)-20))
	}
	return out
}

// Key is what the portal knows the dataset by.
func (h *Harvester) Key(d Dataset) string { return h.keyOf(d) }

// Shows tells whether the portal shows the dataset.
func (h *Harvester) Shows(d Dataset) bool {
	p, ok := h.Portal.packages[h.keyOf(d)]
	return ok && p.State == active
}

// Forget takes a dataset off the portal by hand, as its operator must where
// the harvester cannot.
func (h *Harvester) Forget(d Dataset) {
	if p, ok := h.Portal.packages[h.keyOf(d)]; ok {
		p.State = deleted
	}
}

// Next is when the portal runs the job after its last: at now, and those that
// wait before they delete once a day, or after all their days of grace when
// patient.
func (h *Harvester) Next(now time.Time, patient bool) time.Time {
	if !h.waits || len(h.Portal.Jobs) == 0 {
		return now
	}
	step := 24 * time.Hour
	if patient {
		step += grace + step
	}
	return h.Portal.Jobs[len(h.Portal.Jobs)-1].Began.Add(step)
}

// All are the harvesters by what makes one with an empty portal.
func All() []func(Source) *Harvester {
	return []func(Source) *Harvester{
		CKAN,
		func(s Source) *Harvester { return DCATRDF(s, "/catalog.ttl", "fr") },
		func(s Source) *Harvester { return DCATRDF(s, "/catalog.rdf", "fr") },
		DCATJSON, UdataDCAT, UdataCKAN, PiveauRDF, PiveauCKAN, PiveauCKANSince, GSA,
	}
}
