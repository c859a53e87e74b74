package catalogue

import (
	"bytes"
	"slices"
)

// onlyFields appends to b the JSON object with no other members than those
// wanted. It trusts the object, which we wrote: to decode and encode a
// thousand of them takes longer than everything else.
func onlyFields(b, object []byte, wanted []string) []byte {
	b = append(b, '{')
	first := true
	for at := 1; at < len(object) && object[at] != '}'; {
		key := endOfString(object, at)
		end := endOfValue(object, key+1)
		if slices.Contains(wanted, string(object[at+1:key-1])) {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(b, object[at:end]...)
		}
		if at = end; at < len(object) && object[at] == ',' {
			at++
		}
	}
	return append(b, '}')
}

// member returns the value of a key of a JSON object of ours, nil without one.
func member(object []byte, wanted string) []byte {
	for at := 1; at < len(object) && object[at] != '}'; {
		key := endOfString(object, at)
		end := endOfValue(object, key+1)
		if string(object[at+1:key-1]) == wanted {
			return object[key+1 : end]
		}
		at = end + 1
	}
	return nil
}

// endOfString finds where the string that begins at i has ended.
func endOfString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		n := bytes.IndexAny(b[i:], `"\`)
		if n < 0 {
			break
		}
		if i += n; b[i] == '"' {
			return i + 1
		}
		i++ // what a backslash stands before
	}
	return len(b)
}

// endOfValue finds where the value that begins at i has ended.
func endOfValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = endOfString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
