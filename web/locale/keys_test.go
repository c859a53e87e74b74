package locale

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jard-odi/jard/lang"
)

const root = "../.."

func TestEveryLanguageHasTheSameSentences(t *testing.T) {
	c := load(t)
	for key, french := range c.sentences[lang.French] {
		for _, tag := range lang.All() {
			s, ok := c.sentences[tag][key]
			if !ok {
				t.Errorf("%s: %s is missing", tag, key)
				continue
			}
			if (s.Forms == nil) != (french.Forms == nil) {
				t.Errorf("%s: %s has plural forms in one language only", tag, key)
			}
			checkForms(t, tag, key, s)
			if got, want := placeholders(s), placeholders(french); !slices.Equal(got, want) && french.Forms == nil {
				t.Errorf("%s: %s has the placeholders %v; French has %v", tag, key, got, want)
			}
		}
	}
	for _, tag := range lang.All() {
		for key := range c.sentences[tag] {
			if !c.Has(key) {
				t.Errorf("%s: %s has no French sentence", tag, key)
			}
		}
	}
}

func checkForms(t *testing.T, tag lang.Tag, key string, s Sentence) {
	t.Helper()
	if s.Forms == nil {
		if strings.TrimSpace(s.Plain) == "" {
			t.Errorf("%s: %s is empty", tag, key)
		}
		return
	}
	for _, form := range Plurals(tag) {
		if strings.TrimSpace(s.Forms[form]) == "" {
			t.Errorf("%s: %s lacks the form %q", tag, key, form)
		}
	}
	if len(s.Forms) != len(Plurals(tag)) {
		t.Errorf("%s: %s has %d forms; the language has %d", tag, key, len(s.Forms), len(Plurals(tag)))
	}
}

var placeholder = regexp.MustCompile(`\{[0-9]+(:[a-z_.]+)?\}`)

func placeholders(s Sentence) []string {
	all := placeholder.FindAllString(s.Plain, -1)
	slices.Sort(all)
	return all
}

func TestNoKeyIsDefinedTwice(t *testing.T) {
	for _, tag := range lang.All() {
		where := map[string]string{}
		names, err := fs.Glob(files, string(tag)+"/*.json")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", tag, names, err)
		}
		for _, name := range names {
			for _, key := range keysOf(t, name) {
				if before, twice := where[key]; twice {
					t.Errorf("%s is defined in %s and in %s", key, before, name)
				}
				where[key] = name
			}
		}
	}
}

// keysOf reads the keys of a file one by one, since a map would hide a repeated one.
func keysOf(t *testing.T, name string) []string {
	t.Helper()
	b, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	keys := []string{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		keys = append(keys, key.(string))
	}
	return keys
}

// spoken is every key said somewhere, where it is said, and every family of
// computed keys: a literal that ends in a dot, "state.", stands for all of its kind.
type spoken struct {
	keys     map[string]string
	literals map[string]bool
	families []string
}

func TestEverySentenceIsSaidAndEveryKeySaidHasASentence(t *testing.T) {
	c := load(t)
	s := &spoken{keys: map[string]string{}, literals: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || slices.Contains([]string{"node_modules", "tools", "build", "var"}, d.Name())) {
			return filepath.SkipDir
		}
		switch {
		case strings.HasSuffix(path, "_test.go"):
		case filepath.Ext(path) == ".go":
			s.readGo(t, path)
		case filepath.Ext(path) == ".html" && strings.Contains(path, "templates"):
			s.readTemplate(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, where := range s.keys {
		if !c.Has(key) {
			t.Errorf("%s says %q, which has no sentence", where, key)
		}
	}
	for _, sentence := range c.sentences[lang.French] {
		for _, p := range placeholder.FindAllStringSubmatch(sentence.Plain, -1) {
			s.families = append(s.families, strings.TrimPrefix(p[1], ":")+".")
		}
	}
	for key := range c.sentences[lang.French] {
		inFamily := slices.ContainsFunc(s.families, func(f string) bool { return f != "." && strings.HasPrefix(key, f) })
		if !s.literals[key] && !inFamily {
			t.Errorf("nothing says %q", key)
		}
	}
}

var (
	keyForm    = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z0-9_]+)+$`)
	familyForm = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z0-9_]+)*\.$`)
)

func (s *spoken) note(literal string) {
	s.literals[literal] = true
	if familyForm.MatchString(literal) {
		s.families = append(s.families, literal)
	}
}

// positions says which argument of a function is a key.
var positions = map[string][]int{
	"T": {0, 1}, "Page": {1}, "Redirect": {2}, "Link": {1}, "Mark": {1}, "Empty": {0, 1}, "Field": {2},
	"New": {1}, "At": {1},
}

func (s *spoken) readGo(t *testing.T, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				s.note(text)
				if strings.HasPrefix(text, "fault.") && keyForm.MatchString(text) {
					s.keys[text] = path
				}
			}
		case *ast.CallExpr:
			s.readCall(n, path)
		}
		return true
	})
}

func (s *spoken) readCall(call *ast.CallExpr, path string) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	on, _ := selector.X.(*ast.Ident)
	if name := selector.Sel.Name; (name == "New" || name == "At") && (on == nil || on.Name != "fault") {
		return
	}
	for _, i := range positions[selector.Sel.Name] {
		if i >= len(call.Args) {
			continue
		}
		if literal, ok := call.Args[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if key, err := strconv.Unquote(literal.Value); err == nil && keyForm.MatchString(key) {
				s.keys[key] = path
			}
		}
	}
}

var (
	action   = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	comment  = regexp.MustCompile(`(?s)\{\{-? ?/\*.*?\*/ ?-?\}\}`)
	may      = regexp.MustCompile(`\.(May|MayFor) "[^"]*"`)
	quoted   = regexp.MustCompile(`"([^"]*)"`)
	computed = regexp.MustCompile(`\.(T|Link "[^"]*"|Mark "[^"]*") "([^"]*)"`)
)

// readTemplate takes as a key whatever stands where only a key can.
func (s *spoken) readTemplate(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range action.FindAllString(comment.ReplaceAllString(string(b), ""), -1) {
		a = may.ReplaceAllString(a, "")
		for _, m := range quoted.FindAllStringSubmatch(a, -1) {
			s.note(m[1])
		}
		for _, m := range computed.FindAllStringSubmatch(a, -1) {
			s.keys[m[2]] = path
		}
	}
}
