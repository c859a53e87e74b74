package web

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
)

// Faults are the faults of a form, said in the caller's language. The zero
// value is a form without faults.
type Faults struct {
	lines []FaultLine
}

// FaultLine is one fault of a form: the summary links it to its field.
type FaultLine struct {
	Field   string // as the JSON API names it, "title.fr"; empty for the whole form
	ID      string // id of the field on the page
	Message string
}

// Faults says what is wrong in err, for a form that is shown again.
func (s *Shell) Faults(c *gin.Context, err error) Faults {
	r := requestOf(c.Request.Context())
	var all Faults
	for _, f := range fault.All(known(err)) {
		all.lines = append(all.lines, FaultLine{f.Field, FieldID(f.Field), s.words.T(r.lang, f.Key, f.Args...)})
	}
	return all
}

// Correctable tells whether err is only about what was typed, so that the form
// should be shown again with it.
func Correctable(err error) bool {
	kind, ok := fault.KindOf(known(err))
	return ok && kind == fault.Invalid
}

// FieldID is the id a field has on a page.
func FieldID(field string) string {
	if field == "" {
		return "form"
	}
	return "f-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(field)
}

// Any tells whether there is a fault.
func (f Faults) Any() bool { return len(f.lines) > 0 }

// All lists every fault in order, for the summary above the form.
func (f Faults) All() []FaultLine { return f.lines }

// For lists the sentences about one field.
func (f Faults) For(field string) []string {
	var messages []string
	for _, l := range f.lines {
		if l.Field == field {
			messages = append(messages, l.Message)
		}
	}
	return messages
}
