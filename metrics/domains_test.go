package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestADomainHasOneSeries(t *testing.T) {
	c := &domainCollector{func() ([]DomainEnd, error) {
		return []DomainEnd{{"finances.gov.tn", time.Unix(1_800_000_000, 0)}, {"example.tn", time.Unix(1_700_000_000, 0)}}, nil
	}}
	want := `
# HELP jard_domain_not_after_timestamp_seconds When the registration of a domain that checks stand on ends; none while nobody knows.
# TYPE jard_domain_not_after_timestamp_seconds gauge
jard_domain_not_after_timestamp_seconds{domain="example.tn"} 1.7e+09
jard_domain_not_after_timestamp_seconds{domain="finances.gov.tn"} 1.8e+09
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	r := prometheus.NewRegistry()
	r.MustRegister(&domainCollector{func() ([]DomainEnd, error) { return nil, errors.New("away") }})
	if _, err := r.Gather(); err == nil {
		t.Error("a database that is away is not told")
	}
}
