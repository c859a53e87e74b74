// Package roster reads the services that files declare, and tells how the
// services that are kept differ from them. It reads bytes and decides; who
// opens the files and who writes the services stands elsewhere.
package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Limits of what is read.
const (
	MaxFiles    = 1000
	MaxBytes    = 8 << 20 // of one file
	MaxServices = 20_000
)

// File is one file as it was read.
type File struct {
	Name string
	Data []byte
}

// Problem is something wrong at a line of a file.
type Problem struct {
	File  string
	Line  int
	Field string // "services.b3.checks.0.timeout"
	Key   string // of the sentence
	Args  []any
}

// Place is where it is: "b3.yaml:12".
func (p Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Error is for logs; people are shown the sentence behind Key.
func (p Problem) Error() string {
	f := fault.Error{Field: p.Field, Key: p.Key, Args: p.Args}
	return p.Place() + ": " + f.Error()
}

// Unwrap tells what kind of fault it is.
func (p Problem) Unwrap() error { return fault.Invalid }

// Roster is what the files declare, all of them together.
type Roster struct {
	Files    []string
	Declared []monitor.Declared // by slug
	Hash     string             // of what was read
}

// list is a file.
type list struct {
	Services []service `json:"services"`
}

// service is a service as a file writes it.
type service struct {
	Slug        string                  `json:"slug"`
	Name        lang.Text               `json:"name"`
	Institution string                  `json:"institution"`
	URL         string                  `json:"url"`
	LifeEvent   string                  `json:"life_event"`
	Tier        monitor.Tier            `json:"tier"`
	Languages   []lang.Tag              `json:"languages"`
	State       monitor.State           `json:"state"`
	Note        string                  `json:"note"`
	Settings    monitor.ServiceSettings `json:"settings"`
	Checks      []check                 `json:"checks"`
}

// check is a check as a file writes it.
type check struct {
	Name     string           `json:"name"`
	Kind     monitor.Kind     `json:"kind"`
	Target   string           `json:"target"`
	Schedule string           `json:"schedule"`
	Timeout  time.Duration    `json:"timeout"`
	Expect   monitor.Expect   `json:"expect"`
	Settings monitor.Settings `json:"settings"`
}

// Read returns what files declare and everything that is wrong with them. A
// roster with problems is not to be used: half a list would take services away.
func Read(files []File, period monitor.Period) (Roster, []Problem) {
	r := Roster{Files: []string{}, Declared: []monitor.Declared{}}
	var problems []Problem
	if len(files) > MaxFiles {
		return r, []Problem{{File: files[MaxFiles].Name, Key: "roster.too_many_files", Args: []any{MaxFiles}}}
	}
	sum := sha256.New()
	where := map[string]monitor.Declared{}
	for _, f := range files {
		fmt.Fprintf(sum, "%s %d\n", f.Name, len(f.Data))
		sum.Write(f.Data)
		r.Files = append(r.Files, f.Name)
		declared, wrong := readFile(f, period)
		problems = append(problems, wrong...)
		for _, d := range declared {
			if first, twice := where[d.Service.Slug]; twice {
				place := Problem{File: first.File, Line: first.Line}.Place()
				problems = append(problems, Problem{File: d.File, Line: d.Line, Field: "slug", Key: "roster.declared_twice", Args: []any{d.Service.Slug, place}})
				continue
			}
			where[d.Service.Slug] = d
			r.Declared = append(r.Declared, d)
		}
	}
	if len(r.Declared) > MaxServices {
		problems = append(problems, Problem{File: files[0].Name, Key: "roster.too_many", Args: []any{MaxServices}})
	}
	slices.SortFunc(r.Declared, func(a, b monitor.Declared) int { return strings.Compare(a.Service.Slug, b.Service.Slug) })
	r.Hash = hex.EncodeToString(sum.Sum(nil))
	return r, problems
}

// readFile reads one file: first its form, then, if that is sound, its rules.
func readFile(f File, period monitor.Period) ([]monitor.Declared, []Problem) {
	if len(f.Data) > MaxBytes {
		return nil, []Problem{{File: f.Name, Key: "document.too_large"}}
	}
	var doc list
	lines, wrong := document.Read(f.Data, &doc)
	var problems []Problem
	for _, w := range wrong {
		problems = append(problems, Problem{f.Name, w.Line, w.Field, w.Key, w.Args})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	var declared []monitor.Declared
	for n := range doc.Services {
		one, wrong := doc.Services[n].declared(f.Name, fmt.Sprintf("services.%d", n), lines, period)
		problems = append(problems, wrong...)
		declared = append(declared, one)
	}
	return declared, problems
}

// declared judges one service by the rules that the pages and the API obey too.
func (s service) declared(file, at string, lines document.Lines, period monitor.Period) (monitor.Declared, []Problem) {
	d := monitor.Declared{File: file, Line: lines[at], Service: monitor.Service{
		Slug: s.Slug, Name: s.Name, Institution: s.Institution, URL: s.URL, LifeEvent: s.LifeEvent, Tier: s.Tier,
		Languages: s.Languages, State: s.State, Note: s.Note, Settings: s.Settings,
	}}
	if d.Service.State == "" {
		d.Service.State = monitor.Active // who writes it into a file means it
	}
	for _, c := range s.Checks {
		d.Service.Checks = append(d.Service.Checks, monitor.Check{
			Name: c.Name, Kind: c.Kind, Target: c.Target, Schedule: c.Schedule, Timeout: c.Timeout, Expect: c.Expect, Settings: c.Settings,
		})
	}
	var problems []Problem
	if s.Settings.Source != nil {
		problems = append(problems, Problem{file, lines[at+".settings.source"], at + ".settings.source", "document.unknown_key", []any{"source"}})
	}
	for _, f := range fault.All(d.Service.Validate(period)) {
		problems = append(problems, Problem{file, lines.Of(at, f.Field), document.Join(at, f.Field), f.Key, f.Args})
	}
	d.Service.Name = d.Service.Name.Clean()
	return d, problems
}
