package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
)

// Field is one input of a form with its label, hint and faults. The methods
// return a changed copy, so that a template can write
//
//	{{template "field" (($.Field .Faults "title.fr" "inventory.title" .Form.Title).In "fr").Must}}
type Field struct {
	Name, ID, Label, Kind string // Kind is the input's type, or area, select, checkbox, radios
	Value                 string
	Hint, Gain            string
	Comment               string // what a reviewer said about it
	Errors                []string
	Options               []Option
	Lang, Dir             string // of what is typed
	Auto                  string // autocomplete
	Required, Checked     bool
	Rows, Max             int
	requiredWord          string
}

// Option is one choice of a field.
type Option struct {
	Value, Label, Hint string
	Chosen             bool
}

// Field is an input named name, as the JSON API names it, so that faults find
// it. Its value is what was typed or stored: a string, a date, a number.
func (p Page) Field(f Faults, name, labelKey string, value any) Field {
	return Field{
		Name: name, ID: FieldID(name), Label: p.T(labelKey), Kind: "text", Value: typed(value), Errors: f.For(name),
		requiredWord: p.T("web.form.required"),
	}
}

func typed(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(time.DateOnly)
	case *string:
		if v == nil {
			return ""
		}
		return *v
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(value)
}

// Type sets the kind of input: email, url, date, number, password, search, file, hidden.
func (f Field) Type(kind string) Field {
	f.Kind = kind
	return f
}

// Area makes the field several lines high.
func (f Field) Area(rows int) Field {
	f.Kind, f.Rows = "area", rows
	return f
}

// Choose makes the field a drop-down; the option with the field's value is chosen.
func (f Field) Choose(options []Option) Field {
	f.Kind, f.Options = "select", f.chosen(options)
	return f
}

// Radios shows every option at once: for few of them, with hints.
func (f Field) Radios(options []Option) Field {
	f.Kind, f.Options = "radios", f.chosen(options)
	return f
}

func (f Field) chosen(options []Option) []Option {
	options = slices.Clone(options)
	for i := range options {
		options[i].Chosen = options[i].Chosen || options[i].Value == f.Value
	}
	return options
}

// Tick makes the field a checkbox.
func (f Field) Tick(checked bool) Field {
	f.Kind, f.Checked, f.Value = "checkbox", checked, "true"
	return f
}

// Hinted adds a sentence of help, already said: ($.T "key").
func (f Field) Hinted(hint string) Field {
	f.Hint = hint
	return f
}

// Within gives the field an id of its own where a page has the same form several times; "" leaves it.
func (f Field) Within(form string) Field {
	if form != "" {
		f.ID += "-" + FieldID(form)
	}
	return f
}

// Gains shows what filling the field is worth: "+30 points".
func (f Field) Gains(gain string) Field {
	f.Gain = gain
	return f
}

// Commented adds what a reviewer said about the field.
func (f Field) Commented(text string) Field {
	f.Comment = text
	return f
}

// Must marks the field as required. The server decides; the browser does not
// stop the form, so that all faults are told at once.
func (f Field) Must() Field {
	f.Required = true
	return f
}

// In says in which language the field is filled.
func (f Field) In(tag string) Field {
	f.Lang, f.Dir = tag, lang.Tag(tag).Dir()
	return f
}

// Latin marks a field of codes, addresses or numbers, written left to right in every language.
func (f Field) Latin() Field {
	f.Dir = "ltr"
	return f
}

// Limit bounds the number of characters.
func (f Field) Limit(n int) Field {
	f.Max = n
	return f
}

// Fills names what a browser may fill in by itself: "username", "current-password".
func (f Field) Fills(auto string) Field {
	f.Auto = auto
	return f
}

// Described lists the ids of the hint and the faults.
func (f Field) Described() string {
	ids := []string{}
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Comment != "" {
		ids = append(ids, f.ID+"-comment")
	}
	if len(f.Errors) > 0 {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// RequiredWord is said beside the label of a field that must be filled.
func (f Field) RequiredWord() string { return f.requiredWord }
