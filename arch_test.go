// Package jard_test keeps the architecture: who may import whom, one door for
// each library, and the measures of files and functions. What it says is
// explained in docs/architecture.md; a rule is changed there first.
package jard_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/jard-odi/jard"

// room is one package as the go command tells of it.
type room struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
	Deps       []string
	GoFiles    []string
}

// path is the room's folder, "inventory/sheet".
func (r room) path() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.ImportPath, module), "/")
}

// rooms asks the go command for every package of ours that has code besides tests.
func rooms(t *testing.T) []room {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Doc,Imports,Deps,GoFiles", "./...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []room
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var r room
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(r.GoFiles) > 0 {
			all = append(all, r)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list names %d rooms; something is wrong with this test", len(all))
	}
	return all
}

// pure lists the rooms that hold rules only, and what each may stand on
// besides the standard library, dependencies of dependencies included.
var pure = map[string][]string{
	"fault":               {},
	"lang":                {},
	"stats":               {}, // one formula for both domains
	"identity":            {"fault", "lang"},
	"identity/claims":     {"fault", "lang", "identity", "document"},
	"inventory":           {"fault", "lang", "identity"},
	"inventory/catalogue": {"fault", "lang", "identity", "inventory"},
	"inventory/screening": {"fault", "lang", "identity", "inventory"},
	"inventory/search":    {"fault", "lang", "identity", "inventory"},
	"inventory/request":   {"fault", "lang", "identity", "inventory", "mail"},
	"inventory/mandate":   {"fault", "lang", "identity", "inventory"},
	"inventory/naming":    {"fault", "lang", "identity", "inventory"},
	"inventory/harvest":   {},
	"inventory/portal":    {"fault", "lang", "identity", "inventory"},
	"inventory/indicator": {"fault", "lang", "identity", "inventory", "stats"},
	"inventory/file":      {"fault", "lang", "identity", "inventory"},
	"inventory/twin":      {"fault", "lang", "identity", "inventory"},
	"inventory/quality":   {"fault", "lang", "identity", "inventory", "inventory/catalogue"},
	"monitor":             {"fault", "lang", "identity", "monitor/journey", "stats"},
	"monitor/journey":     {"fault"},
	"document":            {"fault"},
	"monitor/survey":      {"fault", "lang", "identity", "document", "stats"},
	"monitor/assess":      {"fault", "lang", "identity", "document", "stats"},
	"monitor/cpsv":        {"fault", "lang", "identity", "monitor", "monitor/journey", "stats"},
	"monitor/why":         {"fault", "lang", "identity", "document", "monitor/survey", "monitor/assess", "stats"},
	"monitor/roster":      {"fault", "lang", "identity", "document", "monitor", "monitor/journey", "stats"},
	"monitor/vantage":     {"fault", "lang", "identity", "monitor", "monitor/journey", "stats"},
	"monitor/domain":      {"fault", "lang", "identity"},
	"monitor/share":       {},
	"monitor/pack":        {"fault", "lang", "identity", "monitor", "monitor/journey", "stats"},
	"alert":               {"fault", "lang", "identity", "monitor", "monitor/journey", "stats"},
	"audit":               {"fault", "lang", "identity"},
	"backup":              {}, // what a file is; it is handed readers and writers
	"mail":                {"fault", "lang"},
	"notice":              {"fault", "lang", "identity", "inventory"},
	"demo": {
		"fault", "lang", "identity", "inventory", "inventory/harvest", "inventory/portal", "inventory/request", "mail", "monitor", "monitor/journey",
		"stats",
	},
	"configs/pilot": {},

	"monitor/examine/page": {}, // reads pages, asks nobody
}

// tools lists the libraries that rooms of rules may stand on all the same.
var tools = map[string][]string{
	"inventory/catalogue": {"github.com/klauspost/compress"},
	"inventory/quality":   {"github.com/klauspost/compress"},
	"backup":              {"github.com/klauspost/compress", "filippo.io/age", "golang.org/x/crypto", "golang.org/x/sys"},
	"document":            steps[:1],
	"identity/claims":     steps[:1],
	"monitor/survey":      steps[:1],
	"monitor/assess":      steps[:1],
	"monitor/why":         steps[:1],
	"monitor/cpsv":        steps,
	"monitor/roster":      steps,
	"monitor/journey":     steps,
	"monitor":             steps,
	"monitor/pack":        steps,
	"monitor/domain":      {"golang.org/x/net/publicsuffix"}, // the list of registries' zones: a table
	"monitor/vantage":     steps,
	"alert":               steps,
	"demo":                steps,

	"monitor/examine/page": {"golang.org/x/net/html", "golang.org/x/text"},
}

// steps are what journeys are read with: they are text that somebody wrote,
// and pages that a form is found in. None of it reads, writes or calls.
var steps = []string{"go.yaml.in/yaml", "github.com/andybalholm/cascadia", "golang.org/x/net/html"}

