package metrics

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSurvey(t *testing.T) {
	var away error
	m := New(Options{})
	m.WatchSurvey(func() (Survey, error) {
		return Survey{
			Scores:    []Score{{"cin", "mi", "30d", 7.5, 7.1, 7.9, 210}, {"passport", "mi", "30d", 0, 0, 0, 0}},
			Changes:   []Change{{"cin", "mi", -0.2, -0.05}},
			Waves:     []Wave{{"cin", "mi", 391, true}},
			Responses: map[string]int64{"web": 3}, Rejected: map[string]int64{"token_forged": 1}, Invited: map[string]int64{"drawn": 9},
		}, away
	})
	show := func() string {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		return w.Body.String()
	}
	got := show()
	for _, want := range []string{
		`jard_satisfaction_score{institution="mi",service="cin",window="30d"} 7.5`, `jard_satisfaction_ci_low{institution="mi",service="cin",window="30d"} 7.1`,
		`jard_satisfaction_ci_high{institution="mi",service="cin",window="30d"} 7.9`, `jard_satisfaction_answers{institution="mi",service="passport",window="30d"} 0`,
		`jard_satisfaction_change_high{institution="mi",service="cin"} -0.05`, `jard_satisfaction_responses_total{channel="web"} 3`,
		`jard_survey_rejected_total{reason="token_forged"} 1`, `jard_survey_invitations_total{decision="drawn"} 9`,
		`jard_survey_wave_missing_answers{institution="mi",service="cin"} 391`, `jard_survey_wave_starving{institution="mi",service="cin"} 1`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, `jard_satisfaction_score{institution="mi",service="passport"`) {
		t.Error("a service without answers has a score")
	}
	away = errors.New("database away")
	if got := show(); strings.Contains(got, "jard_satisfaction_score{") || !strings.Contains(got, "jard_satisfaction_responses_total") {
		t.Errorf("with a database that is away:\n%s", got)
	}
}
