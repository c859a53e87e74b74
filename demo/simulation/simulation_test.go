package simulation

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/demo"
)

// get asks once, like somebody who waits two seconds.
func get(t *testing.T, address string) (status int, body string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

func TestEachServiceBehavesAsItsNameSays(t *testing.T) {
	street, err := Open(demo.Services())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := street.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, s := range demo.Services() {
		t.Run(s.Slug, func(t *testing.T) {
			t.Parallel()
			status, body, err := get(t, street.Address(s.Slug))
			greets := status == 200 && strings.Contains(body, demo.Greeting)
			var invalid x509.CertificateInvalidError
			var name x509.HostnameError
			ok := false
			switch s.Behaviour {
			case demo.Dead:
				ok = err != nil && strings.Contains(err.Error(), "refused")
			case demo.Hanging:
				ok = errors.Is(err, context.DeadlineExceeded)
			case demo.Expired:
				ok = errors.As(err, &invalid) && invalid.Reason == x509.Expired
			case demo.WrongHost:
				ok = errors.As(err, &name)
			case demo.Broken:
				ok = status == 200 && !greets
			case demo.Flapping:
				ok = greets || status == 503
			default:
				ok = greets
			}
			if !ok {
				t.Errorf("%s: status %d, %q, %v", s.Behaviour, status, body, err)
			}
		})
	}
}

func TestTheFlappingServiceFailsAQuarterOfTheTime(t *testing.T) {
	failed := 0
	for second := range int64(120) {
		if failing(time.Unix(second, 0)) {
			failed++
		}
	}
	if failed != 30 {
		t.Errorf("fails %d seconds of 120; want 30", failed)
	}
}
