package web

import (
	"bytes"
	"context"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// verdict is what a lane makes of what it has read.
type verdict int

const (
	incomplete verdict = iota // more must be read to tell
	simple                    // a simple request
	notSimple                 // anything else
)

// simpleHeaders are the headers a simple request may have, each once. None of
// them says anything about the connection, a body or who is asking.
var simpleHeaders = map[string]bool{
	"Host": true, "User-Agent": true, "Accept": true, "Accept-Encoding": true, "Accept-Language": true, "Connection": true,
	"If-None-Match": true, "If-Modified-Since": true, "Cache-Control": true, "Pragma": true, "From": true, "Referer": true, "Dnt": true,
	"Via": true, "Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Host": true, "X-Forwarded-Proto": true, "X-Real-Ip": true,
}

// asked is a simple request. A connection has one, which is filled anew each
// time: a handler must not keep it, nor its context. Nobody who asks simply is
// known by name, so that no more than a request's number could ever be mixed up.
type asked struct {
	blank   http.Request // with the context of the lane
	request http.Request
	url     url.URL
	header  http.Header
	values  []string
}

func newAsked(ctx context.Context, from string) *asked {
	blank := http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, RemoteAddr: from}
	return &asked{
		blank: *blank.WithContext(withRequest(ctx, &request{reused: true})), header: make(http.Header, len(simpleHeaders)),
		values: make([]string, 0, len(simpleHeaders)),
	}
}

// parse reads the head of a request and how long it is. It takes less than
// HTTP allows: whatever is unusual is not simple, and the server's to judge.
func (a *asked) parse(b []byte, quick *quickPaths) (int, verdict) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	head := string(b[:max(end, 0)])
	if end < 0 {
		line, _, whole := bytes.Cut(b, []byte("\r\n"))
		if !whole {
			return 0, soFar(b)
		}
		head = string(line)
	}
	line, rest, _ := strings.Cut(head, "\r\n")
	method, target, ok := requestLine(line)
	if !ok {
		return 0, notSimple
	}
	path, query, asked := strings.Cut(target, "?")
	if !quick.has(path) || asked && query == "" {
		return 0, notSimple
	}
	if end < 0 {
		return 0, soFar(b)
	}
	a.request = a.blank
	a.url = url.URL{Path: path, RawQuery: query}
	a.request.Method, a.request.URL, a.request.RequestURI = method, &a.url, target
	if !a.readHeader(rest) {
		return 0, notSimple
	}
	return end + len("\r\n\r\n"), simple
}

// soFar judges the beginning of a head: as soon as it cannot become simple the
// server should have it, which may not want to see the rest.
func soFar(b []byte) verdict {
	if len(b) >= headAtMost || bytes.Count(b, []byte("\n")) != bytes.Count(b, []byte("\r\n")) {
		return notSimple
	}
	for _, method := range []string{"GET /", "HEAD /"} {
		n := min(len(b), len(method))
		if string(b[:n]) == method[:n] {
			return incomplete
		}
	}
	return notSimple
}

// requestLine takes a request line apart.
func requestLine(line string) (method, target string, ok bool) {
	method, target, ok = strings.Cut(line, " ")
	target, isHTTP11 := strings.CutSuffix(target, " HTTP/1.1")
	if !ok || !isHTTP11 || method != http.MethodGet && method != http.MethodHead {
		return "", "", false
	}
	path := true // until the question mark
	for i := range len(target) {
		switch c := target[i]; {
		case c <= ' ' || c >= 0x7f || c == '#':
			return "", "", false
		case c == '?':
			path = false
		case c == '%' && path:
			return "", "", false
		}
	}
	return method, target, true
}

// readHeader reads the lines of a head.
func (a *asked) readHeader(lines string) bool {
	clear(a.header)
	a.values = a.values[:0]
	for lines != "" {
		var line string
		line, lines, _ = strings.Cut(lines, "\r\n")
		name, value, found := strings.Cut(line, ":")
		name = textproto.CanonicalMIMEHeaderKey(name)
		value = strings.Trim(value, " \t")
		if !found || !simpleHeaders[name] || a.header[name] != nil || !simpleValue(value) {
			return false
		}
		if name == "Connection" && !strings.EqualFold(value, "keep-alive") {
			return false
		}
		a.values = append(a.values, value)
		a.header[name] = a.values[len(a.values)-1 : len(a.values) : len(a.values)]
	}
	a.request.Host = a.header.Get("Host")
	delete(a.header, "Host") // as net/http does
	a.request.Header = a.header
	return simpleHost(a.request.Host)
}

func simpleValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func simpleHost(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if ('a' > c || c > 'z') && ('0' > s[i] || s[i] > '9') && !strings.ContainsRune(".-:[]_", rune(s[i])) {
			return false
		}
	}
	return s != ""
}
