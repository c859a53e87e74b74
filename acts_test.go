package jard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

// hand is a parameter of a function that becomes the act of a line of the
// trail, with what is written before it.
type hand struct {
	at     int
	prefix string
}

// source is one file of ours.
type source struct {
	folder  string
	imports map[string]string // name to folder
	file    *ast.File
}

// acts reads the sources for the acts that lines of the trail are written
// under: what is handed to audit.New, and to whatever hands it on.
type acts struct {
	sources  []source
	consts   map[string]string // by folder and name
	hands    map[string]hand   // by folder and name of a function
	named    map[string]string // act to where it is written
	unread   map[string]bool   // functions whose act cannot be read off
	progress bool
}

// actsUnread are functions that write lines under acts which only running
// tells, with those acts.
func actsUnread() map[string][]string {
	moved := []string{"assessment.open", "assessment.doing", "assessment.done", "assessment.verified", "assessment.waived", "assessment.reopened"}
	windows := []string{"maintenance.begin", "maintenance.finish", "maintenance.skip", "maintenance.cancel"}
	datasets := []string{
		"dataset.submit", "dataset.approve", "dataset.endorse", "dataset.return", "dataset.withdraw", "dataset.update", "dataset.declare",
		"dataset.attest", "dataset.waive",
	}
	return map[string][]string{
		"monitor/assessdb.(Change)":           moved,
		"monitor/assessdb.(lookAgain)":        moved,
		"monitor/assessweb.(change)":          moved,
		"monitor/incidentweb.(apiActOn)":      windows,
		"monitor/incidentweb.(actOnWindow)":   windows,
		"inventory/inventoryweb.(apiAct)":     datasets,
		"inventory/inventoryweb.(decideOn)":   datasets,
		"inventory/inventoryweb.(apiSeveral)": datasets,
		"cmd/jard.(happen)":                   nil, // the demo does what the pages do
		"audit/auditdb.(TellCounts)":          nil, // what the version before counted
		"identity/identitydb.(secondStep)":    nil, // what open returned
	}
}

// Every act that is written anywhere has its sentence in every language, and
// belongs to a kind that the page of the trail offers.
func TestEveryActHasItsWords(t *testing.T) {
	a := readActs(t)
	known := actsUnread()
	for place := range a.unread {
		if _, ok := known[place]; !ok {
			t.Errorf("%s writes a line under an act that this test cannot read off; name its acts in actsUnread", place)
		}
	}
	for place, all := range known {
		if !a.unread[place] {
			t.Errorf("actsUnread names %s, whose acts can be read off or which is gone", place)
		}
		for _, act := range all {
			a.named[act] = place
		}
	}
	if len(a.named) < 150 {
		t.Fatalf("%d acts; something is wrong with this test", len(a.named))
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for act, where := range a.named {
		if kind, _, _ := strings.Cut(act, "."); !slices.Contains(audit.Kinds(), kind) {
			t.Errorf("%s: %s is of no kind that audit.Kinds names", where, act)
		}
		for _, tag := range lang.All() {
			if key := "audit.act." + act; !words.Has(key) || words.T(tag, key) == "" {
				t.Errorf("%s: %s has no sentence in %s", where, act, tag)
			}
		}
	}
}

// readActs follows acts through functions that hand them on until none is new.
func readActs(t *testing.T) *acts {
	t.Helper()
	a := &acts{consts: map[string]string{}, named: map[string]string{}, unread: map[string]bool{}, hands: map[string]hand{
		"audit.New": {at: 2}, "audit/auditdb.Note": {at: 4},
	}}
	a.load(t)
	for a.progress = true; a.progress; {
		a.progress = false
		for _, s := range a.sources {
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					a.follow(s, f)
				}
			}
		}
	}
	return a
}

func (a *acts) load(t *testing.T) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "tools" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s := source{folder: path.Dir(filepath.ToSlash(name)), imports: map[string]string{}, file: file}
		for _, i := range file.Imports {
			full, _ := strconv.Unquote(i.Path.Value)
			folder, ours := strings.CutPrefix(full, module+"/")
			as := path.Base(full)
			if i.Name != nil {
				as = i.Name.Name
			}
			if ours {
				s.imports[as] = folder
			}
		}
		a.sources = append(a.sources, s)
		a.loadConsts(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (a *acts) loadConsts(s source) {
	for _, d := range s.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for n := range min(len(v.Names), len(v.Values)) {
				if text, ok := literal(v.Values[n]); ok {
					a.consts[s.folder+"."+v.Names[n].Name] = text
				}
			}
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// follow looks at the calls in f to functions that take an act.
func (a *acts) follow(s source, f *ast.FuncDecl) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, callee := range a.callees(s, call) {
			h, ok := a.hands[callee]
			if ok && h.at < len(call.Args) {
				a.value(s, f, call.Args[h.at], h.prefix)
			}
		}
		return true
	})
}

