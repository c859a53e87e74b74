package harvesttest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// States of a package at a portal.
const (
	active  = "active"
	deleted = "deleted"
)

// Portal is what a portal holds of one source.
type Portal struct {
	Jobs     []*Job
	packages map[string]*Package
	names    map[string]bool // taken, by deleted packages too
	current  map[string]bool // what CKAN's harvest objects call current
}

func newPortal() *Portal {
	return &Portal{packages: map[string]*Package{}, names: map[string]bool{}, current: map[string]bool{}}
}

// Package is a dataset at a portal.
type Package struct {
	Name     string
	Title    string
	Modified string
	State    string
	Tags     []string
	Sum      string // of its source, where the portal compares that
}

// put creates the package or changes it.
func (p *Portal) put(j *Job, key string, x Package) {
	if x.State == "" {
		x.State = active
	}
	have, known := p.packages[key]
	switch {
	case !known && x.State == deleted:
		j.Stubs++ // nobody will ever see it
	case !known:
		j.Created = append(j.Created, key)
	case have.State != x.State && x.State == deleted:
		j.Deleted = append(j.Deleted, key)
	default:
		j.Updated = append(j.Updated, key)
	}
	p.packages[key] = &x
	p.names[x.Name] = true
}

// delete marks the package as deleted. Its name stays taken.
func (p *Portal) delete(j *Job, key string) {
	if x, ok := p.packages[key]; ok && x.State == active {
		x.State = deleted
		j.Deleted = append(j.Deleted, key)
	}
}

// keep deletes whatever is not among keys.
func (p *Portal) keep(j *Job, keys map[string]bool) {
	for key := range p.packages {
		if !keys[key] {
			p.delete(j, key)
		}
	}
}

// CKAN's limits.
const (
	longestName    = 100
	longestMunged  = 95
	mostNumbered   = 999
	largestContent = 50 << 20 // of ckanext-dcat
)

var (
	separators = regexp.MustCompile(`[ .:/_]`)
	notInName  = regexp.MustCompile(`[^a-zA-Z0-9\-_]`)
	manyDashes = regexp.MustCompile(`-+`)
	yearAtEnd  = regexp.MustCompile(`^.*?[_-]((?:\d{2,4}[-/])?\d{2,4})$`)
)

// munge is CKAN's munge_title_to_name.
func munge(title string) string {
	name := separators.ReplaceAllString(ascii(title), "-")
	name = strings.ToLower(notInName.ReplaceAllString(name, ""))
	name = strings.Trim(manyDashes.ReplaceAllString(name, "-"), "-")
	if len(name) > longestMunged {
		if m := yearAtEnd.FindStringSubmatch(name); m != nil {
			name = name[:longestMunged-len(m[1])-1] + "-" + m[1]
		} else {
			name = name[:longestMunged]
		}
	}
	for len(name) < 2 {
		name += "_"
	}
	return name
}

// ascii is CKAN's substitute_ascii_equivalents for what Latin titles hold.
func ascii(s string) string {
	s = strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r < 0x0370 {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// newName is ckanext-harvest's _gen_new_name: the munged title, with a number
// behind it when it is taken; empty when every number is.
func (p *Portal) newName(title string) string {
	ideal := munge(title)
	if !p.names[ideal] {
		return ideal
	}
	for n := 1; n <= mostNumbered; n++ {
		number := fmt.Sprint(n)
		if name := ideal[:min(len(ideal), longestName-len(number))] + number; !p.names[name] {
			return name
		}
	}
	return ""
}

var (
	namePattern = regexp.MustCompile(`^[a-z0-9_-]{2,100}$`)
	uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	mailPattern = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
)

// tagRune tells what may stand in a tag: what Python's \w takes, letters and
// numbers and no marks, and " -.".
func tagRune(r rune) bool {
	return strings.ContainsRune("_-. ", r) || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// validName is CKAN's name_validator.
func validName(name string) error {
	if !namePattern.MatchString(name) || name == "new" || name == "edit" || name == "search" {
		return fmt.Errorf("name %q", name)
	}
	return nil
}

// validTag is CKAN's tag_length_validator and tag_name_validator. One tag that
// fails loses the dataset.
func validTag(tag string) error {
	if n := len([]rune(tag)); n < 2 || n > 100 || strings.ContainsFunc(tag, func(r rune) bool { return !tagRune(r) }) {
		return fmt.Errorf("tag %q must be alphanumeric characters or symbols: -_. and 2 to 100 of them", tag)
	}
	return nil
}
