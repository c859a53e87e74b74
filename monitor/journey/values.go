package journey

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// address reads where a request goes. A secret has no place there: addresses
// end up in logs.
func (r *reader) address(n *yaml.Node) Text {
	t := r.text(n)
	u, err := url.Parse(t.Expand(map[string]string{}, nil))
	switch {
	case t.Empty():
	case len(t.Secrets()) > 0:
		r.fault(n, "secret_address")
	case err != nil, u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https", u.User != nil:
		r.fault(n, "address", t.Raw)
	}
	return t
}

func (r *reader) selector(n *yaml.Node) string {
	s, ok := r.word(n)
	if ok && !Selector(s) {
		r.fault(n, "selector", s)
	}
	return s
}

func (r *reader) pattern(n *yaml.Node) string {
	s, ok := r.word(n)
	if !ok {
		return ""
	}
	if _, err := regexp.Compile(s); err != nil {
		r.fault(n, "pattern", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return s
}

func (r *reader) oneLine(n *yaml.Node) string {
	s, ok := r.word(n)
	if ok && strings.ContainsAny(s, "\r\n") {
		r.fault(n, "one_line")
		return ""
	}
	return s
}

func (r *reader) headers(n *yaml.Node) []Pair {
	list := r.pairs(n, headerForm.MatchString)
	for _, p := range list {
		name := strings.ToLower(p.Name)
		if strings.ContainsAny(p.Text.Raw, "\r\n") {
			r.fault(n, "one_line")
		}
		if slices.Contains([]string{"host", "cookie", "content-length", "transfer-encoding", "connection"}, name) {
			r.fault(n, "own_header", p.Name)
		}
	}
	return list
}

// expect reads what an answer must be like.
func (r *reader) expect(n *yaml.Node) (e Expect) {
	word := func(to *[]Text) func(*yaml.Node) {
		return func(v *yaml.Node) { r.several(v, func(one *yaml.Node) { *to = append(*to, r.wanted(one)) }) }
	}
	r.mapping(n, keys{
		"status": func(v *yaml.Node) {
			r.several(v, func(one *yaml.Node) {
				text, _ := r.word(one)
				list, ok := ranges(text)
				if !ok {
					r.fault(one, "status", text)
				}
				e.Status = append(e.Status, list...)
			})
		},
		"contains": word(&e.Contains), "not_contains": word(&e.Absent),
		"matches": func(v *yaml.Node) {
			r.several(v, func(one *yaml.Node) { e.Matches = append(e.Matches, r.pattern(one)) })
		},
		"css":     func(v *yaml.Node) { r.several(v, func(one *yaml.Node) { e.CSS = append(e.CSS, r.selector(one)) }) },
		"json":    func(v *yaml.Node) { e.JSON = r.quiet(v, r.pairs(v, pathValid)) },
		"headers": func(v *yaml.Node) { e.Headers = r.quiet(v, r.pairs(v, headerForm.MatchString)) },
		"url":     func(v *yaml.Node) { e.URL = r.wanted(v) },
		"within":  func(v *yaml.Node) { e.Within = r.duration(v) },
	})
	return e
}

// wanted reads a text that an answer is compared with. It is repeated when it
// is missing, so no secret may stand in it.
func (r *reader) wanted(n *yaml.Node) Text {
	t := r.text(n)
	if len(t.Secrets()) > 0 {
		r.fault(n, "secret_expect")
	}
	if t.Empty() && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		r.fault(n, "empty")
	}
	return t
}

func (r *reader) quiet(n *yaml.Node, list []Pair) []Pair {
	for _, p := range list {
		if len(p.Text.Secrets()) > 0 {
			r.fault(n, "secret_expect")
		}
	}
	return list
}

func (r *reader) duration(n *yaml.Node) time.Duration {
	s, _ := r.word(n)
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > time.Minute {
		r.fault(n, "duration", s)
		return 0
	}
	return d
}

// takes reads what is kept of an answer, and makes it known to later steps.
func (r *reader) takes(n *yaml.Node) []Take {
	var list []Take
	if n.Kind != yaml.MappingNode || len(n.Content)/2 > maxItems {
		r.fault(n, "no_mapping")
		return nil
	}
	for at := 0; at+1 < len(n.Content); at += 2 {
		key, value := n.Content[at], n.Content[at+1]
		if !nameForm.MatchString(key.Value) {
			r.fault(key, "name", key.Value)
			continue
		}
		t := Take{Name: key.Value}
		ok := r.mapping(value, keys{
			"regex": func(v *yaml.Node) { t.Pattern = r.pattern(v) },
			"css":   func(v *yaml.Node) { t.CSS = r.selector(v) },
			"attr":  func(v *yaml.Node) { t.Attr, _ = r.word(v) },
			"json": func(v *yaml.Node) {
				if t.JSON, _ = r.word(v); !pathValid(t.JSON) {
					r.fault(v, "path", t.JSON)
				}
			},
			"header": func(v *yaml.Node) { t.Header, _ = r.word(v) },
		})
		if ok && (ways(t) != 1 || t.Attr != "" && t.CSS == "") {
			r.fault(value, "one_way")
		}
		r.known[t.Name] = true
		list = append(list, t)
	}
	return list
}

// ways counts the ways in which t is to be found.
func ways(t Take) int {
	n := 0
	for _, way := range []string{t.Pattern, t.CSS, t.JSON, t.Header} {
		if way != "" {
			n++
		}
	}
	return n
}
