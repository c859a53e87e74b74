// Package filewatch makes the rounds of the files behind distributions: who is
// due, one polite look at a site at a time, what was seen handed over to be
// judged and kept. It decides nothing about a file; inventory/file does.
package filewatch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/outgoing"
)

// Screen is handed the head of a table while it is in memory, to look for signs
// of persons. It returns the places, from 0, of the columns that show some:
// nothing of what stands in them is kept.
type Screen func(ctx context.Context, f *file.File, header []string, rows [][]string) []int

// FetchOptions say how to look.
type FetchOptions struct {
	Guard     *outgoing.Guard // nil: the public internet only
	UserAgent string          // says who looks and where to complain
	Roots     *x509.CertPool  // nil: the system's
	MaxBytes  int64           // of a file; 0 means 50 MiB
	Timeout   time.Duration   // of a whole look; 0 means 2 min
	Spool     string          // folder for files while they are read; empty: the system's
	Now       func() time.Time
	Screen    Screen // nil: nobody screens
}

// Defaults and limits.
const (
	DefaultMaxBytes = 50 << 20
	DefaultTimeout  = 2 * time.Minute
	maxRedirects    = 5
	maxAddress      = 2_000
	sampleRows      = 1_000
	headersWithin   = 30 * time.Second
	profileWithin   = time.Minute
	maxRetryAfter   = 24 * time.Hour
)

// Fetcher looks at files, one look at a time each.
type Fetcher struct {
	o      FetchOptions
	client *http.Client
	spool  func() (*os.File, error)
}

// NewFetcher returns a Fetcher.
func NewFetcher(o FetchOptions) *Fetcher {
	if o.Guard == nil {
		o.Guard = &outgoing.Guard{}
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "Jard"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f := &Fetcher{o: o, client: o.Guard.Client(o.Timeout)}
	if t, ok := f.client.Transport.(*http.Transport); ok {
		t.DisableCompression = true // sizes and hashes are of what is stored there
		t.ResponseHeaderTimeout = min(headersWithin, o.Timeout)
		if o.Roots != nil {
			t.TLSClientConfig = withRoots(o.Roots)
		}
	}
	f.client.CheckRedirect = redirected
	f.spool = func() (*os.File, error) { return os.CreateTemp(o.Spool, "jard-file-") }
	return f
}

// Look looks at a file once. It never fails: no answer is a sight too.
func (f *Fetcher) Look(ctx context.Context, of *file.File) (s *file.Sight) {
	began := time.Now()
	s = &file.Sight{At: f.o.Now().UTC().Truncate(time.Microsecond), Bytes: -1}
	defer func() { s.Took = time.Since(began) }()
	if !inventory.Plausible(of.URL) {
		s.Reason = file.NoHost
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	v := &visit{Fetcher: f, of: of, s: s}
	if of.PageURL != "" {
		s.PageStatus = f.status(ctx, of.PageURL)
	}
	if err := v.visit(ctx); err != nil {
		s.Reason = reasonOf(ctx, err)
	}
	return s
}

// status asks for the head of a page and returns how it answered; -1 for not at all.
func (f *Fetcher) status(ctx context.Context, address string) int {
	if !inventory.Plausible(address) {
		return -1
	}
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		resp, _, err := f.ask(ctx, method, address, nil)
		if err != nil {
			if method == http.MethodGet {
				return -1
			}
			continue
		}
		resp.Body.Close()
		if resp.StatusCode < 300 || method == http.MethodGet {
			return resp.StatusCode
		}
	}
	return -1
}

// way is where redirects led.
type way struct {
	moved     bool
	permanent bool
}

type wayKey struct{}

// redirected follows a few redirects and notes whether each was for good.
func redirected(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return errRedirects
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return fmt.Errorf("redirect to %s: %w", req.URL.Scheme, outgoing.ErrRefused)
	}
	req.URL.User = nil
	if w, ok := req.Context().Value(wayKey{}).(*way); ok && req.Response != nil {
		status := req.Response.StatusCode
		good := status == http.StatusMovedPermanently || status == http.StatusPermanentRedirect
		w.permanent = good && (w.permanent || !w.moved)
		w.moved = true
	}
	return nil
}

// ask sends one request and returns the answer and the way there.
func (f *Fetcher) ask(ctx context.Context, method, address string, header http.Header) (*http.Response, way, error) {
	var w way
	req, err := http.NewRequestWithContext(context.WithValue(ctx, wayKey{}, &w), method, address, nil)
	if err != nil {
		return nil, w, fmt.Errorf("ask: %w", err)
	}
	req.Header = http.Header{"User-Agent": {f.o.UserAgent}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
	maps.Copy(req.Header, header)
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, w, fmt.Errorf("ask: %w", err)
	}
	return resp, w, nil
}

// visit is one look under way.
type visit struct {
	*Fetcher
	of *file.File
	s  *file.Sight
}

