package scan

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// icap asks a server of RFC 3507 to look at a file as if it were an answer on
// its way to a reader (RESPMOD).
type icap struct {
	service string // as the server knows it, icap://host/service
	host    string
	address string
	timeout time.Duration
}

func newICAP(u *url.URL, timeout time.Duration) *icap {
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "1344")
	}
	return &icap{(&url.URL{Scheme: "icap", Host: u.Host, Path: u.Path, RawQuery: u.RawQuery}).String(), u.Host, address, timeout}
}

// Scan asks the server.
func (s *icap) Scan(ctx context.Context, file io.Reader) (Verdict, error) {
	conn, err := dial(ctx, "tcp", s.address, s.timeout)
	if err != nil {
		return Verdict{}, err
	}
	defer conn.Close()
	sent, read := make(chan error, 1), &whole{file: file}
	go func() { sent <- s.send(conn, read) }() // a server may answer before it has everything
	v, err := icapVerdict(bufio.NewReader(io.LimitReader(conn, 64<<10)))
	conn.Close()
	<-sent //nolint:errcheck // the verdict is what counts
	if err == nil && !v.Found && read.failed != nil {
		return Verdict{}, read.failed
	}
	return v, err
}

func (s *icap) send(conn net.Conn, file io.Reader) error {
	const request = "GET /upload HTTP/1.1\r\nHost: upload\r\n\r\n"
	const response = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
	w := bufio.NewWriterSize(conn, pieceSize)
	fmt.Fprintf(w, "RESPMOD %s ICAP/1.0\r\nHost: %s\r\nAllow: 204\r\nConnection: close\r\nEncapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n\r\n%s%s",
		s.service, s.host, len(request), len(request)+len(response), request, response)
	buf := make([]byte, pieceSize)
	for {
		n, err := file.Read(buf)
		if n > 0 {
			fmt.Fprintf(w, "%x\r\n%s\r\n", n, buf[:n])
		}
		if err != nil {
			_, _ = io.WriteString(w, "0\r\n\r\n") // the flush tells
			return w.Flush()
		}
	}
}

// icapVerdict reads the head of the answer: 204 says that nothing would be
// changed; whatever would be changed was found to be bad.
func icapVerdict(r *bufio.Reader) (Verdict, error) {
	head := textproto.NewReader(r)
	line, err := head.ReadLine()
	if err != nil {
		return Verdict{}, fmt.Errorf("ask the ICAP server: %w", err)
	}
	h, err := head.ReadMIMEHeader()
	if err != nil {
		return Verdict{}, fmt.Errorf("ask the ICAP server: %w", err)
	}
	_, status, _ := strings.Cut(line, " ")
	switch {
	case strings.HasPrefix(line, "ICAP/1.") && strings.HasPrefix(status, "204"):
		return Verdict{}, nil
	case strings.HasPrefix(line, "ICAP/1.") && strings.HasPrefix(status, "200"):
		return Verdict{true, nameOf(threatOf(http.Header(h)))}, nil
	}
	return Verdict{}, fmt.Errorf("%w: %q", errAnswer, nameOf(line))
}

// threatOf is what the server calls what it found: "Type=0; Resolution=2;
// Threat=Eicar;" or a name alone.
func threatOf(h http.Header) string {
	if _, name, ok := strings.Cut(h.Get("X-Infection-Found"), "Threat="); ok {
		name, _, _ = strings.Cut(name, ";")
		return name
	}
	return h.Get("X-Virus-Id")
}
