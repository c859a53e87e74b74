package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/document"
)

// seedFiles are the files of a directory to seed from. NAME.csv may be
// NAME.yaml instead: a list of entries with the same keys. What neither brings
// is taken from rest, if there is one.
type seedFiles struct {
	dir, rest fs.FS
	brought   bool                      // by the directory itself
	asked     []string                  // what could have been
	written   map[string]map[int]string // by the name that is asked for: where a line of it really stands
}

// ownFiles are what a directory brings itself or not at all: nobody wants the
// pilot's ministries beside their own.
var ownFiles = []string{"ministries.csv", "bodies.csv", "services.csv"}

func seedFrom(folder string, rest fs.FS) (*seedFiles, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is no directory", errUsage, folder)
	}
	return &seedFiles{dir: os.DirFS(folder), rest: rest, written: map[string]map[int]string{}}, nil
}

// Open opens the CSV file of that name, wherever it comes from.
func (s *seedFiles) Open(name string) (fs.File, error) {
	s.asked = append(s.asked, name)
	f, err := s.dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = s.fromYAML(name)
	}
	if s.brought = s.brought || err == nil; !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if s.rest == nil || slices.Contains(ownFiles, name) {
		return nil, err
	}
	return s.rest.Open(name)
}

// fromYAML makes the CSV file of a YAML one.
func (s *seedFiles) fromYAML(name string) (fs.File, error) {
	for _, ending := range []string{".yaml", ".yml"} {
		file := strings.TrimSuffix(name, ".csv") + ending
		data, err := fs.ReadFile(s.dir, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		table, lines, err := document.Table(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.written[name] = map[int]string{0: file}
		for at, line := range lines {
			s.written[name][at] = file + ":" + strconv.Itoa(line)
		}
		return &made{bytes.NewReader(table), name}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// made is a file that is nowhere but here.
type made struct {
	*bytes.Reader
	name string
}

func (m *made) Stat() (fs.FileInfo, error) { return m, nil }
func (m *made) Close() error               { return nil }
func (m *made) Name() string               { return m.name }
func (m *made) Mode() fs.FileMode          { return 0o444 }
func (m *made) ModTime() time.Time         { return time.Time{} }
func (m *made) IsDir() bool                { return false }
func (m *made) Sys() any                   { return nil }

var csvPlace = regexp.MustCompile(`([a-z_]+\.csv)(?::(\d+))?`)

// explain tells faults where they really stand, and that nothing was found.
func (s *seedFiles) explain(err error) error {
	if err == nil {
		if s.brought {
			return nil
		}
		slices.Sort(s.asked)
		return fmt.Errorf("the directory has none of the files that a seed is made of: %s (or .yaml)", strings.Join(slices.Compact(s.asked), ", "))
	}
	if len(s.written) == 0 {
		return err
	}
	return errors.New(csvPlace.ReplaceAllStringFunc(err.Error(), func(place string) string {
		m := csvPlace.FindStringSubmatch(place)
		line, _ := strconv.Atoi(m[2])
		if real, ok := s.written[m[1]][line]; ok {
			return real
		}
		return place
	}))
}
