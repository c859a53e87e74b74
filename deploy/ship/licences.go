package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Jard is AGPL-3.0-or-later: whatever goes into it must be allowed to. What
// stands in neither table is refused too, until somebody has read it.
var (
	allowed = []string{
		"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1", "Unlicense", "Zlib",
	}
	denied = map[string]string{
		"GPL-2.0":           "cannot be joined with AGPL 3 unless it says \"or later\"",
		"AGPL-1.0":          "cannot be joined with AGPL 3",
		"SSPL-1.0":          "is no free licence",
		"BUSL-1.1":          "is no free licence",
		"Elastic-2.0":       "is no free licence",
		"JSON":              "forbids a use (\"not Evil\")",
		"Commons-Clause":    "forbids selling",
		"CC-BY-NC-4.0":      "forbids commercial use",
		"CC-BY-ND-4.0":      "forbids changes",
		"Facebook-2-Clause": "ends when patents are disputed",
	}
)

// judge says of each part that is handed out why it may not be.
func judge(all []part) error {
	var faults []error
	for _, p := range all {
		name := p.name + " " + p.version
		if p.built {
			continue
		}
		if len(p.licences) == 0 {
			faults = append(faults, fmt.Errorf("%s: no licence was found", name))
		}
		for _, l := range p.licences {
			if why, no := denied[l]; no {
				faults = append(faults, fmt.Errorf("%s: %s %s", name, l, why))
			} else if !slices.Contains(allowed, l) {
				faults = append(faults, fmt.Errorf("%s: %s was not looked at; see deploy/ship/licences.go", name, l))
			}
		}
	}
	return errors.Join(faults...)
}

// licences prints which licence covers which part, writes the texts that must
// go with the program, and fails when a part may not be in it.
func (o order) licences(ctx context.Context, out io.Writer) error {
	all, err := parts(ctx, o.root, o.binary)
	if err != nil {
		return err
	}
	by := map[string][]string{}
	var names []string
	for _, p := range all {
		if p.built {
			continue
		}
		l := strings.Join(p.licences, " AND ")
		if by[l] == nil {
			names = append(names, l)
		}
		by[l] = append(by[l], p.name+" "+p.version)
	}
	slices.Sort(names)
	for _, l := range names {
		fmt.Fprintf(out, "%s (%d)\n", l, len(by[l]))
		for _, p := range by[l] {
			fmt.Fprintf(out, "  %s\n", p)
		}
	}
	if o.out != "" {
		if err := create(o.out, func(w io.Writer) error { _, err := w.Write(notices(all)); return err }); err != nil {
			return err
		}
	}
	return judge(all)
}

// notices are the licences in full, each once, with the parts it covers.
func notices(all []part) []byte {
	covers := map[string][]string{}
	var texts []string
	for _, p := range all {
		for _, text := range p.texts {
			if covers[text] == nil {
				texts = append(texts, text)
			}
			covers[text] = append(covers[text], p.name+" "+p.version)
		}
	}
	var b strings.Builder
	b.WriteString("Jard contains the work of others. Each text below covers the parts named above it.\n")
	line := strings.Repeat("=", 80)
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n%s\n\n%s\n", line, strings.Join(slices.Compact(covers[text]), "\n"), line, text)
	}
	return []byte(b.String())
}
