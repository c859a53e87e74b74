package probe

import (
	"context"
	"errors"
	"io"
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

// protocolError marks an answer that does not keep to the protocol.
type protocolError struct{ err error }

func (e *protocolError) Error() string { return e.err.Error() }
func (e *protocolError) Unwrap() error { return e.err }

// unspoken marks err as the parser's, unless it is the network's.
func unspoken(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return err
	}
	if _, network := errors.AsType[net.Error](err); network {
		return err
	}
	if _, marked := errors.AsType[*protocolError](err); marked {
		return err
	}
	return &protocolError{err}
}

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
	var address *net.AddrError
	var handshake *handshakeError
	var protocol *protocolError
	var network net.Error
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return monitor.Blocked
	case ours(err), errors.Is(err, errNoFamily):
		return monitor.OwnNetwork
	case errors.As(err, &chain):
		return chain.reason
	case errors.As(err, &name), errors.As(err, &address): // no name, or no address of the family asked for
		return monitor.NoDNS
	case outOfTime(ctx), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return monitor.Timeout
	case errors.As(err, &handshake) && !errors.Is(err, syscall.ECONNRESET):
		return monitor.TLSOther
	case errors.As(err, &protocol):
		return monitor.Protocol
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

// next returns where a redirect leads, nil when the answer is no redirect or
// is the very status that was expected.
func (v *visit) next(from *url.URL, resp *http.Response) *url.URL {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	if v.web.Stay || v.check.Expect.Allows(resp.StatusCode) {
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
