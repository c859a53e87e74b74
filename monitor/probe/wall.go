package probe

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// walled tells by the head of an answer whether it comes from a firewall in
// front of the service that turns robots away: then we know nothing of the service.
func walled(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden, http.StatusNotAcceptable, http.StatusServiceUnavailable:
	default:
		return false
	}
	return wallOf(resp) != ""
}

// wallOf returns whose firewall wrote the head of an answer, if any did.
func wallOf(resp *http.Response) string {
	for _, header := range []string{"Cf-Mitigated", "X-Sucuri-Id", "X-Iinfo", "X-Waf-Event-Info", "X-Amzn-Waf-Action"} {
		if resp.Header.Get(header) != "" {
			return strings.ToLower(header)
		}
	}
	server := strings.ToLower(resp.Header.Get("Server"))
	for _, wall := range []string{"cloudflare", "akamaighost", "sucuri", "imperva", "bigip", "fortiweb"} {
		if resp.StatusCode == http.StatusForbidden && strings.Contains(server, wall) {
			return wall
		}
	}
	return ""
}

// wall looks at the text of a refusal too, says whose it is, and notes how
// long its firewall asks to be left alone.
func (v *visit) wall(resp *http.Response) {
	r := &v.reading
	name := wallOf(resp)
	switch resp.StatusCode {
	case http.StatusForbidden, http.StatusNotAcceptable, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		if mark := monitor.WallMark(r.Body); name == "" && mark != "" {
			name, r.Walled = mark, true
		}
	}
	if r.Seen != nil {
		r.Seen.Wall = name
	}
	if rest := retryAfter(resp.Header, r.At); r.Walled && rest > 0 {
		r.After = min(rest, longestRest)
		v.prober.rests.ask(resp.Request.URL.Host, r.At.Add(r.After))
	}
}

// longestRest bounds how long a host may keep us away: a watch that is told to
// come back in a year would be blind.
const longestRest = 15 * time.Minute

// rests are the hosts that asked to be left alone, and until when.
type rests struct {
	mu    *sync.Mutex
	hosts map[string]time.Time
}

// maxRests bounds how many are remembered.
const maxRests = 10_000

func newRests() rests { return rests{mu: new(sync.Mutex), hosts: map[string]time.Time{}} }

// ask notes that host wants to be left alone.
func (s rests) ask(host string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.hosts) < maxRests {
		s.hosts[host] = until
	}
}

// until returns until when host wants to be left alone; zero when it does not.
func (s rests) until(host string, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, asked := s.hosts[host]
	switch {
	case !asked:
		return time.Time{}
	case !now.Before(at), at.Sub(now) > longestRest: // it is over, or the clock was set back
		delete(s.hosts, host)
		return time.Time{}
	}
	return at
}
