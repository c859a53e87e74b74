package alertdb

import (
	"context"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestEveryFieldHasItsColumn(t *testing.T) {
	databasetest.Drift(t, &alert.Route{}, &alert.Event{}, &alert.Telling{}, &alert.Message{}, &alert.Link{})
}

// monday is a working Monday, ten in the morning in Tunis.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var (
	mcd   = identity.Actor{Account: "sonia", Role: identity.MCD}
	owner = identity.Actor{Account: "karim", Role: identity.ServiceOwner, Institution: "marhp", Institutions: []string{"marhp", "sonede"}}
	other = identity.Actor{Account: "salma", Role: identity.ServiceOwner, Institution: "mt", Institutions: []string{"mt"}}
)

// plainPen writes what a test can compare.
type plainPen struct{}

// Write writes the stage and the events.
func (plainPen) Write(m *alert.Message, p *alert.Parcel, secrets map[string]string) (*mail.Message, error) {
	m.Subject, m.Text = string(m.Stage), "text"
	if p.Person == nil {
		return nil, nil
	}
	for _, secret := range secrets {
		m.Subject += " " + secret
	}
	return &mail.Message{
		Kind: "alert", Key: alert.MailKey(m.ID), Account: p.Person.Actor.Account, To: p.Person.Email, Lang: m.Lang,
		Subject: string(m.Stage), Text: "text", At: m.QueuedAt,
	}, nil
}

// house is a database with people and services, and a store on it.
type house struct {
	testing.TB
	db    *gorm.DB
	store *Store
	at    time.Time
	next  int64
	o     Options
}

func open(tb testing.TB, db *gorm.DB, change ...func(*Options)) *house {
	tb.Helper()
	h := &house{TB: tb, db: db, at: monday}
	h.seed()
	h.o = Options{
		Now: func() time.Time { return h.at }, Settings: alert.UsualSettings(), Pen: plainPen{},
		Calendar: func(context.Context) (alert.Calendar, error) { return alert.UsualCalendar(time.UTC), nil },
		Routes:   alert.Usual(), Channels: []alert.Channel{{Name: "noc", Type: "webhook", Lang: lang.French}},
		URL: func(path string) string { return "https://jard.example" + path },
	}
	for _, f := range change {
		f(&h.o)
	}
	h.store = New(db, h.o)
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) seed() {
	for _, i := range [][2]string{{"marhp", ""}, {"sonede", "marhp"}, {"mt", ""}} {
		h.ok(h.db.Create(&identity.Institution{Slug: i[0], Parent: i[1], Kind: identity.Ministry, Name: lang.Text{"fr": i[0]}}).Error)
	}
	for _, a := range []struct {
		id, institution string
		role            identity.Role
	}{
		{"karim", "marhp", identity.ServiceOwner},
		{"salma", "mt", identity.ServiceOwner},
		{"mourad", "marhp", identity.Supervisor},
		{"sonia", "", identity.MCD},
	} {
		made := identity.Account{ID: a.id, Email: a.id + "@exemple.tn", Name: a.id, Role: a.role, Language: lang.French}
		if a.institution != "" {
			made.Institution = &a.institution
		}
		h.ok(h.db.Create(&made).Error)
	}
	watched := monitordb.New(h.db, func() time.Time { return h.at })
	for _, s := range []struct {
		slug, institution string
		tier              monitor.Tier
	}{{"eau", "sonede", monitor.Critical}, {"permis", "mt", monitor.Normal}} {
		_, err := watched.Add(context.Background(), identity.System("seed"), monitor.Service{
			Slug: s.slug, Name: lang.Text{"fr": "Service " + s.slug}, Institution: s.institution, URL: "http://127.0.0.1/", Tier: s.tier,
			State: monitor.Active, LifeEvent: "tax", Languages: []lang.Tag{lang.French},
			Checks: []monitor.Check{{Name: "home", Kind: monitor.HTTP, Target: "http://127.0.0.1/", Schedule: "@every 60s", Timeout: time.Second}},
		}, schedule.Period)
		h.ok(err)
	}
}

// check returns the number of the service's check.
func (h *house) check(service string) (id int64) {
	h.ok(h.db.Raw("SELECT id FROM checks WHERE service = ?", service).Scan(&id).Error)
	return id
}

// state makes something stand about the service's check.
func (h *house) state(service string, v monitor.Verdict, why monitor.Reason, since time.Time, change ...func(*monitor.Current)) {
	c := monitor.Current{
		CheckID: h.check(service), Service: service, Verdict: v, Reason: why, Since: since, LastAt: h.at, LastVerdict: v, EverySec: 60,
	}
	for _, f := range change {
		f(&c)
	}
	h.ok(h.db.Exec("DELETE FROM check_current WHERE check_id = ?", c.CheckID).Error)
	h.ok(h.db.Create(&c).Error)
}

// outage begins an incident now and returns how to end it.
func (h *house) outage(service string) (end func()) {
	h.next++
	i := monitor.Incident{
		ID: h.next, CheckID: h.check(service), Service: service, StartedAt: h.at.Add(-20 * time.Second), ConfirmedAt: h.at, Reason: monitor.Timeout,
		Severity: monitor.Major, Reach: 1, Revision: 1, TouchedAt: h.at,
	}
	h.ok(h.db.Create(&i).Error)
	h.join(i.ID, service)
	return func() {
		h.Helper()
		h.ok(h.db.Exec("UPDATE incidents SET ended_at = ?, resolution = ? WHERE id = ?", h.at, monitor.Recovered, i.ID).Error)
		h.ok(h.db.Exec("UPDATE outages SET ended_at = ?, resolution = ? WHERE incident = ?", h.at, monitor.Recovered, i.ID).Error)
	}
}

// join adds an outage of the service to an incident.
func (h *house) join(incident int64, service string) {
	h.ok(h.db.Create(&monitor.Outage{
		Incident: incident, CheckID: h.check(service), Service: service, StartedAt: h.at.Add(-20 * time.Second), ConfirmedAt: h.at,
		Reason: monitor.Timeout, Grounds: []monitor.Ground{},
	}).Error)
}

func (h *house) round(full bool) Report {
	h.Helper()
	did, err := h.store.Reconcile(h.Context(), full, monday.Add(-time.Hour))
	h.ok(err)
	return did
}

// told lists what was told so far: stage, channel, target.
func (h *house) told() []string {
	h.Helper()
	var all []alert.Message
	h.ok(h.db.Order("queued_at, type, target, id").Find(&all).Error)
	said := make([]string, 0, len(all))
	for _, m := range all {
		said = append(said, string(m.Stage)+" "+m.Channel+"/"+m.Target)
	}
	return said
}

func (h *house) expect(want ...string) {
	h.Helper()
	if got := h.told(); !slices.Equal(got, want) {
		h.Errorf("told %q; want %q", got, want)
	}
}
