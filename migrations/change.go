package migrations

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Act is one thing that a migration does to a table.
type Act struct {
	Does  string // create, add, change, fill, index, drop, rename, other
	Table string
	What  string // column or index; empty where it is the table itself
	Must  bool   // it refuses rows that were good before: a column without a value of its own, a unique index
}

// Change is what one migration does.
type Change struct {
	Version int64
	Name    string
	Why     string // its first words
	Acts    []Act
}

var (
	comments = regexp.MustCompile(`(?m)--.*$`)
	bodies   = regexp.MustCompile(`(?s)\$\$.*?\$\$|-- \+goose StatementBegin.*?-- \+goose StatementEnd`)
	spaces   = regexp.MustCompile(`\s+`)

	// says are the statements of migrations, in the order in which they are tried.
	says = []struct {
		does string
		is   *regexp.Regexp
	}{
		{"create", regexp.MustCompile(`(?i)^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)`)},
		{"index", regexp.MustCompile(`(?i)^CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(?P<what>\w+) ON (?P<table>\w+)`)},
		{"add", regexp.MustCompile(`(?i)^ALTER TABLE (\w+) ADD COLUMN (?:IF NOT EXISTS )?(?P<what>\w+) (?P<rest>.*)`)},
		{"drop", regexp.MustCompile(`(?i)^ALTER TABLE (\w+) DROP (?:COLUMN|CONSTRAINT) (?P<what>\w+)`)},
		{"drop", regexp.MustCompile(`(?i)^DROP TABLE (?:IF EXISTS )?(\w+)`)},
		{"rename", regexp.MustCompile(`(?i)^ALTER TABLE (\w+) RENAME (?P<what>.*)`)},
		{"change", regexp.MustCompile(`(?i)^ALTER TABLE (\w+) (?P<what>.*)`)},
		{"fill", regexp.MustCompile(`(?i)^INSERT (?:OR \w+ )?INTO (\w+)`)},
		{"fill", regexp.MustCompile(`(?i)^UPDATE (\w+)`)},
		{"fill", regexp.MustCompile(`(?i)^DELETE FROM (\w+)`)},
	}
)

// Changes tells what the migrations of a dialect with numbers above after do.
func Changes(dialect string, after int64) ([]Change, error) {
	files, err := Files(dialect)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var all []Change
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %s: %w", name, err)
		}
		if version <= after {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		all = append(all, Change{Version: version, Name: name, Why: firstWords(string(text)), Acts: Read(string(text))})
	}
	return all, nil
}

// firstWords are the first comment of a migration, up to its first full stop.
func firstWords(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "-- +goose Up" || line == "" && len(words) == 0 {
			continue
		}
		part, is := strings.CutPrefix(line, "--")
		if !is || strings.HasPrefix(part, " +goose") {
			break
		}
		words = append(words, strings.TrimSpace(part))
	}
	sentence, _, _ := strings.Cut(strings.Join(words, " "), ". ")
	return strings.TrimSuffix(sentence, ".")
}

// Read tells what a migration's statements do. Bodies of functions and
// triggers are passed over: they do nothing when they are made.
func Read(text string) []Act {
	text = bodies.ReplaceAllString(text, ";")
	text = comments.ReplaceAllString(text, "")
	var acts []Act
	for statement := range strings.SplitSeq(text, ";") {
		statement = strings.TrimSpace(spaces.ReplaceAllString(statement, " "))
		if statement == "" || strings.HasPrefix(statement, "SELECT") {
			continue
		}
		if act := read(statement); !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
	}
	return acts
}

func read(statement string) Act {
	for _, one := range says {
		m := one.is.FindStringSubmatch(statement)
		if m == nil {
			continue
		}
		part := func(name string) string {
			if n := one.is.SubexpIndex(name); n >= 0 {
				return m[n]
			}
			return ""
		}
		act := Act{Does: one.does, Table: m[1], What: part("what")}
		if table := part("table"); table != "" {
			act.Table = table
		}
		rest := strings.ToUpper(part("rest"))
		act.Must = strings.Contains(rest, "NOT NULL") && !strings.Contains(rest, "DEFAULT") ||
			strings.HasPrefix(strings.ToUpper(statement), "CREATE UNIQUE")
		return act
	}
	return Act{Does: "other", What: statement}
}
