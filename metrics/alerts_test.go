package metrics

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAlerts(t *testing.T) {
	show := func(read func() (Alerts, error)) string {
		m := New(Options{})
		m.WatchAlerts(read)
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		return w.Body.String()
	}
	got := show(func() (Alerts, error) {
		return Alerts{Told: []AlertCount{{"webhook", "sent", 7}, {"mail", "mailed", 2}}, Waiting: 3, Dead: 1}, nil
	})
	for _, want := range []string{
		`jard_alerts_total{channel="webhook",result="sent"} 7`, `jard_alerts_total{channel="mail",result="mailed"} 2`,
		"jard_alert_outbox_waiting 3", "jard_alert_outbox_dead 1",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if got := show(func() (Alerts, error) { return Alerts{}, errors.New("database away") }); strings.Contains(got, "jard_alert_outbox_waiting ") {
		t.Error("numbers of a database that is away are shown")
	}
}
