package catalogue

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Args are the arguments of an action as its caller sent them: strings from a
// query (a list where one came twice), any JSON value from a body.
type Args map[string]any

// text returns an argument as text; absent is empty, of several the last counts.
func (a Args) text(key string) string { return plain(a[key]) }

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		if len(v) == 0 {
			return ""
		}
		return plain(v[len(v)-1])
	default:
		return fmt.Sprint(v)
	}
}

// need returns an argument that there must be.
func (a Args) need(key string) (string, error) {
	if value := a.text(key); value != "" {
		return value, nil
	}
	return "", invalid(key, "Missing value")
}

// natural returns an argument as a number from 0, or otherwise when absent.
func (a Args) natural(key string, otherwise int) (int, error) {
	text := strings.TrimSpace(a.text(key))
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, ".0"))
	if errors.Is(err, strconv.ErrRange) && text[0] != '-' {
		return math.MaxInt32, nil
	}
	switch {
	case n < 0:
		return 0, invalid(key, "Must be a natural number")
	case err != nil:
		return 0, invalid(key, "Invalid integer")
	}
	return n, nil
}

// truth reads the many ways callers write yes.
func (a Args) truth(key string) bool {
	yes, _ := readTruth(a.text(key))
	return yes
}

// flag is truth for arguments of which CKAN takes nothing but yes and no.
func (a Args) flag(key string, otherwise bool) (bool, error) {
	if a[key] == nil {
		return otherwise, nil
	}
	yes, ok := readTruth(a.text(key))
	if !ok {
		return false, refused("message", "Parameter is not an bool")
	}
	return yes, nil
}

func readTruth(s string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "t", "y", "1":
		return true, true
	case "false", "no", "off", "n", "f", "0":
		return false, true
	}
	return false, false
}

// list reads a list, which a query carries as JSON or as one word.
func (a Args) list(key string) ([]string, error) {
	switch v := a[key].(type) {
	case nil:
		return nil, nil
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, plain(one))
		}
		return out, nil
	case string:
		v = strings.TrimSpace(v)
		if !strings.HasPrefix(v, `["`) && v != "[]" || key == "fq" {
			return nonEmpty(v), nil
		}
		var out []string
		if err := json.Unmarshal([]byte(v), &out); err != nil {
			return nil, invalid(key, "Could not parse as valid JSON")
		}
		return out, nil
	}
	return nil, invalid(key, "Not a list")
}

// words reads a list that may also be words parted by commas.
func (a Args) words(key string) ([]string, error) {
	listed, err := a.list(key)
	var out []string
	for _, one := range listed {
		out = append(out, strings.FieldsFunc(one, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return out, err
}

// window cuts a list by offset and limit; no limit is all.
func window[T any](all []T, offset, limit int) []T {
	all = all[min(offset, len(all)):]
	if limit >= 0 && limit < len(all) {
		all = all[:limit]
	}
	return all
}

// page reads limit and offset. A limit of 0 is none, to CKAN.
func (a Args) page() (offset, limit int, err error) {
	if limit, err = a.natural("limit", -1); err != nil {
		return 0, 0, err
	}
	if limit == 0 {
		limit = -1
	}
	offset, err = a.natural("offset", 0)
	return offset, limit, err
}

// Python writes a value the way Python shows it, since CKAN's messages do.
func Python(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return pythonText(v)
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, Python(one))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case map[string]any:
		var all []string
		for key, one := range v {
			all = append(all, pythonText(key)+": "+Python(one))
		}
		slices.Sort(all)
		return "{" + strings.Join(all, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// pythonText quotes with apostrophes, unless the text has some and no quotes.
func pythonText(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	replaced := strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	return quote + replaced.Replace(s) + quote
}
