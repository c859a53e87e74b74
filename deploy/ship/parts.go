package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	classifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

// part is something the program is made of and that others wrote.
type part struct {
	kind, name, version string // golang or npm
	sum                 string // as go.sum or the lock of npm says it
	built               bool   // used to build only: none of it is handed out
	licences            []string
	texts               []string
	dir                 string
}

// purl is the part's name in the world.
func (p part) purl() string {
	name := strings.ReplaceAll(p.name, "@", "%40")
	return "pkg:" + p.kind + "/" + name + "@" + p.version
}

// parts are everything in the program at binary, as the program itself says,
// and what npm brought into its pages.
func parts(ctx context.Context, root, binary string) ([]part, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", binary, err)
	}
	var all []part
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, part{kind: "golang", name: m.Path, version: m.Version, sum: m.Sum})
	}
	if err := locate(ctx, root, all); err != nil {
		return nil, err
	}
	goroot, err := command(ctx, root, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	all = append(all, part{kind: "golang", name: "std", version: strings.TrimPrefix(info.GoVersion, "go"), dir: strings.TrimSpace(string(goroot))})
	pages, err := fromNPM(root)
	if err != nil {
		return nil, err
	}
	all = append(all, pages...)
	reader, err := assets.DefaultClassifier()
	if err != nil {
		return nil, err
	}
	for n := range all {
		if err := all[n].read(reader); err != nil {
			return nil, fmt.Errorf("%s %s: %w", all[n].name, all[n].version, err)
		}
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name)) })
	return all, nil
}

// locate asks the go command where the modules lie.
func locate(ctx context.Context, root string, all []part) error {
	args := []string{"mod", "download", "-json"}
	for _, p := range all {
		args = append(args, p.name+"@"+p.version)
	}
	out, err := command(ctx, root, "go", args...)
	if err != nil {
		return err
	}
	where := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct{ Path, Dir, Error string }
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil || m.Error != "" {
			return fmt.Errorf("%s: %s %w", m.Path, m.Error, err)
		}
		where[m.Path] = m.Dir
	}
	for n := range all {
		all[n].dir = where[all[n].name]
	}
	return nil
}

// fromNPM are the packages of the lock. What its own file calls needed for
// the pages and is not the bundler ends up in the program.
func fromNPM(root string) ([]part, error) {
	var lock struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dev, Optional               bool
		}
	}
	data, err := os.ReadFile(filepath.Join(root, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, fmt.Errorf("package-lock.json: %w", err)
	}
	var all []part
	for path, p := range lock.Packages {
		name := strings.TrimPrefix(path, "node_modules/")
		if path == "" || p.Optional { // optional: the bundler for another machine
			continue
		}
		one := part{kind: "npm", name: name, version: p.Version, sum: p.Integrity, built: p.Dev || name == "esbuild"}
		if one.built {
			one.licences = []string{p.License} // it need not be here
		} else {
			one.dir = filepath.Join(root, filepath.FromSlash(path))
		}
		all = append(all, one)
	}
	return all, nil
}

var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|patents|notice|copyright)([-._].*)?$`)

// read finds the part's licences in its own files.
func (p *part) read(reader *classifier.Classifier) error {
	if p.built {
		return nil
	}
	files, err := os.ReadDir(p.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if file.IsDir() || !legal.MatchString(file.Name()) || strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.dir, file.Name()))
		if err != nil {
			return err
		}
		p.texts = append(p.texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
		for _, m := range reader.Match(text).Matches {
			if m.MatchType == "License" && !slices.Contains(p.licences, m.Name) {
				p.licences = append(p.licences, m.Name)
			}
		}
	}
	slices.Sort(p.licences)
	return nil
}

// command runs a program in the sources.
func command(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", name, args[0], err, stderr.String())
	}
	return out, nil
}