func TestRulesStandOnNothingButRules(t *testing.T) {
	all := rooms(t)
	for _, r := range all {
		allowed, ok := pure[r.path()]
		if !ok {
			continue
		}
		for _, dep := range r.Deps {
			if own, ours := strings.CutPrefix(dep, module+"/"); ours {
				if !slices.Contains(allowed, own) {
					t.Errorf("%s stands on %s; it may only stand on %v", r.path(), own, allowed)
				}
			} else if foreign(dep) && !slices.ContainsFunc(tools[r.path()], func(tool string) bool { return strings.HasPrefix(dep+"/", tool+"/") }) {
				t.Errorf("%s stands on the library %s; a room of rules stands on none", r.path(), dep)
			}
		}
		for _, imported := range r.Imports {
			if slices.Contains([]string{"os", "os/exec", "net", "net/http", "database/sql", "log", "log/slog"}, imported) {
				t.Errorf("%s imports %s; rules neither read, write, call nor log", r.path(), imported)
			}
		}
	}
}

// doors says which rooms may speak to a library.
var doors = map[string]func(string) bool{
	"github.com/gin-gonic/gin":              isWeb,
	"github.com/danielgtaylor/huma":         isWeb,
	"gorm.io":                               isStore,
	"modernc.org/sqlite":                    among("database"),
	"github.com/jackc/pgx":                  among("database", "monitor/monitordb", "turns", "backup/backupdb"),
	"github.com/riverqueue":                 among("turns"),
	"github.com/pressly/goose":              among("migrations"),
	"github.com/robfig/cron":                among("monitor/schedule", "cmd/jard"),
	"github.com/prometheus":                 func(p string) bool { return p == "metrics" || isWeb(p) },
	"go.yaml.in/yaml":                       among("configs", "monitor/journey", "document"),
	"github.com/xuri/excelize":              among("inventory/sheet"),
	"github.com/richardlehane/mscfb":        among("inventory/sheet"),
	"github.com/alexedwards/argon2id":       among("identity/identitydb"),
	"github.com/danielgtaylor/huma/v2/yaml": among(),
	"github.com/wneessen/go-mail":           among("mail/smtp"),
	"github.com/go-telegram/bot":            among("alert/channel"),
	"github.com/atc0005/go-teams-notify":    among("alert/channel"),
	"github.com/klauspost/compress":         among("inventory/catalogue", "backup"),
	"filippo.io/age":                        among("backup"),
	"github.com/miekg/dns":                  among("monitor/probe", "monitor/examine"),
	"github.com/temoto/robotstxt":           among("monitor/examine"),
	"github.com/coder/websocket":            among("monitor/probe"),
	"golang.org/x/net/icmp":                 among("monitor/probe"),
	"github.com/ohler55/ojg":                among("monitor/probe"),
	"github.com/andybalholm/cascadia":       among("monitor/journey"),
	"github.com/boombuler/barcode":          among("web"),
	"github.com/chromedp":                   among("monitor/probe"),
	"github.com/coreos/go-oidc":             among("identity/oidc"),
	"golang.org/x/oauth2":                   among("identity/oidc"),
	"github.com/go-jose/go-jose":            among("identity/oidc", "identity/oidc/oidctest"),
}

func among(names ...string) func(string) bool {
	return func(path string) bool { return slices.Contains(names, path) }
}

func isWeb(path string) bool {
	return path == "web" || path == "dashboard" || strings.HasSuffix(path, "web")
}

func isStore(path string) bool {
	return strings.HasPrefix(path, "database") || path == "migrations" || strings.HasSuffix(path, "db") || path == "cmd/jard"
}

func TestOneDoorForEachLibrary(t *testing.T) {
	for _, r := range rooms(t) {
		for _, imported := range r.Imports {
			for library, may := range doors {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !may(r.path()) {
					t.Errorf("%s imports %s, which is not its door", r.path(), imported)
				}
			}
		}
	}
}

func TestArrowsNeverTurnBack(t *testing.T) {
	for _, r := range rooms(t) {
		for _, imported := range r.Imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			if why := turnsBack(r.path(), to); why != "" {
				t.Errorf("%s imports %s: %s", r.path(), to, why)
			}
		}
	}
}

