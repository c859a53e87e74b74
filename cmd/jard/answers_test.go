package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor/resultsweb"
)

func TestLinesOfFiles(t *testing.T) {
	var book bytes.Buffer
	rows := func(yield func([]string, error) bool) { yield([]string{"2026-11-20", "fr", "4"}, nil) }
	if err := sheet.WriteRows(&book, "Réponses", []string{"date", "language", "ease"}, rows); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"date", "language", "ease"}, {"2026-11-20", "fr", "4"}}
	for name, data := range map[string]string{
		"a.xlsx": book.String(), "b.csv": "date,language,ease\n2026-11-20,fr,4\n", "c.csv": "\ufeffdate;language;ease\r\n2026-11-20;fr;4\r\n",
		"d.csv": "\xff\xfed\x00a\x00t\x00e\x00\t\x00l\x00a\x00n\x00g\x00u\x00a\x00g\x00e\x00\t\x00e\x00a\x00s\x00e\x00\n\x002\x000\x002\x006\x00-\x001\x001\x00-\x002\x000\x00\t\x00f\x00r\x00\t\x004\x00\n\x00",
	} {
		got, err := readLines(t.Context(), name, []byte(data))
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, data := range map[string]string{"e.xlsx": "no workbook", "f.xlsx": "PK\x03\x04broken", "g.csv": "", "h.csv": "a\x00b"} {
		if got, err := readLines(t.Context(), name, []byte(data)); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	var out bytes.Buffer
	if err := commentBook(book.Bytes(), "Réponses", []resultsweb.Remark{{Row: 2, Column: 3, Text: "trop"}}, &out); err != nil || out.Len() == 0 {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	for column, want := range map[int]string{1: "A3", 26: "Z3", 27: "AA3", 702: "ZZ3", 703: "AAA3"} {
		if got := cellName(column, 3); got != want {
			t.Errorf("column %d: %s; want %s", column, got, want)
		}
	}
}

func TestAnswersFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"JARD_DATABASE_URL": "sqlite:" + filepath.Join(dir, "jard.db")}
	jard := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), args, program{in: strings.NewReader(""), out: &out, err: &out, getenv: func(k string) string { return env[k] }})
		return code, out.String()
	}
	for _, args := range [][]string{{"migrate"}, {"seed"}} {
		if code, out := jard(args...); code != 0 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
	}
	good, bad := filepath.Join(dir, "good.csv"), filepath.Join(dir, "bad.csv")
	head := "date,language,ease,satisfaction,finished\n"
	day := time.Now().AddDate(0, 0, -2).Format(time.DateOnly)
	for name, text := range map[string]string{good: head + day + ",fr,4,5,yes\n", bad: head + day + ",fr,4,5,yes\nhier,fr,9,5,yes\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service := "--service=" + firstService(t, jard)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"import", good, service}, 2, "--mode is phone or in-person"},
		{[]string{"import", service, "--mode", "phone"}, 2, "name one file"},
		{[]string{"import", good, "--service=none", "--mode", "phone"}, 1, ""},
		{[]string{"import", filepath.Join(dir, "none.csv"), service, "--mode", "phone"}, 1, "no such file"},
		{[]string{"import", bad, service, "--mode", "phone", "--preview"}, 0, "1 sound, 1 faulty"},
		{[]string{"import", bad, service, "--mode", "phone"}, 1, "bad.csv:3: date: Give a date"},
		{[]string{"import", good, service, "--mode", "phone"}, 0, "1 answers taken, 0 left out"},
		{[]string{"import", good, service, "--mode", "phone"}, 1, "in the results already"},
		{[]string{"import", bad, service, "--mode", "in-person", "--sound"}, 0, "1 answers taken, 1 left out"},
	} {
		code, out := jard(append([]string{"answers"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%v: %d %s; want %d %q", tt.args, code, out, tt.code, tt.want)
		}
	}
	if code, out := jard("verify"); code != 0 {
		t.Errorf("verify: %d %s", code, out)
	}
}

// firstService is the slug of a service that the seed knows.
func firstService(t *testing.T, jard func(...string) (int, string)) string {
	t.Helper()
	_, out := jard("services", "export")
	for line := range strings.Lines(out) {
		if _, slug, ok := strings.Cut(line, "slug: "); ok {
			return strings.TrimSpace(slug)
		}
	}
	t.Fatal("there is no service\n" + out)
	return ""
}
