package assess

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// formula is the version of the way from facts to a score. It changes when
// the same facts under the same set would give another score.
const formula = 1

// EditionState is how far an edition is.
type EditionState string

// The states of an edition.
const (
	Draft  EditionState = "draft"  // shown to owners, who may reply
	Frozen EditionState = "frozen" // published; never changed again
)

// repliesAtLeast is how long owners have to reply.
const repliesAtLeast = 7 * 24 * time.Hour

// Edition is the assessment of a quarter.
type Edition struct {
	Quarter      string `gorm:"primaryKey"` // 2026-Q3
	Set          string
	Version      int
	Formula      int
	Since        time.Time // the quarter
	Until        time.Time
	JudgedAt     time.Time // the moment at which facts hold or have expired
	State        EditionState
	DraftedAt    time.Time
	DraftedBy    string
	RepliesUntil time.Time
	FrozenAt     *time.Time
	FrozenBy     string
	Hash         string // SHA-256, hexadecimal; of a frozen one
	Revision     int64
}

// TableName names the table.
func (Edition) TableName() string { return "assess_editions" }

// Entry is one service in an edition.
type Entry struct {
	Service     string  `json:"service"`
	Institution string  `json:"institution"`
	Volume      float64 `json:"volume"`
	Facts       []Fact  `json:"facts"` // by measure
	Score       Score   `json:"score"`
}

// Reply is what an owner says of a draft, with what was answered.
type Reply struct {
	ID          int64      `gorm:"primaryKey" json:"-"`
	Quarter     string     `json:"-"`
	Service     string     `json:"service"`
	Institution string     `json:"institution"`
	At          time.Time  `json:"at"`
	By          string     `json:"-"`
	Text        string     `json:"text"`
	Answer      string     `json:"answer"`
	AnsweredAt  *time.Time `json:"-"`
	AnsweredBy  string     `json:"-"`
}

// TableName names the table.
func (Reply) TableName() string { return "assess_replies" }

// Quarter is the name of the quarter that t lies in, and the quarter itself.
func Quarter(t time.Time, zone *time.Location) (name string, from, to time.Time) {
	t = t.In(zone)
	const months = 3
	q := (int(t.Month()) - 1) / months
	from = time.Date(t.Year(), time.Month(q*months+1), 1, 0, 0, 0, 0, zone)
	return fmt.Sprintf("%04d-Q%d", t.Year(), q+1), from, from.AddDate(0, months, 0)
}

// ParseQuarter reads "2026-Q3".
func ParseQuarter(name string, zone *time.Location) (from, to time.Time, ok bool) {
	var year, q int
	if n, err := fmt.Sscanf(name, "%4d-Q%1d", &year, &q); n != 2 || err != nil || year < 2000 || q < 1 || q > 4 {
		return from, to, false
	}
	const months = 3
	again, from, to := Quarter(time.Date(year, time.Month((q-1)*months+1), 1, 0, 0, 0, 0, zone), zone)
	return from, to, again == name
}

// DraftEdition begins the edition of a quarter that has ended.
func DraftEdition(by identity.Actor, now time.Time, set *Set, quarter string, repliesUntil time.Time, zone *time.Location) (Edition, error) {
	if err := by.Must(identity.JudgeAssessment, ""); err != nil {
		return Edition{}, err
	}
	from, to, ok := ParseQuarter(quarter, zone)
	var faults []error
	switch {
	case !ok:
		faults = append(faults, fault.At("quarter", "assess.edition.quarter", quarter))
	case now.Before(to):
		faults = append(faults, fault.At("quarter", "assess.edition.running", quarter))
	}
	if repliesUntil.Before(now.Add(repliesAtLeast)) || repliesUntil.After(now.AddDate(0, 6, 0)) {
		faults = append(faults, fault.At("replies_until", "assess.edition.replies_until", int(repliesAtLeast.Hours()/24)))
	}
	if err := errors.Join(faults...); err != nil {
		return Edition{}, err
	}
	return Edition{
		Quarter: quarter, Set: set.Name, Version: set.Version, Formula: formula, Since: from.UTC(), Until: to.UTC(), JudgedAt: now, State: Draft,
		DraftedAt: now, DraftedBy: by.Account, RepliesUntil: repliesUntil.UTC(),
	}, nil
}

// Judge gives each service of the edition its score from its facts.
func (e *Edition) Judge(set *Set, entries []Entry) []Entry {
	facts := make(map[string]Facts, len(entries))
	for _, one := range entries {
		known := Facts{}
		for _, f := range one.Facts {
			known[f.Measure] = f
		}
		facts[one.Service] = known
	}
	scores := set.ScoreAll(facts, e.JudgedAt)
	out := slices.Clone(entries)
	for n := range out {
		out[n].Score = scores[out[n].Service]
	}
	return out
}

// May tells by a fault whether the draft may still change, and by whom.
func (e *Edition) May(by identity.Actor) error {
	if err := by.Must(identity.JudgeAssessment, ""); err != nil {
		return err
	}
	if e.State != Draft {
		return fault.New(fault.Conflict, "assess.edition.frozen", e.Quarter)
	}
	return nil
}

