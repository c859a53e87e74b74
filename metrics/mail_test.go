package metrics

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestMail(t *testing.T) {
	show := func(read func() ([]MailCount, error)) string {
		w := httptest.NewRecorder()
		New(Options{Mail: read}).Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		return w.Body.String()
	}
	got := show(func() ([]MailCount, error) {
		return []MailCount{{"queued", 3, time.Unix(1_700_000_000, 0)}, {"failed", 0, time.Time{}}, {"sent", 7, time.Unix(1, 0)}}, nil
	})
	for _, want := range []string{
		`jard_mail{state="queued"} 3`, `jard_mail{state="failed"} 0`, `jard_mail{state="sent"} 7`,
		`jard_mail_oldest_queued_timestamp_seconds 1.7e+09`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if got := show(func() ([]MailCount, error) { return nil, errors.New("database away") }); strings.Contains(got, "jard_mail{") {
		t.Error("numbers of a database that is away are shown")
	}
}
