package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// maxYears is how far ahead a registration may end: registries sell ten years,
// some few more.
const maxYears = 100

// answer is what is read of a registry's answer about a domain (RFC 9083).
type answer struct {
	Class    string   `json:"objectClassName"`
	Name     string   `json:"ldhName"`
	Events   []event  `json:"events"`
	Entities []entity `json:"entities"`
}

type event struct {
	Action string `json:"eventAction"`
	Date   string `json:"eventDate"`
}

type entity struct {
	Roles  []string        `json:"roles"`
	Handle string          `json:"handle"`
	Card   json.RawMessage `json:"vcardArray"`
}

// Read reads a registry's answer about name.
func Read(name string, body []byte, now time.Time) Seen {
	var a answer
	switch err := json.Unmarshal(body, &a); {
	case err != nil:
		return Seen{Outcome: Unreadable, Detail: err.Error()}
	case a.Class != "" && !strings.EqualFold(a.Class, "domain"):
		return Seen{Outcome: Unreadable, Detail: "the answer is about " + a.Class}
	case !strings.EqualFold(strings.TrimSuffix(a.Name, "."), name):
		return Seen{Outcome: Unreadable, Detail: fmt.Sprintf("the answer is about %q", a.Name)}
	}
	seen := Seen{Outcome: NoDate, Registrar: a.registrar()}
	for _, e := range a.Events {
		if !strings.EqualFold(strings.TrimSpace(e.Action), "expiration") {
			continue
		}
		at, err := readDate(e.Date)
		if err != nil || at.Year() < 1985 || at.After(now.AddDate(maxYears, 0, 0)) {
			return Seen{Outcome: Unreadable, Detail: fmt.Sprintf("the registration ends on %q", e.Date)}
		}
		if seen.Outcome == NoDate || at.Before(seen.ExpiresAt) {
			seen.Outcome, seen.ExpiresAt = OK, at
		}
	}
	return seen
}

// readDate reads a date as RFC 3339 has it, and as some registries write it.
func readDate(s string) (time.Time, error) {
	var errs []error
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		at, err := time.Parse(layout, strings.TrimSpace(s))
		if err == nil {
			return at.UTC().Truncate(time.Second), nil
		}
		errs = append(errs, err)
	}
	return time.Time{}, errors.Join(errs...)
}

// registrar is the name of who sold the registration, as its card has it.
func (a *answer) registrar() string {
	for _, e := range a.Entities {
		for _, role := range e.Roles {
			if strings.EqualFold(role, "registrar") {
				if name := e.name(); name != "" {
					return name
				}
				return e.Handle
			}
		}
	}
	return ""
}

// name finds the formatted name in a card: ["vcard", [["fn", {}, "text", "Name"], …]].
func (e *entity) name() string {
	var card []json.RawMessage
	var lines [][]any
	if json.Unmarshal(e.Card, &card) != nil || len(card) < 2 || json.Unmarshal(card[1], &lines) != nil {
		return ""
	}
	for _, line := range lines {
		if len(line) >= 4 && line[0] == "fn" {
			name, _ := line[3].(string)
			return name
		}
	}
	return ""
}

// Servers are the registries' servers by what they keep, as IANA lists them
// (RFC 9224).
type Servers map[string]string

// ReadServers reads IANA's list. An entry that makes no sense is left out; a
// list without any entry is an error.
func ReadServers(body []byte) (Servers, error) {
	var file struct {
		Services [][][]string `json:"services"`
	}
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, err
	}
	all := Servers{}
	for _, s := range file.Services {
		if len(s) != 2 {
			continue
		}
		if base := best(s[1]); base != "" {
			for _, zone := range s[0] {
				all[strings.ToLower(strings.Trim(zone, "."))] = base
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no registry is listed")
	}
	return all, nil
}

// best is the address to ask at: a secured one before any other.
func best(list []string) string {
	plain := ""
	for _, s := range list {
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Host == "" || u.User != nil:
		case u.Scheme == "https":
			return strings.TrimSuffix(s, "/") + "/"
		case u.Scheme == "http" && plain == "":
			plain = strings.TrimSuffix(s, "/") + "/"
		}
	}
	return plain
}

// For returns the address to ask about name: of the longest zone that is listed.
func (s Servers) For(name string) (string, bool) {
	for zone := name; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		if base, ok := s[zone]; ok {
			return base + "domain/" + name, true
		}
	}
	return "", false
}