// NewReply is an owner's reply to a draft.
func (e *Edition) NewReply(by identity.Actor, now time.Time, service, institution, text string) (Reply, error) {
	if err := by.Must(identity.AssessService, institution); err != nil {
		return Reply{}, err
	}
	if e.State != Draft || now.After(e.RepliesUntil) {
		return Reply{}, fault.New(fault.Conflict, "assess.edition.replies_over", e.Quarter)
	}
	if text = plain(text); text == "" || utf8.RuneCountInString(text) > maxNote {
		return Reply{}, fault.At("text", "assess.edition.reply", maxNote)
	}
	return Reply{Quarter: e.Quarter, Service: service, Institution: institution, At: now, By: by.Account, Text: text}, nil
}

// Respond answers a reply.
func (r *Reply) Respond(by identity.Actor, now time.Time, e *Edition, text string) error {
	if err := e.May(by); err != nil {
		return err
	}
	if text = plain(text); text == "" || utf8.RuneCountInString(text) > maxNote {
		return fault.At("text", "assess.edition.reply", maxNote)
	}
	r.Answer, r.AnsweredAt, r.AnsweredBy = text, &now, by.Account
	return nil
}

// Freeze publishes the edition for ever: not before owners had their time, and
// not while a reply waits for its answer.
func (e *Edition) Freeze(by identity.Actor, now time.Time, set *Set, entries []Entry, replies []Reply) error {
	if err := e.May(by); err != nil {
		return err
	}
	if now.Before(e.RepliesUntil) {
		return fault.New(fault.Conflict, "assess.edition.too_early", e.RepliesUntil.Format(time.DateOnly))
	}
	waiting := 0
	for _, r := range replies {
		if r.Answer == "" {
			waiting++
		}
	}
	if waiting > 0 {
		return fault.New(fault.Conflict, "assess.edition.unanswered", waiting)
	}
	e.State, e.FrozenAt, e.FrozenBy = Frozen, &now, by.Account
	hash, err := e.Seal(set, entries, replies)
	e.Hash = hash
	return err
}

// Canonical is the edition as bytes: one JSON document, its fields in a fixed
// order, services and measures in the order of their names, times in UTC. Who
// did what is not in it: it can be published.
func (e *Edition) Canonical(set *Set, entries []Entry, replies []Reply) ([]byte, error) {
	body := struct {
		Format   int       `json:"format"`
		Quarter  string    `json:"quarter"`
		Formula  int       `json:"formula"`
		Since    time.Time `json:"since"`
		Until    time.Time `json:"until"`
		JudgedAt time.Time `json:"judged_at"`
		FrozenAt time.Time `json:"frozen_at"`
		Set      *Set      `json:"set"`
		Entries  []Entry   `json:"entries"`
		Replies  []Reply   `json:"replies"`
	}{1, e.Quarter, e.Formula, e.Since.UTC(), e.Until.UTC(), e.JudgedAt.UTC(), time.Time{}, set, ordered(entries), slices.Clone(replies)}
	if e.FrozenAt != nil {
		body.FrozenAt = e.FrozenAt.UTC()
	}
	slices.SortStableFunc(body.Replies, func(a, b Reply) int { return cmp.Or(cmp.Compare(a.Service, b.Service), a.At.Compare(b.At)) })
	for n := range body.Replies {
		body.Replies[n].At = body.Replies[n].At.UTC()
	}
	out, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write edition %s: %w", e.Quarter, err)
	}
	return out, nil
}

// ordered returns entries and their facts in the order of their names.
func ordered(entries []Entry) []Entry {
	out := slices.Clone(entries)
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Compare(a.Service, b.Service) })
	for n := range out {
		facts := slices.Clone(out[n].Facts)
		slices.SortFunc(facts, func(a, b Fact) int { return cmp.Compare(a.Measure, b.Measure) })
		for i := range facts {
			facts[i].At = facts[i].At.UTC()
			if u := facts[i].Until; u != nil {
				in := u.UTC()
				facts[i].Until = &in
			}
		}
		out[n].Facts = facts
	}
	return out
}

// Seal is the SHA-256 of the canonical bytes.
func (e *Edition) Seal(set *Set, entries []Entry, replies []Reply) (string, error) {
	body, err := e.Canonical(set, entries, replies)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// Checked is what verifying an edition found.
type Checked struct {
	Hash    bool     // it is what was sealed, to the byte
	Differs []string // services whose score is not the one that its facts give
	Formula bool     // this program computes as the one that made it
}

// OK tells whether nothing was changed.
func (c Checked) OK() bool { return c.Hash && (len(c.Differs) == 0 || !c.Formula) }

// Verify computes a frozen edition again, with the rules of its time.
func (e *Edition) Verify(set *Set, entries []Entry, replies []Reply) (Checked, error) {
	hash, err := e.Seal(set, entries, replies)
	if err != nil {
		return Checked{}, err
	}
	c := Checked{Hash: hash == e.Hash, Formula: e.Formula == formula}
	for n, again := range e.Judge(set, entries) {
		if !same(again.Score, entries[n].Score) {
			c.Differs = append(c.Differs, again.Service)
		}
	}
	return c, nil
}

// same compares scores as they are written: what was read back from a file
// knows nothing of empty lists and of monotonic clocks.
func same(a, b Score) bool {
	one, err := json.Marshal(a)
	two, err2 := json.Marshal(b)
	return err == nil && err2 == nil && reflect.DeepEqual(one, two)
}
