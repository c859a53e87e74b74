package probe

import (
	"net/http"
	"strings"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
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
	if r.Walled {
		r.After = outgoing.RetryAfter(resp.Header, r.At)
	}
}