// turnsBack says why from may not import to; empty when it may.
func turnsBack(from, to string) string {
	domain := func(path string) string { return strings.Split(path, "/")[0] }
	switch {
	case strings.HasPrefix(to, "cmd/"):
		return "the program is never imported"
	case from == "web" && (domain(to) == "inventory" || domain(to) == "monitor" || strings.HasSuffix(to, "db")):
		return "the shell knows no domain and no store"
	case from == "configs" && to != "lang":
		return "the configuration knows nothing of ours"
	case strings.HasPrefix(from, "cmd/"), from == "dashboard", from == "metrics":
		return ""
	case domain(from) == "inventory" && domain(to) == "monitor", domain(from) == "monitor" && domain(to) == "inventory":
		return "the two domains do not know each other"
	case strings.HasSuffix(from, "db") && strings.HasSuffix(to, "db") && to != "audit/auditdb" && to != "mail/maildb":
		return "a store does not use another store"
	case strings.HasSuffix(from, "db") && strings.HasSuffix(to, "web"):
		return "a store shows nothing"
	case strings.HasSuffix(from, "web") && strings.HasSuffix(to, "web") && to != "web":
		return "a room of pages does not use another one's"
	}
	return ""
}

func TestRoomsAreNamedAndIntroduced(t *testing.T) {
	forbidden := []string{
		"util", "utils", "common", "helper", "helpers", "model", "models", "types",
		"service", "services", "manager", "base", "core", "pkg", "misc", "internal",
	}
	for _, r := range rooms(t) {
		if r.Doc == "" {
			t.Errorf("%s has no package comment saying what the room is for", r.ImportPath)
		}
		for part := range strings.SplitSeq(r.path(), "/") {
			if slices.Contains(forbidden, part) {
				t.Errorf("%s: %q says nothing about what the room is for", r.path(), part)
			}
		}
	}
}

// foreign tells whether an import path is neither the standard library's nor ours.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(path, module)
}

// Measures of the house.
const (
	longestFile     = 400
	longestFunction = 60
)

// longFunctions may be longer, each for the reason told.
var longFunctions = map[string]string{
	"cmd/jard/serve.go:serve": "the wiring is one straight line: every step needs what the one before it made",
}

func TestMeasures(t *testing.T) {
	eachFile(t, func(path string, files *token.FileSet, f *ast.File) {
		if lines := files.File(f.Pos()).LineCount(); lines > longestFile {
			t.Errorf("%s has %d lines; %d is the most", path, lines, longestFile)
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s: init() runs before anybody can hand it anything", files.Position(fn.Pos()))
			}
			lines := files.Position(fn.End()).Line - files.Position(fn.Pos()).Line + 1
			if _, argued := longFunctions[path+":"+fn.Name.Name]; lines > longestFunction && !argued {
				t.Errorf("%s: %s has %d lines; %d is the most", files.Position(fn.Pos()), fn.Name.Name, lines, longestFunction)
			}
		}
	})
}

// TestTablesAreConstant sees that a package-level table stays what its
// declaration says: nothing of the package assigns to it.
func TestTablesAreConstant(t *testing.T) {
	eachFile(t, func(_ string, files *token.FileSet, f *ast.File) {
		tables := map[*ast.Object]bool{} //nolint:staticcheck // names resolved within one file are all this needs
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					tables[name.Obj] = true
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			assign, ok := n.(*ast.AssignStmt)
			if !ok || assign.Tok == token.DEFINE {
				return true
			}
			for _, left := range assign.Lhs {
				if ix, ok := left.(*ast.IndexExpr); ok {
					left = ix.X
				}
				if id, ok := left.(*ast.Ident); ok && id.Obj != nil && tables[id.Obj] {
					t.Errorf("%s: %s is of the package and is written to", files.Position(assign.Pos()), id.Name)
				}
			}
			return true
		})
	})
}

func TestNoLooseEnds(t *testing.T) {
	eachFile(t, func(_ string, files *token.FileSet, f *ast.File) {
		for _, group := range f.Comments {
			for _, c := range group.List {
				for _, mark := range []string{"TODO", "FIXME"} {
					if strings.Contains(c.Text, mark) && !strings.Contains(c.Text, mark+"(#") {
						t.Errorf("%s: %s without the number of an issue", files.Position(c.Pos()), mark)
					}
				}
			}
		}
	})
}

// A merge that was not brought to its end must not be handed out: the compiler
// sees it in Go, nothing does in a page.
func TestNoMergeIsLeftHalfway(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "grep", "-nE", "^(<{7}|>{7}) ").CombinedOutput()
	if len(out) > 0 {
		t.Errorf("%s", out)
	} else if _, none := err.(*exec.ExitError); !none { //nolint:errorlint // nothing wraps it
		t.Skipf("no git: %v", err)
	}
}

// eachFile parses every Go file of ours that is no test.
func eachFile(t *testing.T, see func(path string, files *token.FileSet, f *ast.File)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || elsewhere(d.Name())):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("parse %s: %w", path, err)
		}
		seen++
		see(filepath.ToSlash(path), files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("no file was read")
	}
}

// elsewhere tells which folders hold nothing of ours.
func elsewhere(name string) bool {
	return slices.Contains([]string{"node_modules", "testdata", "build", "var"}, name)
}
