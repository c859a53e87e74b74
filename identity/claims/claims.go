// Package claims turns what an identity provider says of a person into a role
// and an institution here. Which claim gives which role is written in a file;
// this room knows how to read such a file, and no rule of its own.
package claims

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/identity"
)

// Rule gives a role to whoever has a value in a claim.
type Rule struct {
	Line        int           `json:"-"`
	Claim       string        `json:"claim"` // "groups", or a path such as "realm_access.roles"
	Value       string        `json:"value"` // as the provider writes it; "*" for any; "{institution}" stands for a slug inside it
	Role        identity.Role `json:"role"`
	Institution string        `json:"institution"` // slug, or "{institution}" as found in the value; empty for roles that belong to none
}

// Rules are asked in their order: the first that matches decides.
type Rules []Rule

// Grant is what a rule gave.
type Grant struct {
	Role        identity.Role
	Institution string
	Line        int // of the rule
}

// blank stands for the slug of an institution.
const blank = "{institution}"

// anything is the value that every value matches.
const anything = "*"

// mostValues bounds how many values of one claim are compared.
const mostValues = 2000

// Grant returns what the first matching rule gives to somebody with these
// claims, as they were decoded from JSON; false when no rule matches.
func (r Rules) Grant(claims map[string]any) (Grant, bool) {
	found := map[string][]string{}
	for _, rule := range r {
		values, asked := found[rule.Claim]
		if !asked {
			values = Values(claims, rule.Claim)
			found[rule.Claim] = values
		}
		for _, value := range values {
			if slug, ok := rule.match(value); ok {
				return Grant{rule.Role, strings.ReplaceAll(rule.Institution, blank, slug), rule.Line}, true
			}
		}
	}
	return Grant{}, false
}

// Strangers are the rules that name an institution which there is not at now:
// they let nobody in.
func (r Rules) Strangers(tree identity.Tree, now time.Time) []document.Problem {
	var all []document.Problem
	for n, rule := range r {
		if rule.Institution == "" || rule.Institution == blank {
			continue
		}
		one, known := tree[rule.Institution]
		switch at := strconv.Itoa(n) + ".institution"; {
		case !known:
			all = append(all, document.Problem{Line: rule.Line, Field: at, Key: "claims.stranger", Args: []any{rule.Institution}})
		case !one.Exists(now):
			all = append(all, document.Problem{Line: rule.Line, Field: at, Key: "claims.over", Args: []any{rule.Institution}})
		}
	}
	return all
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// match compares exactly, capitals included: what a provider writes otherwise
// is another group.
func (r Rule) match(value string) (slug string, ok bool) {
	if r.Value == anything {
		return "", value != ""
	}
	before, after, open := strings.Cut(r.Value, blank)
	if !open {
		return "", value == r.Value
	}
	if len(value) <= len(before)+len(after) || !strings.HasPrefix(value, before) || !strings.HasSuffix(value, after) {
		return "", false
	}
	slug = value[len(before) : len(value)-len(after)]
	return slug, slugForm.MatchString(slug)
}

// Values are the texts under a claim: of a claim of that very name, or else of
// the path that its dots make. Numbers and objects are no values: what a group
// is called is text.
func Values(claims map[string]any, claim string) []string {
	value, ok := at(claims, claim)
	if !ok {
		return nil
	}
	switch v := value.(type) {
	case string:
		return []string{v}
	case bool:
		if v {
			return []string{"true"}
		}
		return []string{"false"}
	case []any:
		values := make([]string, 0, min(len(v), mostValues))
		for _, one := range v[:min(len(v), mostValues)] {
			if text, ok := one.(string); ok {
				values = append(values, text)
			}
		}
		return values
	}
	return nil
}

// at is what stands under a path. Names may hold dots themselves, as addresses
// and names of clients do: the longest name that there is goes first.
func at(claims map[string]any, path string) (any, bool) {
	if value, ok := claims[path]; ok {
		return value, true
	}
	for dot := strings.LastIndexByte(path, '.'); dot > 0; dot = strings.LastIndexByte(path[:dot], '.') {
		if inner, ok := claims[path[:dot]].(map[string]any); ok {
			if value, ok := at(inner, path[dot+1:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}
