package web

import (
	"bytes"
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

// parseSimple reads the head of a request and how long it is. It takes less
// than HTTP allows: whatever is unusual is not simple, and the server's to
// judge.
func parseSimple(b []byte, quick *quickPaths) (*http.Request, int, verdict) {
	line, rest, whole := bytes.Cut(b, []byte("\r\n"))
	if !whole {
		if len(b) >= headAtMost || !mayBeSimple(b) {
			return nil, 0, notSimple
		}
		return nil, 0, incomplete
	}
	method, target, ok := requestLine(string(line))
	if !ok {
		return nil, 0, notSimple
	}
	path, query, asked := strings.Cut(target, "?")
	if !quick.has(path) || asked && query == "" {
		return nil, 0, notSimple
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) >= headAtMost {
			return nil, 0, notSimple
		}
		return nil, 0, incomplete
	}
	header, host, ok := simpleHeader(string(rest[:end+len("\r\n\r\n")-len(line)-len("\r\n")]))
	if !ok {
		return nil, 0, notSimple
	}
	return &http.Request{
		Method: method, URL: &url.URL{Path: path, RawQuery: query}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: http.NoBody, Host: host, RequestURI: target,
	}, end + len("\r\n\r\n"), simple
}

// mayBeSimple looks at the beginning of a request line.
func mayBeSimple(b []byte) bool {
	for _, method := range []string{"GET /", "HEAD /"} {
		n := min(len(b), len(method))
		if string(b[:n]) == method[:n] {
			return true
		}
	}
	return false
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

// simpleHeader reads the lines of a head, each ended by CRLF, up to the empty one.
func simpleHeader(lines string) (header http.Header, host string, ok bool) {
	header = make(http.Header, 8)
	values := make([]string, 0, 8)
	for {
		var line string
		line, lines, ok = strings.Cut(lines, "\r\n")
		if line == "" {
			break
		}
		name, value, found := strings.Cut(line, ":")
		name = textproto.CanonicalMIMEHeaderKey(name)
		value = strings.Trim(value, " \t")
		if !found || !simpleHeaders[name] || header[name] != nil || !simpleValue(value) {
			return nil, "", false
		}
		if name == "Connection" && !strings.EqualFold(value, "keep-alive") {
			return nil, "", false
		}
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	host = header.Get("Host")
	delete(header, "Host") // as net/http does
	return header, host, ok && simpleHost(host)
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
