package web

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// unit separates a key from its arguments inside a message of huma's.
const unit = "\x1f"

// taught guards huma's package-level hooks, the only ones it has.
var taught sync.Once //nolint:gochecknoglobals // huma's hooks are global; they are set once and hold no state

// teachHuma makes huma say the keys of our sentences instead of its own
// English ones, and build our problems. It must run before any operation is
// registered, since huma composes its messages then.
func teachHuma() {
	taught.Do(func() {
		huma.ValidateStrictCasing = true
		huma.NewErrorWithContext = hummed
		huma.NewError = func(status int, msg string, _ ...error) huma.StatusError {
			return &Problem{Type: "about:blank", Title: msg, Detail: msg, Status: status}
		}
		for target, key := range humaMessages() {
			*target = key
		}
	})
}

// humaMessages are our keys for huma's sentences, each with as many arguments
// as huma fills in.
func humaMessages() map[*string]string {
	one := unit + "%v"
	return map[*string]string{
		&validation.MsgUnexpectedProperty:                 "fault.unknown_field",
		&validation.MsgExpectedRFC3339DateTime:            "fault.api.date_time",
		&validation.MsgExpectedRFC1123DateTime:            "fault.api.date_time",
		&validation.MsgExpectedRFC3339Date:                "fault.api.date",
		&validation.MsgExpectedRFC3339Time:                "fault.api.time",
		&validation.MsgExpectedRFC5322Email:               "fault.api.email" + one,
		&validation.MsgExpectedRFC5890Hostname:            "fault.api.hostname",
		&validation.MsgExpectedRFC2673IPv4:                "fault.api.ip",
		&validation.MsgExpectedRFC2373IPv6:                "fault.api.ip",
		&validation.MsgExpectedRFCIPAddr:                  "fault.api.ip",
		&validation.MsgExpectedRFC3986URI:                 "fault.api.uri" + one,
		&validation.MsgExpectedRFC4122UUID:                "fault.api.uuid" + one,
		&validation.MsgExpectedRFC6570URITemplate:         "fault.api.uri",
		&validation.MsgExpectedRFC6901JSONPointer:         "fault.api.value",
		&validation.MsgExpectedRFC6901RelativeJSONPointer: "fault.api.value",
		&validation.MsgExpectedRegexp:                     "fault.api.regexp" + one,
		&validation.MsgExpectedMatchAtLeastOneSchema:      "fault.api.value",
		&validation.MsgExpectedMatchExactlyOneSchema:      "fault.api.value",
		&validation.MsgExpectedNotMatchSchema:             "fault.api.value",
		&validation.MsgExpectedPropertyNameInObject:       "fault.api.value",
		&validation.MsgExpectedBoolean:                    "fault.api.boolean",
		&validation.MsgExpectedDuration:                   "fault.api.duration" + one,
		&validation.MsgExpectedNumber:                     "fault.api.number",
		&validation.MsgExpectedInteger:                    "fault.api.integer",
		&validation.MsgExpectedString:                     "fault.api.string",
		&validation.MsgExpectedBase64String:               "fault.api.base64",
		&validation.MsgExpectedArray:                      "fault.api.array",
		&validation.MsgExpectedObject:                     "fault.api.object",
		&validation.MsgExpectedArrayItemsUnique:           "fault.api.unique",
		&validation.MsgExpectedOneOf:                      "fault.api.one_of" + one,
		&validation.MsgExpectedMinimumNumber:              "fault.api.minimum" + one,
		&validation.MsgExpectedExclusiveMinimumNumber:     "fault.api.above" + one,
		&validation.MsgExpectedMaximumNumber:              "fault.api.maximum" + one,
		&validation.MsgExpectedExclusiveMaximumNumber:     "fault.api.below" + one,
		&validation.MsgExpectedNumberBeMultipleOf:         "fault.api.multiple" + one,
		&validation.MsgExpectedMinLength:                  "fault.api.min_length" + one,
		&validation.MsgExpectedMaxLength:                  "fault.too_long" + one,
		&validation.MsgExpectedBePattern:                  "fault.api.pattern" + one,
		&validation.MsgExpectedMatchPattern:               "fault.api.pattern" + one,
		&validation.MsgExpectedMinItems:                   "fault.api.min_items" + one,
		&validation.MsgExpectedMaxItems:                   "fault.api.max_items" + one,
		&validation.MsgExpectedMinProperties:              "fault.api.min_items" + one,
		&validation.MsgExpectedMaxProperties:              "fault.api.max_items" + one,
		&validation.MsgExpectedRequiredProperty:           "fault.required" + one,
		&validation.MsgExpectedDependentRequiredProperty:  "fault.api.needs" + one + one,
	}
}

// message is one of our sentences, travelling through huma as an error.
func message(key string, args ...any) error {
	for _, a := range args {
		key += fmt.Sprint(unit, a)
	}
	return errorString(key)
}

type errorString string

func (e errorString) Error() string { return string(e) }

// readMessage takes a message apart again. Those that huma says without asking
// are recognised by their words.
func readMessage(text string) (key string, args []any) {
	parts := strings.Split(text, unit)
	if room, _, _ := strings.Cut(parts[0], "."); room == "fault" {
		for _, p := range parts[1:] {
			if n, err := strconv.ParseInt(p, 10, 64); err == nil {
				args = append(args, n) // a count chooses the plural form
			} else {
				args = append(args, p)
			}
		}
		return parts[0], args
	}
	for _, known := range []struct{ words, key string }{
		{"parameter is missing", "fault.required"},
		{"invalid integer", "fault.api.integer"},
		{"invalid float", "fault.api.number"},
		{"invalid boolean", "fault.api.boolean"},
		{"invalid date/time", "fault.api.date_time"},
		{"url.URL", "fault.api.uri"},
		{"at most one value", "fault.api.one_value"},
		{"multipart form", "fault.form"},
	} {
		if strings.Contains(text, known.words) {
			return known.key, nil
		}
	}
	return "fault.api.value", nil
}
