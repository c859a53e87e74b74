package examine

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine/page"
	"github.com/jard-odi/jard/outgoing"
)

// secure looks at how the site is reached: whether plain http leads to https,
// and which versions of TLS it offers.
func (v *visit) secure(ctx context.Context) {
	v.client.CloseIdleConnections() // the host has few connections to give
	v.plain(ctx)
	v.client.CloseIdleConnections()
	v.versions(ctx)
}

// plain asks for the page over http and sees where that ends.
func (v *visit) plain(ctx context.Context) {
	target := *v.target
	if target.Scheme == "https" {
		target.Scheme, target.Host = "http", target.Hostname()
		if strings.Contains(target.Host, ":") {
			target.Host = "[" + target.Host + "]"
		}
	}
	short := how{limit: 4 << 10, stay: true}
	a, err := v.ask(ctx, &target, short)
	if err == nil && onlyTells(a.hop) && !leadsTo(a.hop, "https://") { // a longer way: go it to its end
		short.stay = false
		a, err = v.ask(ctx, &target, short)
	}
	switch {
	case err != nil && len(a.hops) == 0 && v.home != nil && v.home.url.Scheme == "https" && closed(err):
		v.word(assess.HTTPSOnly, yes, note("examine.evidence.plain_closed"))
	case err != nil && len(a.hops) == 0:
		v.unknown(assess.HTTPSOnly, because(ctx, err))
	default:
		v.way(a)
	}
}

// way judges the way from http.
func (v *visit) way(a *answer) {
	first, last := a.hops[0], a.hops[len(a.hops)-1]
	open := 0 // further answers over http, after the first
	for _, h := range a.hops[1:] {
		if h.url.Scheme == "http" {
			open++
		}
	}
	evidence := make([]assess.Evidence, 0, len(a.hops))
	for _, h := range a.hops {
		evidence = append(evidence, quote("examine.evidence.hop", h.url.String(), h.header.Get("Location"), h.status))
	}
	switch {
	case last.url.Scheme == "https" && open == 0, onlyTells(first) && leadsTo(first, "https://"):
		v.word(assess.HTTPSOnly, yes, evidence...)
	case last.url.Scheme == "https", a.status >= 400 && v.home != nil && v.home.url.Scheme == "https":
		v.word(assess.HTTPSOnly, partly, evidence...)
	case a.status >= 500:
		v.unknown(assess.HTTPSOnly, "examine.unknown.status", evidence...)
	default:
		v.word(assess.HTTPSOnly, no, evidence...)
	}
}

func onlyTells(h hop) bool { return h.status >= 300 && h.status < 400 }

func leadsTo(h hop, scheme string) bool {
	return strings.HasPrefix(strings.ToLower(h.header.Get("Location")), scheme)
}

// closed tells whether nobody listens there, or nobody answers: the page
// itself was reached, so that it is not our own line.
func closed(err error) bool {
	silent, ok := errors.AsType[net.Error](err)
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, io.EOF) || ok && silent.Timeout()
}

// offered are the versions that are tried, one handshake each.
var offered = []struct {
	version uint16
	old     bool
}{{tls.VersionTLS10, true}, {tls.VersionTLS11, true}, {tls.VersionTLS12, false}, {tls.VersionTLS13, false}}

// versions tries each version of TLS.
func (v *visit) versions(ctx context.Context) {
	if v.target.Scheme == "http" && (v.home == nil || v.home.url.Scheme == "http") {
		v.word(assess.TLSVersions, no, note("examine.evidence.no_https"))
		v.number(assess.StrictTransport, 0, 0, note("examine.evidence.no_https"))
		return
	}
	var old, now []string
	var evidence []assess.Evidence
	for _, one := range offered {
		taken, err := v.handshake(ctx, one.version)
		if err != nil {
			v.unknown(assess.TLSVersions, because(ctx, err))
			return
		}
		if !taken {
			continue
		}
		name := tls.VersionName(one.version)
		evidence = append(evidence, note("examine.evidence.tls", name))
		if one.old {
			old = append(old, name)
		} else {
			now = append(now, name)
		}
	}
	switch {
	case len(now) > 0 && len(old) == 0:
		v.word(assess.TLSVersions, yes, evidence...)
	case len(now) > 0:
		v.word(assess.TLSVersions, partly, evidence...)
	case len(old) > 0:
		v.word(assess.TLSVersions, no, evidence...)
	default:
		v.unknown(assess.TLSVersions, "examine.unknown.unreachable")
	}
}

