package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Args are the arguments of an action as its caller sent them: strings from a
// query, any JSON value from a body.
type Args map[string]any

// act answers one action with its result as JSON.
type act func(*Snapshot, Args) ([]byte, error)

// acts are the actions we answer, by their names in CKAN.
var acts = map[string]act{
	"current_package_list_with_resources": (*Snapshot).packagesWithResources,
	"group_list":                          (*Snapshot).groupList,
	"group_show":                          (*Snapshot).groupShow,
	"license_list":                        (*Snapshot).licenseList,
	"organization_list":                   (*Snapshot).organizationList,
	"organization_show":                   (*Snapshot).organizationShow,
	"package_list":                        (*Snapshot).packageList,
	"package_search":                      (*Snapshot).packageSearch,
	"package_show":                        (*Snapshot).packageShow,
	"site_read":                           (*Snapshot).siteRead,
	"status_show":                         (*Snapshot).statusShow,
	"tag_list":                            (*Snapshot).tagList,
}

// writeActs end the names of actions that change something in CKAN. We have
// none of them, but whoever tries is answered as CKAN answers.
var writeActs = []string{"_create", "_update", "_patch", "_delete", "_purge", "_revise", "_invite", "_reorder", "_clear"}

// IsWrite tells whether the action would change something.
func IsWrite(action string) bool {
	return slices.ContainsFunc(writeActs, func(suffix string) bool { return strings.HasSuffix(action, suffix) })
}

// IsAction tells whether there is such an action to be answered.
func IsAction(action string) bool { return acts[action] != nil || action == "help_show" }

// An actionError is an answer that CKAN gives in place of a result.
type actionError struct {
	status int
	body   map[string]any
}

func (e *actionError) Error() string { return fmt.Sprintf("%d %v", e.status, e.body["__type"]) }

// The statuses that CKAN's answers carry. They are part of the dialect; this room speaks no HTTP.
const (
	statusOK         = 200
	statusBadRequest = 400
	statusNotFound   = 404
	statusConflict   = 409
	statusBroken     = 500
)

// The kinds of refusal, with the statuses a CKAN 2.10 gives them.
func notFound() error {
	return &actionError{statusNotFound, map[string]any{"__type": "Not Found Error", "message": "Not found"}}
}

func invalid(field, why string) error {
	return &actionError{statusConflict, map[string]any{"__type": "Validation Error", field: []string{why}}}
}

func badSearch(why string) error {
	return &actionError{statusBadRequest, map[string]any{
		"__type": "Search Query Error", "message": "Search Query is invalid: " + strconv.Quote(why),
	}}
}

// Denied is the answer to a write: there is no key that would permit one.
func Denied(s Settings, action string) *Document {
	return failure(s.defaults(), action, map[string]any{
		"__type": "Authorization Error", "message": "Access denied: this catalogue is read only",
	})
}

// Act answers an action from the snapshot. The answer to a question is kept,
// since every harvester asks the same ones.
func (s *Snapshot) Act(action string, args Args) (status int, d *Document) {
	key := answerKey(action, args)
	s.mu.Lock()
	d = s.answers[key]
	s.mu.Unlock()
	if d != nil {
		return statusOK, d
	}
	result, err := s.perform(action, args)
	if err != nil {
		return s.refuse(action, err)
	}
	d = NewDocument("application/json", s.success(action, result))
	s.remember(key, d)
	return statusOK, d
}

func (s *Snapshot) perform(action string, args Args) ([]byte, error) {
	if action == "help_show" {
		return s.helpShow(args)
	}
	a := acts[action]
	if a == nil {
		return nil, notFound()
	}
	return a(s, args)
}

func answerKey(action string, args Args) string {
	b, err := json.Marshal(args) // keys come out sorted
	if err != nil {
		return ""
	}
	return action + " " + string(b)
}

// The answers kept are bounded in number and size: strangers choose the questions.
const (
	answersAtMost   = 256
	answerBytesEach = 4 << 20
)

func (s *Snapshot) remember(key string, d *Document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "" || len(key) > 2000 || len(d.Bytes()) > answerBytesEach {
		return
	}
	// Begun anew when full: else whoever asked first would hold the place for good.
	if s.answerBytes += len(d.Bytes()); s.answerBytes > 8*answerBytesEach || len(s.answers) >= answersAtMost {
		s.answers, s.answerBytes = map[string]*Document{}, len(d.Bytes())
	}
	s.answers[key] = d
}

// success wraps a result as CKAN does.
func (s *Snapshot) success(action string, result []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(result) + 200)
	b.WriteString(`{"help": `)
	writeJSONString(&b, s.writer.settings.helpURL(action))
	b.WriteString(`, "success": true, "result": `)
	b.Write(result)
	b.WriteByte('}')
	return b.Bytes()
}

func (s Settings) helpURL(action string) string {
	return s.BaseURL + "/api/3/action/help_show?name=" + action
}

func (s *Snapshot) refuse(action string, err error) (int, *Document) {
	if e, ok := err.(*actionError); ok { //nolint:errorlint // made a few lines above, never wrapped
		return e.status, failure(s.writer.settings, action, e.body)
	}
	return statusBroken, failure(s.writer.settings, action, map[string]any{"__type": "Internal Server Error"})
}

func failure(s Settings, action string, body map[string]any) *Document {
	b, _ := marshal(map[string]any{"help": s.helpURL(action), "success": false, "error": body}) // strings always encode
	return NewDocument("application/json", b)
}

// text returns an argument as text; absent is empty.
func (a Args) text(key string) string {
	switch v := a[key].(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprint(v)
	}
}

// natural returns an argument as a number from 0, or otherwise when absent.
func (a Args) natural(key string, otherwise int) (int, error) {
	if a[key] == nil || a[key] == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(a.text(key)))
	switch {
	case err != nil:
		return 0, invalid(key, "Invalid integer")
	case n < 0:
		return 0, invalid(key, "Must be a natural number")
	}
	return n, nil
}

// truth reads the many ways callers write yes.
func (a Args) truth(key string) bool {
	switch strings.ToLower(a.text(key)) {
	case "true", "yes", "t", "y", "1":
		return true
	}
	return false
}

// list reads a list, which a query carries as JSON or as one word.
func (a Args) list(key string) ([]string, error) {
	switch v := a[key].(type) {
	case nil:
		return nil, nil
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
		return out, nil
	case string:
		v = strings.TrimSpace(v)
		if !strings.HasPrefix(v, "[") {
			return nonEmpty(v), nil
		}
		var out []string
		if err := json.Unmarshal([]byte(v), &out); err != nil {
			return nil, invalid(key, "Not a list")
		}
		return out, nil
	}
	return nil, invalid(key, "Not a list")
}

// window cuts a list by offset and limit; no limit is all.
func window[T any](all []T, offset, limit int) []T {
	all = all[min(offset, len(all)):]
	if limit >= 0 && limit < len(all) {
		all = all[:limit]
	}
	return all
}

// page reads limit and offset.
func (a Args) page() (offset, limit int, err error) {
	limit, err = a.natural("limit", -1)
	if err != nil {
		return 0, 0, err
	}
	offset, err = a.natural("offset", 0)
	return offset, limit, err
}