// visit asks for the head first. What it says may end the look: that nothing
// changed, or that we shall come back later. Servers that refuse it are asked
// for the file all the same.
func (v *visit) visit(ctx context.Context) error {
	resp, w, err := v.ask(ctx, http.MethodHead, v.of.URL, v.conditions())
	if err != nil {
		if reason := reasonOf(ctx, err); reason != file.Connect {
			return err
		}
		return v.get(ctx, v.o.MaxBytes) // some cut the line instead of saying that they know no HEAD
	}
	resp.Body.Close()
	v.note(resp, w)
	switch {
	case resp.StatusCode == http.StatusNotModified && v.of.Hash != "", v.unchanged(resp):
		v.s.NotModified, v.s.Status = true, http.StatusOK
		return nil
	case v.s.Reason == file.Throttled:
		return nil
	case resp.StatusCode == http.StatusOK && resp.ContentLength > v.o.MaxBytes:
		v.s.Bytes = resp.ContentLength
		return v.get(ctx, file.HeadSize)
	}
	return v.get(ctx, v.o.MaxBytes)
}

// conditions ask for the file only if it changed since it was seen whole.
func (v *visit) conditions() http.Header {
	h := http.Header{}
	if v.of.Hash == "" {
		return h
	}
	if v.of.Etag != "" {
		h.Set("If-None-Match", v.of.Etag)
	} else if v.of.LastModified != "" {
		h.Set("If-Modified-Since", v.of.LastModified)
	}
	return h
}

// unchanged tells whether a server that knows no conditions says by the tags
// of the file that it is what we have.
func (v *visit) unchanged(resp *http.Response) bool {
	if resp.StatusCode != http.StatusOK || v.of.Hash == "" || resp.ContentLength >= 0 && resp.ContentLength != v.of.Bytes {
		return false
	}
	if tag := resp.Header.Get("Etag"); tag != "" || v.of.Etag != "" {
		return tag == v.of.Etag
	}
	modified := resp.Header.Get("Last-Modified")
	return modified != "" && modified == v.of.LastModified && resp.ContentLength == v.of.Bytes
}

// note takes from an answer what does not depend on its body.
func (v *visit) note(resp *http.Response, w way) {
	s := v.s
	s.Status, s.RetryAfter = resp.StatusCode, v.retryAfter(resp)
	s.Reason = file.ReasonOf(resp.StatusCode, s.RetryAfter)
	s.Etag, s.LastModified = clip(resp.Header.Get("Etag")), clip(resp.Header.Get("Last-Modified"))
	s.FinalURL, s.Permanent = "", false
	if final := resp.Request.URL; w.moved && !upgraded(v.of.URL, final) {
		s.FinalURL, s.Permanent = clip(final.String()), w.permanent
	}
}

// upgraded tells whether the only difference is that the line is secured now.
func upgraded(from string, to *url.URL) bool {
	u, err := url.Parse(from)
	if err != nil || u.Scheme != "http" || to.Scheme != "https" {
		return false
	}
	u.Scheme = "https"
	return u.String() == to.String()
}

// retryAfter reads when the site wants to be asked again: seconds or a date.
func (v *visit) retryAfter(resp *http.Response) time.Duration {
	text := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	wait := time.Duration(0)
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		wait = time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(v.o.Now())
	}
	return min(max(wait, 0), maxRetryAfter)
}

// get asks for the first most bytes. Servers that know no ranges send the whole.
func (v *visit) get(ctx context.Context, most int64) error {
	h := v.conditions()
	h.Set("Range", fmt.Sprintf("bytes=0-%d", most-1))
	resp, w, err := v.ask(ctx, http.MethodGet, v.of.URL, h)
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable { // an empty file has no first byte
		resp.Body.Close()
		h.Del("Range")
		if resp, w, err = v.ask(ctx, http.MethodGet, v.of.URL, h); err != nil {
			return err
		}
	}
	defer resp.Body.Close()
	v.note(resp, w)
	switch resp.StatusCode {
	case http.StatusNotModified:
		if v.of.Hash == "" {
			return nil
		}
		v.s.NotModified, v.s.Status = true, http.StatusOK
		return nil
	case http.StatusPartialContent:
		v.s.Bytes = max(total(resp.Header.Get("Content-Range")), v.s.Bytes)
	default:
		v.s.Bytes = max(resp.ContentLength, v.s.Bytes)
	}
	if v.s.Reason != file.None {
		return nil
	}
	v.s.Status = http.StatusOK
	return v.read(ctx, resp, most)
}

// total is the size behind the slash of "bytes 0-499/1234"; -1 when nobody says.
func total(contentRange string) int64 {
	_, size, ok := strings.Cut(contentRange, "/")
	n, err := strconv.ParseInt(strings.TrimSpace(size), 10, 64)
	if !ok || err != nil || n < 0 {
		return -1
	}
	return n
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) > maxAddress {
		return "" // half an address or a tag is none
	}
	return s
}

var errSpool = errors.New("no place for the file while it is read")

// spooled marks errors of writing as ours.
type spooled struct{ w io.Writer }

func (s spooled) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		return n, errors.Join(errSpool, err)
	}
	return n, nil
}
