package monitor

import (
	"strings"
	"testing"

	"github.com/jard-odi/jard/lang"
)

func TestTheLanguageOfAnAnswer(t *testing.T) {
	arabic, french := strings.Repeat("خدمات الإدارة الإلكترونية ", 12), strings.Repeat("Services de l'administration ", 12)
	page := func(attributes, text string) string {
		return "<!doctype html><html" + attributes + "><body>" + text + "</body></html>"
	}
	for name, tt := range map[string]struct {
		want   lang.Tag
		body   string
		header string
		got    string // beginning of what is wrong
	}{
		"Arabic, declared and written":   {lang.Arabic, page(` lang="ar-TN" dir="rtl"`, arabic), "", ""},
		"Arabic, undeclared":             {lang.Arabic, page("", arabic), "", ""},
		"Arabic with a Latin name":       {lang.Arabic, page(` lang=ar`, arabic+"CNSS www.cnss.tn"), "", ""},
		"Arabic by its direction":        {lang.Arabic, page(` dir="rtl"`, "نعم"), "", ""},
		"French by direction":            {lang.French, page(` dir="rtl"`, "نعم"), "", "dir: ar"},
		"Arabic promised, French served": {lang.Arabic, page(` lang="ar" dir="rtl"`, french), "", "0 % of the letters"},
		"French promised, Arabic served": {lang.French, page(` lang="fr"`, arabic), "", "100 % of the letters"},
		"French wanted, English served":  {lang.French, page(` lang="en-GB"`, french), "", "html lang: en"},
		"single quotes":                  {lang.French, page(` class='x' lang='en'`, "x"), "", "html lang: en"},
		"by header":                      {lang.French, page("", "oui"), "fr-TN", ""},
		"another by header":              {lang.French, page("", "oui"), "en", "Content-Language: en"},
		"for readers of several":         {lang.French, page("", "oui"), "en, fr", ""},
		"the page over the header":       {lang.French, page(` lang="fr"`, "oui"), "en", ""},
		"nothing tells":                  {lang.English, page("", french), "", ""},
		"no page":                        {lang.Arabic, `{"état":"ouvert"}`, "", ""},
		"nothing":                        {lang.Arabic, "", "", ""},
		"an attribute of another name":   {lang.French, page(` data-lang="en"`, "oui"), "", ""},
		"a script in Arabic":             {lang.French, page(` lang="fr"`, "oui<script>"+arabic+"</script>"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := Reading{Status: 200, Body: []byte(tt.body), Seen: &Seen{Header: map[string][]string{}}}
			if tt.header != "" {
				r.Seen.Header["Content-Language"] = []string{tt.header}
			}
			Expect{Language: tt.want}.Judge(&r)
			switch {
			case tt.got == "" && (r.Verdict != Up || r.Reason != None):
				t.Errorf("read %v, %q (%s)", r.Verdict, r.Reason, r.Detail)
			case tt.got != "" && (r.Verdict != Degraded || r.Reason != WrongLanguage || !strings.HasPrefix(r.Detail, tt.got)):
				t.Errorf("read %v, %q (%s); want %q", r.Verdict, r.Reason, r.Detail, tt.got)
			}
		})
	}
}

func FuzzLanguage(f *testing.F) {
	f.Add([]byte(`<html lang="ar" dir=rtl><body dir='rtl'>نعم`), "fr, ar")
	f.Add([]byte("<html\x00lang=\xff>"), "")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		for _, want := range lang.All() {
			r := Reading{Status: 200, Body: body, Seen: &Seen{Header: map[string][]string{"Content-Language": {header}}}}
			Expect{Language: want}.Judge(&r)
			if r.Verdict != Up && (r.Verdict != Degraded || r.Detail == "") {
				t.Errorf("read %v, %q (%s)", r.Verdict, r.Reason, r.Detail)
			}
		}
	})
}
