package examine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/examine/page"
	"github.com/jard-odi/jard/web/locale"
)

// TestEverythingSaidHasASentence finds the keys in the code and wants each in
// every language; families are completed by what they are made of.
func TestEverythingSaidHasASentence(t *testing.T) {
	sentences, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	families := map[string][]string{
		"examine.evidence.language.": nil, "examine.evidence.link.": sought(), "examine.evidence.no_link.": sought(),
		"examine.evidence.date.": {"sitemap", "header", "meta", "element", "text"},
	}
	for _, r := range page.Rules() {
		families["examine.evidence.markup."] = append(families["examine.evidence.markup."], string(r))
	}
	for _, m := range Measures() {
		families["examine.measure."] = append(families["examine.measure."], string(m))
	}
	keys := map[string]bool{}
	for _, m := range families["examine.measure."] {
		keys["examine.measure."+m] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"(examine\.[a-z_.]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range literal.FindAllStringSubmatch(string(code), -1) {
			key := found[1]
			if !strings.HasSuffix(key, ".") {
				keys[key] = true
				continue
			}
			ends := families[key]
			if strings.HasPrefix(key, "examine.evidence.language.") {
				ends = spoken()
			}
			if len(ends) == 0 {
				t.Errorf("%s: the family %s is not known here", file, key)
			}
			for _, end := range ends {
				keys[key+end] = true
			}
		}
	}
	if len(keys) < 100 {
		t.Errorf("%d keys were found; something is wrong with this test", len(keys))
	}
	for key := range keys {
		if !sentences.Has(key) || sentences.T(lang.Arabic, key) == key {
			t.Errorf("%s has no sentence", key)
		}
	}
}
