package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// act answers one action with its result as JSON.
type act func(*Snapshot, Args) ([]byte, error)

// acts are the actions we answer, by their names in CKAN.
var acts = map[string]act{
	"current_package_list_with_resources": (*Snapshot).packagesWithResources,
	"format_autocomplete":                 (*Snapshot).formatAutocomplete,
	"group_autocomplete":                  (*Snapshot).groupAutocomplete,
	"group_list":                          (*Snapshot).groupList,
	"group_package_show":                  (*Snapshot).groupPackageShow,
	"group_show":                          (*Snapshot).groupShow,
	"license_list":                        (*Snapshot).licenseList,
	"organization_autocomplete":           (*Snapshot).organizationAutocomplete,
	"organization_list":                   (*Snapshot).organizationList,
	"organization_show":                   (*Snapshot).organizationShow,
	"package_autocomplete":                (*Snapshot).packageAutocomplete,
	"package_list":                        (*Snapshot).packageList,
	"package_search":                      (*Snapshot).packageSearch,
	"package_show":                        (*Snapshot).packageShow,
	"resource_show":                       (*Snapshot).resourceShow,
	"site_read":                           (*Snapshot).siteRead,
	"status_show":                         (*Snapshot).statusShow,
	"tag_autocomplete":                    (*Snapshot).tagAutocomplete,
	"tag_list":                            (*Snapshot).tagList,
	"tag_search":                          (*Snapshot).tagSearch,
	"tag_show":                            (*Snapshot).tagShow,
	"vocabulary_list":                     (*Snapshot).vocabularyList,
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
func notFound() error { return notFoundBecause("") }

func notFoundBecause(why string) error {
	message := "Not found"
	if why != "" {
		message += ": " + why
	}
	return &actionError{statusNotFound, map[string]any{"__type": "Not Found Error", "message": message}}
}

func invalid(field, why string) error { return refused(field, []string{why}) }

// refused carries what CKAN says of a field: a list of complaints mostly, and
// bare text here and there.
func refused(field string, why any) error {
	return &actionError{statusConflict, map[string]any{"__type": "Validation Error", field: why}}
}

func badSearch(why string) error {
	return &actionError{statusBadRequest, map[string]any{
		"__type": "Search Query Error", "message": "Search Query is invalid: " + Python(why),
	}}
}

// Denied is the answer to a write: there is no key that would permit one.
func Denied(s Settings, action string) *Document {
	return failure(s.defaults(), action, map[string]any{
		"__type": "Authorization Error", "message": "Access denied: Action " + action + " requires an authenticated user",
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
	answerBytesEach = 1 << 20
)

func (s *Snapshot) remember(key string, d *Document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "" || len(key) > 2000 || len(d.Bytes()) > answerBytesEach {
		return
	}
	// Begun anew when full: else whoever asked first would hold the place for good.
	if s.answerBytes += len(d.Bytes()); s.answerBytes > 4*answerBytesEach || len(s.answers) >= answersAtMost {
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
	if e, ok := errors.AsType[*actionError](err); ok { // the first of several, as CKAN stops at it
		return e.status, failure(s.writer.settings, action, e.body)
	}
	return statusBroken, failure(s.writer.settings, action, map[string]any{
		"__type": "Internal Server Error", "message": "Internal Server Error",
	})
}

func failure(s Settings, action string, body map[string]any) *Document {
	b, _ := marshal(map[string]any{"help": s.helpURL(action), "success": false, "error": body}) // strings always encode
	return NewDocument("application/json", b)
}
