package harvesttest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Via is how requests reach the server: whatever host they name, they are
// carried to where it listens at the moment.
type Via struct {
	transport *http.Transport
	before    *atomic.Pointer[func(int)]
	asked     *atomic.Int64
}

// NewVia carries requests to address, which may change between requests, as
// that of a server started again does. Close it when done.
func NewVia(address func() string) Via {
	var d net.Dialer
	return Via{
		transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return d.DialContext(ctx, network, address())
			},
			DisableCompression:    true, // each harvester says what it takes
			MaxIdleConnsPerHost:   1,
			ResponseHeaderTimeout: time.Minute,
		},
		before: &atomic.Pointer[func(int)]{}, asked: &atomic.Int64{},
	}
}

// Close gives up the connections that are kept.
func (v Via) Close() { v.transport.CloseIdleConnections() }

// Before has do called before each request from now on, with its number.
func (v Via) Before(do func(number int)) {
	v.asked.Store(0)
	v.before.Store(&do)
}

// manners is how a harvester speaks HTTP.
type manners struct {
	agent     string
	gzip      bool
	keeps     bool // connections, from one request to the next
	redirects bool
	// careless is what Python's urllib3 was before its version 2: a body that
	// ends before its Content-Length is handed over as if it were whole.
	careless bool
}

// python is requests as CKAN 2.10 comes with it.
func python() manners {
	return manners{agent: "python-requests/2.31.0", gzip: true, redirects: true, careless: true}
}

type response struct {
	status int
	header http.Header
	body   []byte
}

// kind is the Content-Type up to its parameters.
func (r response) kind() string {
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	return kind
}

// ok is what raise_for_status accepts.
func (r response) ok(address string) error {
	if r.status >= http.StatusBadRequest {
		return fmt.Errorf("%s: %d", address, r.status)
	}
	return nil
}

func (j *Job) get(ctx context.Context, m manners, address string) (response, error) {
	return j.ask(ctx, m, http.MethodGet, address)
}

// ask sends one request and reads the whole answer.
func (j *Job) ask(ctx context.Context, m manners, method, address string) (response, error) {
	j.Requests++
	number := int(j.source.Via.asked.Add(1))
	if before := j.source.Via.before.Load(); before != nil {
		(*before)(number)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return response{}, err
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("User-Agent", m.agent)
	if m.gzip {
		req.Header.Set("Accept-Encoding", "gzip, deflate")
	}
	req.Close = !m.keeps
	client := http.Client{Transport: j.source.Via.transport, Timeout: 2 * time.Minute}
	if !m.redirects {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	resp, err := client.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	body, err := m.read(resp)
	return response{resp.StatusCode, resp.Header, body}, err
}

func (m manners) read(resp *http.Response) ([]byte, error) {
	raw, err := io.ReadAll(resp.Body)
	if err != nil && (!m.careless || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, err
	}
	if resp.Header.Get("Content-Encoding") != "gzip" || len(raw) == 0 {
		return raw, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(z)
	if err != nil && (!m.careless || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, err
	}
	return plain, nil
}