// handshake tries one version. An error means that nothing was learnt.
func (v *visit) handshake(ctx context.Context, version uint16) (taken bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, v.e.o.Limits.Request)
	defer cancel()
	host := v.secureHost()
	conn, err := v.e.dial(ctx, "tcp", host)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	name, _, _ := net.SplitHostPort(host)
	client := tls.Client(conn, &tls.Config{
		ServerName: name, MinVersion: version, MaxVersion: version, InsecureSkipVerify: true, // the watch judges the certificate
		CipherSuites: suites(),
	})
	err = client.HandshakeContext(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil, nil
}

// secureHost is where the page is reached by https.
func (v *visit) secureHost() string {
	at := v.target
	if at.Scheme == "http" && v.home != nil {
		at = v.home.url
	}
	port := at.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(at.Hostname(), port)
}

// suites are all that Go knows: old servers take nothing newer.
func suites() []uint16 {
	var ids []uint16
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, s.ID)
	}
	return ids
}

// shield looks at what the answers tell browsers to refuse.
func (v *visit) shield(ctx context.Context) {
	v.strict()
	head := v.home.header
	var evidence []assess.Evidence
	held := 0
	for _, one := range []struct {
		key   string
		value string
	}{
		{"examine.evidence.header.csp", head.Get("Content-Security-Policy")},
		{"examine.evidence.header.framing", framing(head.Get("X-Frame-Options"), head.Get("Content-Security-Policy"))},
		{"examine.evidence.header.nosniff", only(head.Get("X-Content-Type-Options"), "nosniff")},
		{"examine.evidence.header.referrer", referrer(head.Values("Referrer-Policy"))},
		{"examine.evidence.header.security_txt", v.securityTxt(ctx)},
	} {
		if one.value == "" {
			evidence = append(evidence, note(one.key, no))
			continue
		}
		held++
		evidence = append(evidence, quote(one.key, "", one.value, yes))
	}
	v.number(assess.SafetyHeaders, float64(held), 5, evidence...)
}

// strict reads for how long browsers are to come by https only.
func (v *visit) strict() {
	for _, h := range v.home.hops {
		if h.url.Scheme != "https" || h.url.Hostname() != v.target.Hostname() {
			continue
		}
		value := h.header.Get("Strict-Transport-Security")
		days := float64(maxAge(value)) / (24 * 60 * 60)
		if value == "" {
			v.number(assess.StrictTransport, 0, 0, note("examine.evidence.no_hsts"))
			return
		}
		v.number(assess.StrictTransport, days, 0, quote("examine.evidence.hsts", h.url.String(), value))
		return
	}
	v.number(assess.StrictTransport, 0, 0, note("examine.evidence.no_https"))
}

// maxAge reads the seconds of a header of HSTS; what cannot be read is none.
func maxAge(value string) int64 {
	for part := range strings.SplitSeq(value, ";") {
		key, seconds, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(strings.TrimSpace(key), "max-age") {
			continue
		}
		n, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(seconds), `"`), 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return min(n, 100*365*24*60*60)
	}
	return 0
}

// framing is what keeps other sites from showing this one within theirs.
func framing(frameOptions, policy string) string {
	for part := range strings.SplitSeq(policy, ";") {
		if words := strings.Fields(strings.ToLower(part)); len(words) > 1 && words[0] == "frame-ancestors" && words[1] != "*" {
			return strings.TrimSpace(part)
		}
	}
	if only(frameOptions, "deny")+only(frameOptions, "sameorigin") != "" {
		return frameOptions
	}
	return ""
}

func only(value, wanted string) string {
	if strings.EqualFold(strings.TrimSpace(value), wanted) {
		return value
	}
	return ""
}

// referrer is the last policy that browsers know, unless it gives all away.
func referrer(values []string) string {
	last := ""
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		switch p := strings.ToLower(strings.TrimSpace(part)); p {
		case "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
			"strict-origin-when-cross-origin":
			last = p
		case "unsafe-url":
			last = ""
		}
	}
	return last
}

// securityTxt reads whom to tell of a hole in the site. One without a contact,
// or past its end, is none.
func (v *visit) securityTxt(ctx context.Context) string {
	at := v.home.url.ResolveReference(&url.URL{Path: "/.well-known/security.txt"})
	a, err := v.ask(ctx, at, how{limit: 32 << 10, free: true})
	if err != nil || !a.good() || isPage(a) {
		return ""
	}
	contact := ""
	for line := range strings.Lines(string(a.body)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "contact":
			contact = strings.TrimSpace(line)
		case "expires":
			if until, ok := page.Day(value); ok && until.AddDate(0, 0, 1).Before(v.at) {
				return ""
			}
		}
	}
	return contact
}

// refused tells whether the guard kept us from connecting.
func refused(err error) bool { return errors.Is(err, outgoing.ErrRefused) }