// callees are the functions that a call may be of, by folder and name: a
// method is looked for here and in the rooms that the file imports.
func (a *acts) callees(s source, call *ast.CallExpr) []string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return []string{s.folder + "." + fun.Name}
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok && s.imports[x.Name] != "" {
			return []string{s.imports[x.Name] + "." + fun.Sel.Name}
		}
		all := []string{s.folder + ".(" + fun.Sel.Name + ")"}
		if fun.Sel.IsExported() {
			for _, folder := range s.imports {
				all = append(all, folder+".("+fun.Sel.Name+")")
			}
		}
		return all
	}
	return nil
}

// value takes in what e may be in f: acts, or a parameter that hands it on.
func (a *acts) value(s source, f *ast.FuncDecl, e ast.Expr, prefix string) {
	switch e := e.(type) {
	case *ast.FuncLit, *ast.CompositeLit:
		return // another function of that name
	case *ast.BasicLit:
		if text, ok := literal(e); ok && (prefix == "" || !strings.Contains(text, ".")) { // else of another function of that name
			a.act(prefix+text, s, f)
		}
		return
	case *ast.BinaryExpr:
		if text, ok := literal(e.X); ok && e.Op == token.ADD {
			a.value(s, f, e.Y, prefix+text)
			return
		}
	case *ast.CallExpr:
		if a.converted(s, f, e, prefix) {
			return
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok && s.imports[x.Name] != "" {
			if text, ok := a.consts[s.imports[x.Name]+"."+e.Sel.Name]; ok {
				a.act(prefix+text, s, f)
				return
			}
		}
	case *ast.Ident:
		if a.ident(s, f, e.Name, prefix) {
			return
		}
	}
	a.unread[key(s, f)] = true
}

// converted reads string(x) and fmt.Sprintf("dataset.%s", x).
func (a *acts) converted(s source, f *ast.FuncDecl, call *ast.CallExpr, prefix string) bool {
	if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "string" {
		a.value(s, f, call.Args[0], prefix)
		return true
	}
	if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Sprintf" || len(call.Args) != 2 {
		return false
	}
	form, ok := literal(call.Args[0])
	before, found := strings.CutSuffix(form, "%s")
	if ok && found {
		a.value(s, f, call.Args[1], prefix+before)
	}
	return ok && found
}

// ident reads a constant, a parameter, or a variable that f sets.
func (a *acts) ident(s source, f *ast.FuncDecl, name, prefix string) bool {
	if at, ok := parameter(f, name); ok {
		k := key(s, f)
		if _, known := a.hands[k]; !known {
			a.hands[k] = hand{at, prefix}
			a.progress = true
		}
		return true
	}
	if text, ok := a.consts[s.folder+"."+name]; ok {
		a.act(prefix+text, s, f)
		return true
	}
	set := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		as, ok := n.(*ast.AssignStmt)
		if !ok || len(as.Lhs) != len(as.Rhs) {
			return true
		}
		for n, to := range as.Lhs {
			if id, ok := to.(*ast.Ident); ok && id.Name == name {
				set = true
				a.value(s, f, as.Rhs[n], prefix)
			}
		}
		return true
	})
	return set
}

func parameter(f *ast.FuncDecl, name string) (at int, ok bool) {
	for _, field := range f.Type.Params.List {
		for _, id := range field.Names {
			if id.Name == name {
				return at, true
			}
			at++
		}
	}
	return 0, false
}

func key(s source, f *ast.FuncDecl) string {
	if f.Recv != nil {
		return s.folder + ".(" + f.Name.Name + ")"
	}
	return s.folder + "." + f.Name.Name
}

func (a *acts) act(name string, s source, f *ast.FuncDecl) {
	if strings.Count(name, ".") == 0 || strings.HasSuffix(name, ".") {
		return // of another function of that name
	}
	if _, known := a.named[name]; !known {
		a.named[name] = key(s, f)
	}
}
