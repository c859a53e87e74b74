package journey

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/jard-odi/jard/fault"
)

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,59}$`)
	headerForm = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)
	yamlLine   = regexp.MustCompile(`line \d+: `)
)

// Read reads a journey. Every fault of it is of the field and begins with the
// line it is at.
func Read(field, source string) (*Plan, error) {
	switch {
	case !utf8.ValidString(source), strings.ContainsRune(source, 0):
		return nil, fault.At(field, "fault.utf8")
	case utf8.RuneCountInString(source) > MaxSource:
		return nil, fault.At(field, "fault.too_long", MaxSource)
	case strings.TrimSpace(source) == "":
		return nil, fault.At(field, "fault.required")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(source), &doc); err != nil {
		return nil, notYAML(field, source, err)
	}
	r := reader{field: field, known: map[string]bool{}}
	r.plan(doc.Content)
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return &r.made, nil
}

// notYAML tells where the text stops being YAML, in the words of its library.
func notYAML(field, source string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if at := yamlLine.FindStringIndex(text); at != nil {
		text = text[at[1]:]
	}
	return fault.At(field, "journey.yaml", brokenLine(source), text)
}

// mostTries bounds how many lines are tried to find the one that breaks.
const mostTries = 300

// brokenLine returns the line after the longest beginning that is YAML. The
// library names the line where what broke began, which may be far above.
func brokenLine(source string) int {
	lines := strings.SplitAfter(source, "\n")
	var doc yaml.Node
	for n := min(len(lines), mostTries) - 1; n > 0; n-- {
		if yaml.Unmarshal([]byte(strings.Join(lines[:n], "")), &doc) == nil {
			return n + 1
		}
	}
	return 1
}

// reader walks the YAML and collects what is wrong with it.
type reader struct {
	field  string
	made   Plan
	known  map[string]bool // variables, as far as read
	faults []error
}

func (r *reader) fault(n *yaml.Node, key string, args ...any) {
	r.faults = append(r.faults, fault.At(r.field, "journey."+key, append([]any{n.Line}, args...)...))
}

// keys is what a mapping may hold, each with who reads it.
type keys map[string]func(value *yaml.Node)

// mapping reads n key by key. It is false when n is none.
func (r *reader) mapping(n *yaml.Node, of keys) bool {
	if n.Kind != yaml.MappingNode {
		r.fault(n, "no_mapping")
		return false
	}
	seen := map[string]bool{}
	for at := 0; at+1 < len(n.Content); at += 2 {
		key, value := n.Content[at], n.Content[at+1]
		read, ok := of[key.Value]
		switch {
		case seen[key.Value]:
			r.fault(key, "twice", key.Value)
		case !ok:
			r.fault(key, "unknown", key.Value, strings.Join(sorted(of), ", "))
		case value.Kind == yaml.AliasNode:
			r.fault(value, "alias")
		default:
			read(value)
		}
		seen[key.Value] = true
	}
	return true
}

func sorted(of keys) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// word reads one text.
func (r *reader) word(n *yaml.Node) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null":
		r.fault(n, "no_text")
		return "", false
	case utf8.RuneCountInString(n.Value) > maxText:
		r.fault(n, "too_long", maxText)
		return "", false
	}
	return n.Value, true
}

// text reads one text with variables in it.
func (r *reader) text(n *yaml.Node) Text {
	raw, ok := r.word(n)
	if !ok {
		return Text{}
	}
	t, ok := parseText(raw)
	if !ok {
		r.fault(n, "braces")
		return Text{}
	}
	for _, name := range t.Names() {
		if !r.known[name] {
			r.fault(n, "variable", name)
		}
	}
	return t
}

// several reads a text or a list of them.
func (r *reader) several(n *yaml.Node, one func(*yaml.Node)) {
	switch {
	case n.Kind != yaml.SequenceNode:
		one(n)
	case len(n.Content) > maxItems:
		r.fault(n, "too_many", maxItems)
	default:
		for _, item := range n.Content {
			if item.Kind == yaml.AliasNode {
				r.fault(item, "alias")
				continue
			}
			one(item)
		}
	}
}

// pairs reads names with texts; valid says which names may be.
func (r *reader) pairs(n *yaml.Node, valid func(string) bool) []Pair {
	var list []Pair
	switch {
	case n.Kind != yaml.MappingNode:
		r.fault(n, "no_mapping")
	case len(n.Content)/2 > maxItems:
		r.fault(n, "too_many", maxItems)
	default:
		seen := map[string]bool{}
		for at := 0; at+1 < len(n.Content); at += 2 {
			key, value := n.Content[at], n.Content[at+1]
			switch {
			case seen[key.Value]:
				r.fault(key, "twice", key.Value)
			case key.Kind != yaml.ScalarNode || !valid(key.Value):
				r.fault(key, "name", key.Value)
			default:
				list = append(list, Pair{key.Value, r.text(value)})
			}
			seen[key.Value] = true
		}
	}
	return list
}

// plan reads the whole.
func (r *reader) plan(content []*yaml.Node) {
	if len(content) != 1 {
		r.faults = append(r.faults, fault.At(r.field, "fault.required"))
		return
	}
	var steps *yaml.Node
	ok := r.mapping(content[0], keys{
		"variables": func(n *yaml.Node) {
			r.made.Variables = r.pairs(n, nameForm.MatchString)
			for _, p := range r.made.Variables {
				if len(p.Text.Secrets()) > 0 {
					r.fault(n, "secret_variable", p.Name)
				}
				r.known[p.Name] = true
			}
		},
		"steps": func(n *yaml.Node) { steps = n },
	})
	switch {
	case !ok:
	case steps == nil || steps.Kind != yaml.SequenceNode || len(steps.Content) == 0:
		r.fault(content[0], "no_steps")
	case len(steps.Content) > MaxSteps:
		r.fault(steps, "too_many_steps", MaxSteps)
	default:
		for _, n := range steps.Content { // variables are known by now, wherever they stand
			r.step(n)
		}
	}
}

// step reads one step.
func (r *reader) step(n *yaml.Node) {
	s := Step{Line: n.Line}
	var takes *yaml.Node
	request := 0
	address := func(method string) func(*yaml.Node) {
		return func(v *yaml.Node) { request++; s.Method, s.Address = method, r.address(v) }
	}
	anyName := func(name string) bool { return name != "" && len(name) <= 200 }
	ok := r.mapping(n, keys{
		"name": func(v *yaml.Node) { s.Name, _ = r.word(v) },
		"get":  address("GET"), "post": address("POST"),
		"form":    func(v *yaml.Node) { request++; s.Form = r.selector(v) },
		"fill":    func(v *yaml.Node) { s.Fill = r.pairs(v, anyName) },
		"headers": func(v *yaml.Node) { s.Headers = r.headers(v) },
		"data":    func(v *yaml.Node) { s.Data = r.pairs(v, anyName) },
		"body":    func(v *yaml.Node) { s.Body = r.text(v) },
		"type":    func(v *yaml.Node) { s.Type = r.oneLine(v) },
		"expect":  func(v *yaml.Node) { s.Expect = r.expect(v) },
		"take":    func(v *yaml.Node) { takes = v },
	})
	if !ok {
		return
	}
	r.agree(n, &s, request)
	if takes != nil {
		s.Take = r.takes(takes)
	}
	r.made.Steps = append(r.made.Steps, s)
}

// agree sees that the parts of a step go together.
func (r *reader) agree(n *yaml.Node, s *Step, request int) {
	switch {
	case strings.TrimSpace(s.Name) == "":
		r.fault(n, "no_name")
	case slices.ContainsFunc(r.made.Steps, func(o Step) bool { return o.Name == s.Name }):
		r.fault(n, "same_name", s.Name)
	}
	posts := len(s.Data) > 0 || !s.Body.Empty()
	switch {
	case request != 1:
		r.fault(n, "one_request")
	case s.Form != "" && len(r.made.Steps) == 0:
		r.fault(n, "form_first")
	case s.Form == "" && len(s.Fill) > 0:
		r.fault(n, "fill_without_form")
	case posts && s.Method != "POST":
		r.fault(n, "body_without_post")
	case len(s.Data) > 0 && !s.Body.Empty():
		r.fault(n, "data_and_body")
	case s.Type != "" && s.Body.Empty():
		r.fault(n, "type_without_body")
	}
}
