package metrics

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestScoresAreShownWhereEnoughIsKnown(t *testing.T) {
	score := 81.5
	c := &assessCollector{func() ([]Assessed, error) {
		return []Assessed{{"cin", "mi", &score, 0.9}, {"tax", "mf", nil, 0.4}}, nil
	}}
	want := `
# HELP jard_assessment_coverage_ratio Share of the criteria's weights that is known of a service.
# TYPE jard_assessment_coverage_ratio gauge
jard_assessment_coverage_ratio{institution="mf",service="tax"} 0.4
jard_assessment_coverage_ratio{institution="mi",service="cin"} 0.9
# HELP jard_assessment_score What the set of criteria in force says of a service, on a hundred; none while too little is known.
# TYPE jard_assessment_score gauge
jard_assessment_score{institution="mi",service="cin"} 81.5
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	r := prometheus.NewRegistry()
	r.MustRegister(&assessCollector{func() ([]Assessed, error) { return nil, errors.New("away") }})
	if _, err := r.Gather(); err == nil {
		t.Error("scores that cannot be read are not told of")
	}
}
