package probe

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// A machine that is too busy may find the time up before the request has left.
// The target never saw it: the reading must not say that it was waited for.
func TestWhatWasNotSentWasNotWaitedFor(t *testing.T) {
	here, there := net.Pipe()
	defer func() { _, _ = here.Close(), there.Close() }()
	if err := here.SetDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	limited := &io.LimitedReader{R: here, N: maxHeader}
	var v visit
	resp, err := v.exchange(req, here, bufio.NewReader(limited), limited)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("a request was sent after its time")
	}
	if wait := v.reading.Phases[monitor.PhaseWait]; wait != 0 {
		t.Errorf("it says it waited %v", wait)
	}
}
