package configs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A secret in the environment is read by whoever may look at the process, and
// is handed on to what it starts. So every variable may stand in a file.
const (
	fromFile      = "_FILE"                 // NAME_FILE holds the path of a file that holds NAME
	credentials   = "CREDENTIALS_DIRECTORY" // folder of files named as variables, as systemd makes it
	ofFolder      = "jard_"                 // what systemd puts before each name when it is given a folder (LoadCredential=jard:…)
	mostInAFile   = 64 << 10
	variablesName = "JARD_"
)

// Value is what the variable name says: in the environment itself, else in the
// file that NAME_FILE names, else in the file NAME of $CREDENTIALS_DIRECTORY.
func Value(name string, getenv func(string) string) (string, error) {
	direct, path := getenv(name), getenv(name+fromFile)
	switch {
	case direct != "" && path != "":
		return "", fmt.Errorf("%s: %s%s is set as well; leave one of them out", name, name, fromFile)
	case direct != "":
		return direct, nil
	case path != "":
		text, err := readValue(path)
		if err != nil {
			return "", fmt.Errorf("%s%s: %w", name, fromFile, err)
		}
		return text, nil
	}
	folder := getenv(credentials)
	if folder == "" {
		return "", nil
	}
	for _, file := range []string{name, ofFolder + name} {
		text, err := readValue(filepath.Join(folder, file))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		return text, err
	}
	return "", nil
}

// readValue is the one line of a file. An empty one is a fault: it was meant
// to hold something.
func readValue(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", pathless(err, path)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mostInAFile+1))
	text := strings.TrimRight(string(data), "\r\n")
	switch {
	case err != nil:
		return "", pathless(err, path)
	case len(data) > mostInAFile:
		return "", fmt.Errorf("%s: longer than %d bytes", path, mostInAFile)
	case text == "":
		return "", fmt.Errorf("%s: empty; write the value into it, or leave the file out", path)
	case strings.ContainsAny(text, "\r\n\x00"):
		return "", fmt.Errorf("%s: more than one line", path)
	}
	return text, nil
}

// sources are where values come from while settings are read. They remember
// what was asked for, so that a file nobody asked for is told of.
type sources struct {
	getenv func(string) string
	keys   map[string]bool // variables of settings
	asked  map[string]bool
	faults []error
}

func (c *Config) sources(getenv func(string) string) *sources {
	s := &sources{getenv: getenv, keys: map[string]bool{}, asked: map[string]bool{}}
	// Asked for nothing, every key tells its name.
	_ = c.environment(func(name string) string { s.keys[name] = true; return "" })
	return s
}

func (s *sources) value(name string) string {
	text, err := Value(name, func(asked string) string {
		if asked != name && s.keys[asked] { // a setting of its own names a file, and is read as such
			return ""
		}
		return s.getenv(asked)
	})
	if err != nil && !s.asked[name] {
		s.faults = append(s.faults, err)
	}
	s.asked[name] = true
	return text
}

// strangers are files of the folder that are named as our variables and are
// none: a misspelt secret that is silently ignored is worse than none.
func (s *sources) strangers() {
	folder := s.getenv(credentials)
	if folder == "" {
		return
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		s.faults = append(s.faults, fmt.Errorf("%s: %w", credentials, pathless(err, folder)))
	}
	agents := []string{"JARD_TOKEN", "JARD_SERVER", "JARD_CONFIG"} // read by commands, not as settings
	for _, file := range files {
		name := strings.TrimPrefix(file.Name(), ofFolder)
		if strings.HasPrefix(name, variablesName) && !s.asked[name] && !slices.Contains(agents, name) {
			s.faults = append(s.faults, fmt.Errorf("%s: no setting has this name", filepath.Join(folder, file.Name())))
		}
	}
}
