package web

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
)

// readable refuses an address that is no text. PostgreSQL fails a question
// that holds a NUL or a byte outside UTF-8, SQLite does not: what neither can
// be asked for is told here, once, before any room looks.
func (s *Shell) readable(c *gin.Context) {
	var err error
	if c.Request.URL.RawQuery != "" {
		err = legible(c.Request.URL.Query())
	}
	if !isText(c.Request.URL.Path) {
		err = illegible()
	}
	if err != nil {
		s.fail(c, err)
	}
}

func legible(values url.Values) error {
	for name, all := range values {
		if !isText(name) {
			return illegible()
		}
		for _, v := range all {
			if !isText(v) {
				return illegible()
			}
		}
	}
	return nil
}

func illegible() error { return fault.New(fault.Invalid, "fault.utf8") }

// isText tells whether every store keeps s as it is.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// isTextJSON is isText for what JSON says by escapes: encoding/json takes a
// NUL, and puts a mark in place of half a surrogate pair.
func isTextJSON(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for n := 0; n < len(b); n++ {
		if b[n] != '\\' {
			continue
		}
		r, ok := escaped(b[n:])
		switch {
		case !ok:
			n++ // another escape, of one character
			continue
		case r == 0:
			return false
		case utf16.IsSurrogate(r):
			low, _ := escaped(b[n+escapeLength:])
			if utf16.DecodeRune(r, low) == utf8.RuneError {
				return false
			}
			n += escapeLength
		}
		n += escapeLength - 1
	}
	return true
}

const escapeLength = len(`\u0000`)

// escaped reads the \uXXXX that b begins with.
func escaped(b []byte) (rune, bool) {
	if len(b) < escapeLength || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:escapeLength]), 16, 16)
	return rune(n), err == nil
}
