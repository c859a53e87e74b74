package catalogue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// found returns the numbers of the samples that package_search finds.
func found(t *testing.T, s *Snapshot, args Args) []string {
	t.Helper()
	args["sort"], args["rows"] = "id asc", "1000"
	status, d := s.Act("package_search", args)
	var r struct {
		Result struct {
			Count   int
			Results []struct{ Name string }
		}
	}
	if err := json.Unmarshal(d.Bytes(), &r); err != nil || status != 200 {
		t.Fatalf("%v: %d %s", args, status, d.Bytes())
	}
	names := []string{}
	for _, p := range r.Result.Results {
		names = append(names, strings.TrimPrefix(p.Name, "production-"))
	}
	if len(names) != r.Result.Count {
		t.Errorf("%v: count %d of %d", args, r.Result.Count, len(names))
	}
	return names
}

func TestSearch(t *testing.T) {
	all := samples(6) // odd: onagri, sante; even: marhp, agriculture
	all[5].Content.Title = lang.Text{"fr": "Stations météo de Béja", "ar": "محطات الرصد"}
	all[5].Content.Keywords = lang.Words{"fr": {"climat"}}
	s := build(t, all...)
	for i := range all {
		all[i].Modified = all[i].Modified.UTC()
	}
	stamp := func(n int) string { return all[n-1].Modified.Format("2006-01-02T15:04:05.000000Z") }
	for _, tt := range []struct {
		q, fq string
		want  string
	}{
		{"", "", "1 2 3 4 5 6"},
		{"*:*", "", "1 2 3 4 5 6"},
		{"", "organization:marhp", "2 4 6"},
		{"", "-organization:marhp", "1 3 5"},
		{"", "NOT organization:marhp", "1 3 5"},
		{"", "organization:marhp OR organization:onagri", "1 2 3 4 5 6"},
		{"", `organization:("marhp" OR "ms")`, "2 4 6"},
		{"", "groups:sante", "1 3 5"},
		{"", "organization:onagri AND groups:sante", "1 3 5"},
		{"", "organization:onagri groups:agriculture", ""},
		{"", "organization:marhp OR organization:onagri metadata_modified:[" + stamp(2) + " TO *]", "1 2"},
		{"", "metadata_modified:[" + stamp(4) + " TO " + stamp(2) + "]", "2 3 4"},
		{"", "metadata_modified:{" + stamp(4) + " TO " + stamp(2) + "}", "3"},
		{"", "metadata_modified:[* TO " + stamp(5) + "]", "5 6"},
		{"metadata_modified:[" + stamp(3) + "%20TO%20*]", "", "1 2 3"},
		{"organization:marhp AND tags:climat", "", "6"},
		{"", `tags:"qualité de l air"`, "1 2 3 4 5"},
		{"meteo", "", "6"},
		{"station beja", "", "6"},
		{"الانتاج", "", "1 2 3 4 5 6"}, // written without hamza; in every description
		{`"stations meteo"`, "", "6"},
		{`"meteo stations"`, "", ""},
		{"title:stat*", "", "6"},
		{"name:production-1", "", "1"},
		{"name:prod*", "", "1 2 3 4 5 6"},
		{"", "id:" + all[3].DatasetID, "4"},
		{"", "res_format:CSV -groups:sante", "2 4 6"},
		{"", "state:active private:false dataset_type:dataset +capacity:public", "1 2 3 4 5 6"},
		{"", "unheard_of:x", ""},
		{"(olives OR meteo) AND -groups:sante", "", "2 4 6"},
	} {
		got := strings.Join(found(t, s, Args{"q": tt.q, "fq": tt.fq}), " ")
		if got != tt.want {
			t.Errorf("q=%q fq=%q finds %q; want %q", tt.q, tt.fq, got, tt.want)
		}
	}
}

