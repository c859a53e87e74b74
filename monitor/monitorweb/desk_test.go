package monitorweb

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// Somebody who opens the desk sees what does not answer before what does, and
// drafts last, whatever their names.
func TestTheDeskBeginsWithWhatDoesNotAnswer(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("a-draft", monitor.Draft)
	h.add("b-paused", monitor.Paused)
	h.feed(h.add("c-well", monitor.Active), strings.Repeat("u", 20))
	h.feed(h.add("d-down", monitor.Active), strings.Repeat("u", 10)+strings.Repeat("f", 10))
	h.now = h.now.Add(time.Second)
	page := h.ask(mcd, "GET", "/desk/services", "").Body.String()
	last := 0
	for _, slug := range []string{"d-down", "c-well", "b-paused", "a-draft"} {
		at := strings.Index(page, "/desk/services/"+slug+"/edit")
		if at < last {
			t.Errorf("%s stands at %d, before what matters more at %d", slug, at, last)
		}
		last = at
	}
}

// Since when a service is down does not begin anew because we were blind for a
// moment in the middle of its incident.
func TestAnOutageBeganWithItsIncident(t *testing.T) {
	began, again := noon.Add(-72*time.Hour), noon.Add(-time.Minute)
	s := monitordb.Standing{Verdict: monitor.Down, Since: again, Incidents: []monitor.Incident{{StartedAt: again}, {StartedAt: began}}}
	if got := beganOf(&s); !got.Equal(began) {
		t.Errorf("down since %s; want %s", got, began)
	}
	s.Verdict = monitor.Degraded
	if got := beganOf(&s); !got.Equal(again) {
		t.Errorf("degraded since %s; want %s", got, again)
	}
	s.Verdict, s.Incidents = monitor.Down, nil
	if got := beganOf(&s); !got.Equal(again) {
		t.Errorf("down without an incident since %s; want %s", got, again)
	}
}

// An outage of some seconds does not last "0 ms".
func TestAnOutageOfSecondsHasALength(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.feed(h.add("b3", monitor.Active), "uuufff")
	h.now = noon.Add(-100 * time.Second) // it began two minutes before noon
	rec := h.ask(nobody, "GET", "/status", "")
	h.want(rec, 200, "depuis moins d’une minute")
	h.want(h.ask(mcd, "GET", "/desk/services/wall", ""), 200, "depuis moins d’une minute")
	if strings.Contains(rec.Body.String(), "soit 0") {
		t.Error("the page says that an outage lasts 0 ms")
	}
}
