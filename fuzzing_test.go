package jard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	targetInDoc   = regexp.MustCompile("`([a-z/0-9]+ Fuzz[A-Za-z0-9]+)`")
	fuzzFunction  = regexp.MustCompile(`(?m)^func (Fuzz[A-Za-z0-9]+)\(`)
	parserByName  = regexp.MustCompile(`^(Parse|parse|Decode|decode|Unpack|unpack|Read|read|Unmarshal|Load)([A-Z]|$)`)
	unfuzzedRooms = []string{
		"cmd/jard", "demo", "demo/simulation", // read through the rooms that are named
		"web/locale",          // files that are built in
		"inventory/quality",   // measures what has been read
		"inventory/screening", // the same
		"monitor/surveyweb",   // the notice that is built in
		"monitor/resultsweb",  // the same
		"inventory/indicatordb", "inventory/mandatedb",
		"migrations",          // files that are built in
		"monitor/rosterwatch", // opens files for monitor/roster
	}
)

// files are those of the repository, as they stand.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-co", "--exclude-standard", pattern).Output()
	if err != nil {
		t.Fatalf("git: %v", err)
	}
	all := strings.Fields(string(out))
	return slices.DeleteFunc(all, func(name string) bool { _, err := os.Stat(name); return err != nil })
}

// docs/fuzzing.md names every fuzz target there is and none that is not, and no
// room parses text or bytes without one.
func TestEveryParserIsFuzzed(t *testing.T) {
	page, err := os.ReadFile("docs/fuzzing.md")
	if err != nil {
		t.Fatal(err)
	}
	named, there, fuzzed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range targetInDoc.FindAllStringSubmatch(string(page), -1) {
		named[m[1]] = true
	}
	for _, name := range files(t, "*_test.go") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fuzzFunction.FindAllStringSubmatch(string(b), -1) {
			there[path.Dir(name)+" "+m[1]], fuzzed[path.Dir(name)] = true, true
		}
	}
	for target := range there {
		if !named[target] {
			t.Errorf("docs/fuzzing.md does not name %s", target)
		}
	}
	for target := range named {
		if !there[target] {
			t.Errorf("docs/fuzzing.md names %s, which there is not", target)
		}
	}
	for _, name := range files(t, "*.go") {
		room := path.Dir(name)
		if strings.HasSuffix(name, "_test.go") || fuzzed[room] || slices.Contains(unfuzzedRooms, room) {
			continue
		}
		for _, f := range parsersIn(t, name) {
			t.Errorf("%s: %s reads what others wrote, and its room has no fuzz target", name, f)
		}
	}
}

// parsersIn are the functions of a file that are named for reading text or bytes.
func parsersIn(t *testing.T, name string) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !parserByName.MatchString(f.Name.Name) || f.Recv != nil || f.Type.Params.NumFields() == 0 {
			continue
		}
		if readsText(f.Type.Params.List[0].Type) {
			found = append(found, f.Name.Name)
		}
	}
	return found
}

// readsText tells whether a parameter is a text, bytes, or a reader of them.
func readsText(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name == "string"
	case *ast.ArrayType:
		of, ok := x.Elt.(*ast.Ident)
		return ok && of.Name == "byte"
	case *ast.SelectorExpr:
		in, ok := x.X.(*ast.Ident)
		return ok && (in.Name == "io" && x.Sel.Name == "Reader" || in.Name == "url" && x.Sel.Name == "Values" || in.Name == "json" && x.Sel.Name == "RawMessage")
	}
	return false
}
