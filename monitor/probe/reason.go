package probe

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// handshakeError marks an error of the handshake, which looks like any other
// network error otherwise.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "tls: " + strings.TrimPrefix(e.err.Error(), "tls: ") }
func (e *handshakeError) Unwrap() error { return e.err }

// chainFault is what is wrong with the certificates a server sends.
type chainFault struct {
	reason monitor.Reason
	err    error
}

func (f *chainFault) Error() string { return f.err.Error() }
func (f *chainFault) Unwrap() error { return f.err }

// reasonOf puts err into the closed set.
func reasonOf(ctx context.Context, err error) monitor.Reason {
	var chain *chainFault
	var name *net.DNSError
	var handshake *handshakeError
	var network net.Error
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return monitor.Blocked
	case ours(err):
		return monitor.OwnNetwork
	case errors.As(err, &chain):
		return chain.reason
	case errors.As(err, &name):
		return monitor.NoDNS
	case outOfTime(ctx), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return monitor.Timeout
	case errors.As(err, &handshake) && !errors.Is(err, syscall.ECONNRESET):
		return monitor.TLSOther
	}
	return monitor.Connect
}

// outOfTime tells whether the deadline has passed. The connection's own timer
// may fire before the context's, and a parser may then report half a line
// instead of the lateness.
func outOfTime(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// ours tells whether the fault lies with this machine: no file or port left,
// or no interface to send from.
func ours(err error) bool {
	for _, code := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENETDOWN, syscall.ENOMEM,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// verify returns what is wrong with certs, nil when nothing is. A strict
// client that fetches no missing certificates is what most programs are.
func verify(certs []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) *chainFault {
	if len(certs) == 0 {
		return &chainFault{monitor.TLSOther, errors.New("no certificate")}
	}
	intermediates := x509.NewCertPool()
	for _, c := range certs[1:] {
		intermediates.AddCert(c)
	}
	_, err := certs[0].Verify(x509.VerifyOptions{
		DNSName: host, Roots: roots, Intermediates: intermediates, CurrentTime: now,
	})
	if err == nil {
		return nil
	}
	return &chainFault{chainReason(certs, err, now), err}
}

func chainReason(certs []*x509.Certificate, err error, now time.Time) monitor.Reason {
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	path := servedPath(certs)
	for _, c := range path {
		if now.Before(c.NotBefore) || now.After(c.NotAfter) {
			return monitor.TLSExpired
		}
	}
	switch last := path[len(path)-1]; {
	case errors.As(err, &wrongName):
		return monitor.TLSWrongHost
	case !errors.As(err, &unknown):
		return monitor.TLSOther
	case len(path) == 1 && selfSigned(last):
		return monitor.TLSSelfSigned
	case selfSigned(last):
		return monitor.TLSUntrusted
	case len(path) == 1:
		// The leaf's issuer is not among what was served: nothing served, or the wrong one.
		return monitor.TLSIncompleteChain
	}
	return monitor.TLSUntrusted
}

// servedPath walks from the first certificate to its issuer, and so on, among
// those the server sent.
func servedPath(certs []*x509.Certificate) []*x509.Certificate {
	path := certs[:1:1]
	for range certs {
		last := path[len(path)-1]
		if selfSigned(last) {
			break
		}
		issuer := issuerAmong(certs, last)
		if issuer == nil {
			break
		}
		path = append(path, issuer)
	}
	return path
}

func issuerAmong(certs []*x509.Certificate, of *x509.Certificate) *x509.Certificate {
	for _, c := range certs {
		if c != of && bytes.Equal(c.RawSubject, of.RawIssuer) && of.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// firstExpiry returns when the first of certs expires.
func firstExpiry(certs []*x509.Certificate) time.Time {
	var first time.Time
	for _, c := range certs {
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first.UTC()
}

// walled tells whether an answer comes from a firewall in front of the service
// that turns robots away: then we know nothing of the service.
func walled(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden, http.StatusNotAcceptable, http.StatusServiceUnavailable:
	default:
		return false
	}
	for _, header := range []string{"Cf-Mitigated", "X-Sucuri-Id", "X-Iinfo", "X-Waf-Event-Info", "X-Amzn-Waf-Action"} {
		if resp.Header.Get(header) != "" {
			return true
		}
	}
	server := strings.ToLower(resp.Header.Get("Server"))
	for _, wall := range []string{"cloudflare", "akamaighost", "sucuri", "imperva", "bigip", "fortiweb"} {
		if resp.StatusCode == http.StatusForbidden && strings.Contains(server, wall) {
			return true
		}
	}
	return false
}

// next returns where a redirect leads, nil when the answer is no redirect or
// is the very status that was expected.
func (v *visit) next(from *url.URL, resp *http.Response) *url.URL {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	if v.expect.Allows(resp.StatusCode) {
		return nil
	}
	location := resp.Header.Get("Location")
	to, err := from.Parse(location)
	if err != nil || location == "" || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		return nil
	}
	if cookies := resp.Cookies(); len(cookies) > 0 {
		if v.jar == nil {
			v.jar, _ = cookiejar.New(nil) // never fails without options
		}
		v.jar.SetCookies(from, cookies)
	}
	to.User = nil
	return to
}

// cleaned makes s safe to show: one line of valid text.
func cleaned(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
