package page

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// decode returns body as text, the encoding it was read by, and whether that is
// another one than it declares. Arabic pages of older systems are written in
// windows-1256, and not all of them say so.
func decode(body []byte, mediaType string) (text []byte, name string, miscoded bool) {
	encoding, name, certain := charset.DetermineEncoding(body[:min(len(body), 1024)], mediaType)
	plain := utf8.Valid(trimmed(body))
	undeclared := name == "windows-1252" && !certain // what the library falls back on
	switch {
	case plain && (name == "utf-8" || undeclared):
		return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), "utf-8", false
	case plain && strings.HasPrefix(name, "windows-125") && !ascii(body):
		return body, "utf-8", true // nobody writes whole words of valid UTF-8 by chance
	case name == "utf-8", undeclared:
		miscoded = !undeclared
		encoding, name = charmap.Windows1252, "windows-1252"
		if arabic1256(body) {
			encoding, name = charmap.Windows1256, "windows-1256"
		}
	}
	text, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("�")), name, true
	}
	return text, name, miscoded
}

// trimmed leaves out a last letter of which the bound cut a part away.
func trimmed(body []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(body); n++ {
		if b := body[len(body)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(body[len(body)-n:]) {
				return body[:len(body)-n]
			}
			break
		}
	}
	return body
}

func ascii(body []byte) bool {
	for _, b := range body {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// arabic1256 tells whether the letters beyond ASCII come in runs, as they do
// where whole words are written in them; French has one now and then.
func arabic1256(body []byte) bool {
	runs, alone, run := 0, 0, 0
	for _, b := range body {
		if b >= 0xC0 {
			run++
			continue
		}
		switch {
		case run >= 2:
			runs += run
		case run == 1:
			alone++
		}
		run = 0
	}
	return runs > 2*alone
}
