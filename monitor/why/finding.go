package why

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/stats"
)

// Scope says what a finding is about.
type Scope string

// The scopes.
const (
	OfService     Scope = "service"
	OfInstitution Scope = "institution" // its services and those of the bodies under it
)

// Finding is all that is known of why people are satisfied with a service, or
// with those of an institution. It is computed at night and kept: a page
// shows it and computes nothing.
type Finding struct {
	Scope    Scope          `json:"scope"`
	Slug     string         `json:"slug"`
	At       time.Time      `json:"at"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Services int            `json:"services"`
	Drivers  survey.Drivers `json:"drivers"`
	Shifts   []Shift        `json:"shifts"`
	Doses    []Dose         `json:"doses"`
	Themes   Themes         `json:"themes"`
}

// Compared is how many troubles were held against opinions.
func (f *Finding) Compared() int {
	n := 0
	for _, s := range f.Shifts {
		if s.Compared {
			n++
		}
	}
	return n
}

// Told are the changes that may be told, the largest first.
func (f *Finding) Told() []Shift {
	out := slices.DeleteFunc(slices.Clone(f.Shifts), func(s Shift) bool { return !s.Told })
	slices.SortStableFunc(out, func(a, b Shift) int {
		switch {
		case a.Change.Value < b.Change.Value:
			return -1
		case a.Change.Value > b.Change.Value:
			return 1
		}
		return 0
	})
	return out
}

// How far back is looked.
const (
	period      = 365 * 24 * time.Hour // drivers and changes
	themePeriod = 90 * 24 * time.Hour  // themes, and as long before for their trend
	MostNotes   = 3_000                // comments that are read, the newest
)

// Since is where what is looked at begins.
func Since(now time.Time) time.Time { return now.Add(-period) }

// NotesSince is where the comments that are read begin.
func NotesSince(now time.Time) time.Time { return now.Add(-2 * themePeriod) }

// Seen is what is known of one service.
type Seen struct {
	Service  string
	Opinions []survey.Opinion
	Troubles []Trouble
	Notes    []Note
}

// Find makes the finding of one service.
func Find(of Seen, themes *survey.Themes, now time.Time) Finding {
	f := Finding{Scope: OfService, Slug: of.Service, At: now, From: Since(now), To: now, Services: 1}
	opinions := survey.OneScale(of.Opinions)
	f.Drivers = survey.Drive(opinions, f.From, now, 0)
	if len(opinions) > 0 {
		f.Shifts = Shifts(of.Troubles, opinions, opinions[0].Levels, now)
	}
	f.Doses = Doses(f.Shifts, Outage)
	f.Themes = Sort(of.Notes, themes, now)
	return f
}

// FindTogether makes the finding of an institution from what was seen of its
// services and what was found of each. Drivers are those within services: that
// one service is liked better than another is no driver. What is told is
// corrected for the comparisons of all of them.
func FindTogether(slug string, seen []Seen, found []Finding, now time.Time) Finding {
	f := Finding{Scope: OfInstitution, Slug: slug, At: now, From: Since(now), To: now, Services: len(seen)}
	var all []survey.Opinion
	for _, one := range seen {
		for _, o := range survey.OneScale(one.Opinions) {
			o.Group = one.Service
			all = append(all, o)
		}
	}
	f.Drivers = survey.Drive(all, f.From, now, 0)
	for _, one := range found {
		for _, s := range one.Shifts {
			s.Service, s.Told = one.Slug, false
			f.Shifts = append(f.Shifts, s)
		}
		f.Themes.add(one.Themes)
	}
	Tell(f.Shifts)
	slices.SortStableFunc(f.Shifts, func(a, b Shift) int { return b.From.Compare(a.From) })
	f.Doses = Doses(f.Shifts, Outage)
	f.Themes.finish()
	return f
}

// Note is one comment, masked before it came here.
type Note struct {
	At   time.Time
	Text string
}

// Themes are what comments of 90 days speak of, and those of the 90 days before.
type Themes struct {
	N       int64          `json:"n"`       // comments
	NBefore int64          `json:"nbefore"` // of the stretch before
	Unknown stats.Estimate `json:"unknown"` // share that speaks of no theme we know
	None    int64          `json:"none"`    // that many
	List    []ThemeShare   `json:"list"`    // the most frequent first
}

// ThemeShare is one theme's share of the comments.
type ThemeShare struct {
	Code   string         `json:"code"`
	N      int64          `json:"n"`
	Before int64          `json:"before"`
	Share  stats.Estimate `json:"share"`
	Change stats.Estimate `json:"change"` // of the share, against the stretch before
	Moved  bool           `json:"moved"`  // more than chance among all themes
}

// LeastNotes is how many comments there must be before shares are shown: below
// that they would be about single persons.
const LeastNotes = 20

// Shown tells whether shares may be shown.
func (t *Themes) Shown() bool { return t.N >= LeastNotes }

// Sort counts what comments speak of. One comment may speak of several themes.
func Sort(notes []Note, themes *survey.Themes, now time.Time) Themes {
	var t Themes
	border, start := now.Add(-themePeriod), now.Add(-2*themePeriod)
	for _, theme := range themes.List {
		t.List = append(t.List, ThemeShare{Code: theme.Code})
	}
	for _, n := range notes {
		if n.At.Before(start) || n.At.After(now) {
			continue
		}
		codes := themes.Of(n.Text)
		before := n.At.Before(border)
		if before {
			t.NBefore++
		} else if t.N++; len(codes) == 0 {
			t.None++
		}
		for k := range t.List {
			switch {
			case !slices.Contains(codes, t.List[k].Code):
			case before:
				t.List[k].Before++
			default:
				t.List[k].N++
			}
		}
	}
	t.finish()
	return t
}

// add counts another's comments too; finish is to be called then.
func (t *Themes) add(other Themes) {
	t.N += other.N
	t.NBefore += other.NBefore
	t.None += other.None
	for _, o := range other.List {
		k := slices.IndexFunc(t.List, func(s ThemeShare) bool { return s.Code == o.Code })
		if k < 0 {
			t.List = append(t.List, ThemeShare{Code: o.Code, N: o.N, Before: o.Before})
			continue
		}
		t.List[k].N += o.N
		t.List[k].Before += o.Before
	}
}

// finish computes shares, intervals and what moved.
func (t *Themes) finish() {
	t.Unknown, _ = stats.Wilson(t.None, t.N)
	t.List = slices.DeleteFunc(t.List, func(s ThemeShare) bool { return s.N+s.Before == 0 })
	p := make([]float64, len(t.List))
	for k := range t.List {
		s := &t.List[k]
		s.Share, _ = stats.Wilson(s.N, t.N)
		s.Change, p[k] = stats.Estimate{}, 1
		if t.N >= LeastNotes && t.NBefore >= LeastNotes {
			s.Change, _ = stats.Newcombe(s.N, t.N, s.Before, t.NBefore)
			p[k] = stats.FromInterval(s.Change)
		}
	}
	for k, found := range stats.Discoveries(p, ChanceShare) {
		t.List[k].Moved = found && !t.List[k].Change.Holds(0)
	}
	slices.SortStableFunc(t.List, func(a, b ThemeShare) int { return int(b.N - a.N) })
}