func TestSortsNeverOverlapBetweenPages(t *testing.T) {
	all := samples(50)
	for i := range all {
		all[i].Modified = now // all alike: only the id can decide
	}
	s := build(t, all...)
	seen := map[string]bool{}
	for start := 0; start < 50; start += 7 {
		_, d := s.Act("package_search", Args{"sort": "metadata_modified desc", "rows": "7", "start": fmt.Sprint(start)})
		var r struct {
			Result struct{ Results []struct{ ID string } }
		}
		if err := json.Unmarshal(d.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Result.Results {
			if seen[p.ID] {
				t.Errorf("%s comes twice", p.ID)
			}
			seen[p.ID] = true
		}
	}
	if len(seen) != 50 {
		t.Errorf("%d of 50 seen", len(seen))
	}
}

// FuzzSearch: whatever strangers ask, the answer is JSON.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"", "a OR", "((", `"`, "x:[a TO", "-", "+-!(a)", "a:(b OR -c)", `\`, "metadata_modified:[* TO *]", "%20%zz", "::", ":"} {
		f.Add(q)
	}
	s, err := Build(settings(), register(samples(3)...), nil, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, q string) {
		status, d := s.Act("package_search", Args{"q": q, "fq": q, "sort": "id"})
		if !json.Valid(d.Bytes()) || status != 200 && status != 400 {
			t.Errorf("%q: %d %s", q, status, d.Bytes())
		}
	})
}

// FuzzContent: whatever an officer writes, the page parses and says just that.
func FuzzContent(f *testing.F) {
	f.Add("titre", "https://a.tn/x y", "CSV", "a@b.tn")
	f.Add("\x00\"\\", "http://[::1]/<>", "…", "mailto:<x>@y.z")
	f.Fuzz(func(t *testing.T, title, url, format, mail string) {
		p := sample(1)
		p.Content.Title = lang.Text{"fr": title, "ar": "عنوان"}
		p.Content.Description, p.Content.Keywords = lang.Text{"fr": title}, lang.Words{"fr": {title, format}}
		p.Content.ContactEmail, p.Content.Producer = mail, title
		p.Content.Distributions = []inventory.Distribution{{ID: format + "x", Title: lang.Text{"fr": title}, URL: url, Format: format, MediaType: format}}
		s, err := Build(settings(), register(p), nil, now)
		if err != nil {
			t.Fatalf("left out: %v", err)
		}
		if !json.Valid(s.DataJSON().Bytes()) {
			t.Error("data.json is not JSON")
		}
		wellFormed(t, s.Whole(RDFXML).Bytes())
	})
}

func TestPortalTags(t *testing.T) {
	for word, want := range map[string]string{
		"qualité de l'air": "qualité de l air", "eau & assainissement": "eau assainissement", "prix (TND)": "prix TND",
		"الصحّة": "الصحة", "الـــفلاحة": "الفلاحة", "a": "", "  ": "", "x\u200Cy": "xy", "2024": "2024", "a_b-c.d": "a_b-c.d",
	} {
		got, ok := portalTag(word)
		if ok != (want != "") || ok && got != want {
			t.Errorf("portalTag(%q) = %q, %v; want %q", word, got, ok, want)
		}
	}
	if tag, _ := portalTag(strings.Repeat("é", 101)); len([]rune(tag)) != 100 {
		t.Errorf("a tag of %d characters", len([]rune(tag)))
	}
	if got := keywords(lang.Words{"fr": {"nord, sud", "nord"}}, "fr"); !slices.Equal(got, []string{"nord", "sud"}) {
		t.Errorf("keywords = %q", got)
	}
}

func TestAddressesBecomeIRIs(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.tn/é t?q=[1]#x":  "https://a.tn/%C3%A9%20t?q=%5B1%5D#x",
		"https://a.tn/100%":         "https://a.tn/100%25",
		"https://a.tn/%C3%A9":       "https://a.tn/%C3%A9",
		"http://[::1]:80/<a>\"b\\c": "http://[::1]:80/%3Ca%3E%22b%5Cc",
		" https://a.tn ":            "https://a.tn",
		"ftp://a.tn/x":              "", "javascript:alert(1)": "", "/x": "", "https://": "", "https://:80/": "", "\x00": "", "a b": "",
	} {
		got, ok := cleanIRI(address)
		if ok != (want != "") || ok && got != want {
			t.Errorf("cleanIRI(%q) = %q, %v; want %q", address, got, ok, want)
		}
	}
}
