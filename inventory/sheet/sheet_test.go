package sheet

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

func vocabulary(tb testing.TB) *inventory.Vocabulary {
	tb.Helper()
	v, err := ReadVocabulary(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	return &v
}

// tell renders rows in one line each.
func tell(rows iter.Seq[inventory.Row]) []string {
	var out []string
	for row := range rows {
		s := fmt.Sprintf("%d %s", row.Line, row.Source.ID)
		for _, f := range fault.All(row.Err) {
			s += fmt.Sprintf(" [%s]", f.Error())
		}
		out = append(out, s)
	}
	return out
}

func TestReadJSONL(t *testing.T) {
	v := vocabulary(t)
	list := "\xEF\xBB\xBF" + `{"name":"production-olives","title":"Olivier - suivi","organization":"dgeda","organization_title":"DGEDA",` +
		`"notes":"Suivi de la production","tags":["olivier",{"name":"زيتون"}],"frequency_update":"Annuelle",` +
		`"resources":[{"id":"a7ad","name":"Superficie","format":".csv","records":506,"fields":["date"]},` +
		`{"url":"https://a.tn/x.xlsx","name":"المساحة"}],"portal_url":"https://Catalog.Example.tn/dataset/production-olives",` +
		`"license_id":"licence-nationale-de-donnees-publiques-ouvertes","metadata_modified":"2025-06-27T10:00:00"}` + "\r\n\r\n"
	var rows []inventory.Row
	for row := range ReadJSONL(strings.NewReader(list), v) {
		rows = append(rows, row)
	}
	want := []inventory.Row{{
		Line: 1, Organisation: "dgeda",
		Source: inventory.Source{Portal: "catalog.example.tn", ID: "production-olives"},
		Content: inventory.Content{
			Title: lang.Text{"fr": "Olivier - suivi"}, Description: lang.Text{"fr": "Suivi de la production"},
			Keywords: lang.Words{"fr": {"olivier"}, "ar": {"زيتون"}}, Frequency: "annual", Licence: "LNDPO-TN",
			Producer: "DGEDA", PersonalUnknown: true, Spatial: []string{},
			Distributions: []inventory.Distribution{
				{
					Title: lang.Text{"fr": "Superficie"}, Format: "CSV",
					URL: "https://Catalog.Example.tn/dataset/production-olives/resource/a7ad",
				},
				{Title: lang.Text{"ar": "المساحة"}, URL: "https://a.tn/x.xlsx"},
			},
		},
	}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestBadLines pairs each bad line with its exact message; the good lines around it are read.
func TestBadLines(t *testing.T) {
	v := vocabulary(t)
	good := `{"name":"a","title":"Bon"}`
	for _, tt := range []struct{ name, line, want string }{
		{"truncated", `{"name":"x","title":"Ba`, "import.line.truncated"},
		{"truncated after a key", `{"name":`, "import.line.truncated"},
		{"no JSON", `name;title`, "import.line.json"},
		{"two objects", `{"name":"x"}{"name":"y"}`, "import.line.json"},
		{"a comma behind", `{"name":"x","title":"y"},`, "import.line.json"},
		{"a list", `["x"]`, "import.line.object"},
		{"a number", `12`, "import.line.object"},
		{"null", `null`, "import.line.object"},
		{"a string", `"x"`, "import.line.object"},
		{"no UTF-8", "{\"name\":\"x\",\"title\":\"C\xe9r\xe9ales\"}", "fault.utf8"},
		{"no title", `{"name":"x","organization":"y"}`, "import.title.missing (title)"},
		{"title null", `{"name":"x","title":null,"organization":null}`, "import.title.missing (title)"},
		{"title of spaces", `{"name":"x","title":"  "}`, "import.title.missing (title)"},
		{"title a number", `{"name":"x","title":12}`, "import.type (title)"},
		{"title an object", `{"name":"x","title":{"fr":"a"}}`, "import.type (title)"},
		{"no name", `{"title":"x"}`, "import.id.missing (name)"},
		{"resources an object", `{"name":"x","title":"y","resources":{"a":1}}`, "import.type (resources)"},
		{"a resource is text", `{"name":"x","title":"y","resources":["a"]}`, "import.type (resources.0)"},
		{"a resource's name is a number", `{"name":"x","title":"y","resources":[{},{"name":1}]}`, "import.type (resources.1.name)"},
		{"tags are text", `{"name":"x","title":"y","tags":"a,b"}`, "import.type (tags)"},
		{"a tag is a number", `{"name":"x","title":"y","tags":["a",2]}`, "import.type (tags.1)"},
		{"organization a list", `{"name":"x","title":"y","organization":["a"]}`, "import.type (organization)"},
		{"too long", `{"name":"x","title":"` + strings.Repeat("x", MaxLine) + `"}`, "import.line.too_long 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows := ReadJSONL(strings.NewReader(good+"\n"+tt.line+"\n\n"+good), v)
			var got []string
			for row := range rows {
				s := fmt.Sprint(row.Line)
				for _, f := range fault.All(row.Err) {
					s += " " + f.Error()
				}
				got = append(got, s)
			}
			if diff := cmp.Diff([]string{"1", "2 " + tt.want, "4"}, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNotUnderstoodIsNoted(t *testing.T) {
	v := vocabulary(t)
	line := `{"name":"x","title":"y","license_id":"gpl","frequency":"Varies by dataset","temporal_startDate":"vers 1990",` +
		`"temporal_endDate":"2020","extras":[{"key":"data_modified","value":"2024-05-31T00:00:00"},{"key":"n","value":3}]}`
	for row := range ReadJSONL(strings.NewReader(line), v) {
		if row.Err != nil {
			t.Fatal(row.Err)
		}
		c := row.Content
		if c.Licence != "" || c.Frequency != "" || c.TemporalStart != "" || c.TemporalEnd != "2020-01-01" || c.DataModified != "2024-05-31" {
			t.Errorf("content %+v", c)
		}
		var got []string
		for _, n := range row.Notes {
			got = append(got, n.Error())
		}
		want := []string{
			"import.licence.unknown (licence) gpl", "import.frequency.not_understood (frequency) Varies by dataset",
			"import.date.not_understood (temporal_startDate) vers 1990",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	}
}

// endless gives one line of n bytes.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for k := range p[:n] {
		p[k] = 'x'
	}
	e.n -= n
	return n, nil
}

func TestALineOf200MBIsNotHeld(t *testing.T) {
	v := vocabulary(t)
	r := io.MultiReader(&endless{200 << 20}, strings.NewReader("\n{\"name\":\"a\",\"title\":\"Bon\"}\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := tell(ReadJSONL(r, v))
	runtime.ReadMemStats(&after)
	want := []string{"1  [import.line.too_long 1]", "2 a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d MB were allocated", used>>20)
	}
}

func TestABrokenReaderEndsTheList(t *testing.T) {
	v := vocabulary(t)
	r := io.MultiReader(strings.NewReader("{\"name\":\"a\",\"title\":\"Bon\"}\n{\"na"), iotest.ErrReader(io.ErrClosedPipe))
	want := []string{"1 a", "2  [import.line.unreadable]"}
	if diff := cmp.Diff(want, tell(ReadJSONL(r, v))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestReadingStopsWhenAsked(t *testing.T) {
	v := vocabulary(t)
	list := strings.Repeat("{\"name\":\"a\",\"title\":\"Bon\"}\n", 5)
	for _, rows := range []iter.Seq[inventory.Row]{
		ReadJSONL(strings.NewReader(list), v),
		ReadCKAN(strings.NewReader(`[{"name":"a","title":"b"},{"name":"c","title":"d"}]`), v, "x.tn"),
	} {
		n := 0
		for range rows {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d rows", n)
		}
	}
}

func TestReadCKAN(t *testing.T) {
	v := vocabulary(t)
	entry := `{"name":"a","title":"Bon","organization":{"name":"dgf","title":"DGF"},"groups":[{"name":"agriculture"}],` +
		`"license_title":"Licence Nationale de Données Publiques Ouvertes"}`
	for _, tt := range []struct {
		name, document string
		want           []string
	}{
		{"package_search", `{"help":"x","success":true,"result":{"count":2,"results":[` + entry + `,` + entry + `]}}`, []string{"1 a", "2 a"}},
		{"a list of packages", `{"success":true,"result":[` + entry + `]}`, []string{"1 a"}},
		{"a bare list", `[` + entry + `]`, []string{"1 a"}},
		{"an empty list", `[]`, nil},
		{"another key", `{"source":{"x":[1]},"datasets":[` + entry + `]}`, []string{"1 a"}},
		{"a bad entry costs no other", `[` + entry + `,3,` + entry + `]`, []string{"1 a", "2  [import.line.object]", "3 a"}},
		{"no list", `{"a":{"b":1}}`, []string{"0  [import.file.no_list]"}},
		{"a refusal", `{"success":false,"error":{"message":"x"}}`, []string{"0  [import.file.no_list]"}},
		{"nothing", ``, []string{"0  [import.line.truncated]"}},
		{"HTML", `<!doctype html>`, []string{"0  [import.line.json]"}},
		{"truncated in an entry", `[` + entry + `,{"name":"x`, []string{"1 a", "2  [import.line.truncated]"}},
		{"truncated between entries", `[` + entry, []string{"1 a", "2  [import.line.truncated]"}},
		{"wrapped for ever", strings.Repeat(`{"result":`, 50), []string{"0  [import.file.no_list]"}},
		{"an endless entry", `["` + strings.Repeat("x", maxDocument) + `x`, []string{"1  [import.file.too_large 64]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tell(ReadCKAN(strings.NewReader(tt.document), v, "x.tn"))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
	for row := range ReadCKAN(strings.NewReader("["+entry+"]"), v, "x.tn") {
		c := row.Content
		if row.Organisation != "dgf" || c.Producer != "DGF" || c.Theme != "agriculture" || c.Licence != "LNDPO-TN" ||
			row.Source.Portal != "x.tn" {
			t.Errorf("row %+v", row)
		}
	}
}

// TestRealCatalogues reads the collected material when it is beside the repository.
func TestRealCatalogues(t *testing.T) {
	v := vocabulary(t)
	list, err := os.ReadFile("../../../shared/realdata/agridata_datasets.jsonl")
	if err != nil {
		t.Logf("the real catalogues are not beside the repository, only written ones are tested: %v", err)
		return
	}
	var refused []int
	n := 0
	for row := range ReadJSONL(bytes.NewReader(list), v) {
		n++
		if row.Err != nil {
			refused = append(refused, row.Line)
		}
	}
	if want := []int{89, 164, 200, 229, 368, 417, 424, 442, 470, 472, 478, 518}; n != 525 || !cmp.Equal(want, refused) {
		t.Errorf("%d rows, refused %v", n, refused)
	}
	sample, err := os.ReadFile("../../../shared/realdata/data_gov_tn_sample.json")
	if err != nil {
		t.Fatal(err)
	}
	n = 0
	for row := range ReadCKAN(bytes.NewReader(sample), v, "catalog.data.gov.tn") {
		n++
		if row.Err != nil || row.Content.Title.Empty() {
			t.Errorf("entry %d: %v", row.Line, row.Err)
		}
	}
	if n != 32 {
		t.Errorf("%d of 32 entries", n)
	}
}

func FuzzReadJSONL(f *testing.F) {
	for _, s := range []string{
		"", "\n\n", `{"name":"a","title":"b"}`, `{"name":"a","title":"\ud800"}`, `{"title":"b","resources":[null,{"url":1}]}`,
		`{"name":"a","title":"b","organization":{"name":{}}}`, `{"extras":[{"key":"title","value":null}]}`, "\xff\n{}",
		`{"name":"a","title":"b","temporal_startDate":"2020-13","tags":[[],{}]}`,
	} {
		f.Add([]byte(s))
	}
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		for row := range ReadJSONL(bytes.NewReader(data), v) {
			if row.Line <= last {
				t.Fatalf("line %d after %d", row.Line, last)
			}
			last = row.Line
			checkRow(t, row)
		}
	})
}

func FuzzReadCKAN(f *testing.F) {
	for _, s := range []string{
		"", "[", "[]", `{"result":{"results":[{"name":"a","title":"b"}]}}`, `{"result":{"result":{}}}`, `[1,null,"x",{}]`, "[{}]x",
	} {
		f.Add([]byte(s))
	}
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for row := range ReadCKAN(bytes.NewReader(data), v, "x.tn") {
			checkRow(t, row)
		}
	})
}

// checkRow asks that a row is either usable or says why it is not.
func checkRow(t *testing.T, row inventory.Row) {
	t.Helper()
	if row.Err != nil {
		if len(fault.All(row.Err)) == 0 {
			t.Fatalf("line %d: %v is no fault", row.Line, row.Err)
		}
		return
	}
	if row.Content.Title.Empty() || row.Source.ID == "" {
		t.Fatalf("line %d passed without title or id: %+v", row.Line, row)
	}
	for _, s := range row.Content.Title {
		if !utf8.ValidString(s) {
			t.Fatalf("line %d: title %q", row.Line, s)
		}
	}
}

func TestReadInstitutions(t *testing.T) {
	all, err := ReadInstitutions(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	tree, pilots := identity.Tree{}, 0
	for _, i := range all {
		tree[i.Slug] = i
		if i.Pilot {
			pilots++
		}
		if i.Name["ar"] == "" || i.Provenance == "" {
			t.Errorf("%s has no Arabic name or no provenance", i.Slug)
		}
	}
	if pilots != 7 {
		t.Errorf("%d pilot ministries", pilots)
	}
	if len(tree) != len(all) || tree["marhp"].Kind != identity.Ministry || tree.Ministry("onagri").Slug != "marhp" {
		t.Errorf("%d institutions, onagri under %q", len(all), tree.Ministry("onagri").Slug)
	}
	if got := tree["onagri"]; got.PortalOrg != "onagri-dept" || got.Kind != identity.Establishment {
		t.Errorf("onagri = %+v", got)
	}
}

func TestBadInstitutions(t *testing.T) {
	ministries := "id,name_fr,pilot_proposal\nMS,Santé,yes\nMS,Encore,no\nM S,Espace,no\nMX,,no\n"
	bodies := "id,kind,parent,name_fr\nA,office,MS,Office\nB,other,NN,Bureau\nC,ministry,MS,Ministère\n"
	_, err := ReadInstitutions(fstest.MapFS{
		"ministries.csv": {Data: []byte(ministries)}, "bodies.csv": {Data: []byte(bodies)},
	})
	want := `ministries.csv:3: id "MS" appears twice
ministries.csv:4: id "M S" makes no slug
ministries.csv:5: name_fr is empty
bodies.csv:2: kind "office" is no kind of body
bodies.csv:3: parent "NN" is unknown
bodies.csv:4: kind "ministry" is no kind of body`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// TestBadVocabularies pairs each broken file with its exact message.
func TestBadVocabularies(t *testing.T) {
	for _, tt := range []struct{ name, file, data, want string }{
		{"empty", "themes.csv", "", "themes.csv: empty"},
		{"no UTF-8", "themes.csv", "code\xff", "themes.csv: not UTF-8"},
		{"missing columns", "themes.csv", "code,name_fr\n", `themes.csv: column "eu_data_theme" is missing` + "\n" +
			`themes.csv: column "eu_uri" is missing`},
		{"a column twice", "themes.csv", "code,code,name_fr,eu_data_theme,eu_uri\n", `themes.csv: column "code" appears twice`},
		{"too few cells", "themes.csv", "code,name_fr,eu_data_theme,eu_uri\na,b\n", "themes.csv: record on line 2: wrong number of fields"},
		{"a code twice", "themes.csv", "code,name_fr,eu_data_theme,eu_uri\na,b,c,d\na,b,c,d\n", `themes.csv:3: code "a" appears twice`},
		{"no code", "themes.csv", "code,name_fr,eu_data_theme,eu_uri\n,b,c,d\n", "themes.csv:2: code is empty"},
		{"an unknown due rule", "frequencies.csv", frequencyHeader + "a,A,X,P1M,sometimes,,0\n", `frequencies.csv:2: due_rule "sometimes" is unknown`},
		{
			"no period", "frequencies.csv", frequencyHeader + "a,A,X,P5M,calendar,,0\n",
			`frequencies.csv:2: iso8601 "P5M" gives no period for due_rule "calendar"`,
		},
		{
			"days that are none", "frequencies.csv", frequencyHeader + "a,A,X,P1M,calendar,,-3\n",
			`frequencies.csv:2: grace_days "-3" is no number of days`,
		},
		{"a day that does not exist", "holidays.csv", "day,name_fr,confirmed\n02-30,x,yes\n", `holidays.csv:2: day "02-30" does not exist`},
		{
			"an effect nobody knows", "decree.csv", "code,article,duty_fr,effect,status,certainty\na,1,x,stop,S,y\n",
			`decree.csv:2: effect "stop" is none of refuse, warn, ignore`,
		},
		{
			"an approvable nobody knows", "licences.csv", "code,portal_license_id,title_fr,approvable\nA,a,A,perhaps\n",
			`licences.csv:2: approvable "perhaps" is unknown`,
		},
		{
			"an alias of nothing", "licences.csv", "code,portal_license_id,title_fr,approvable\nA,a,A,alias of B\n",
			`licences.csv: A is an alias of "B", which is no licence`,
		},
		{"a wording alone", "wordings.csv", "code,terms\na,eau|\n", `wordings.csv:2: terms "eau|": one wording alone means the same as no other`},
		{"wordings without terms", "wordings.csv", "code\na\n", `wordings.csv: column "terms" is missing`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := fstest.MapFS{}
			for _, name := range []string{"frequencies", "themes", "licences", "governorates", "holidays", "decree"} {
				data, err := pilot.Files.ReadFile(name + ".csv")
				if err != nil {
					t.Fatal(err)
				}
				dir[name+".csv"] = &fstest.MapFile{Data: data}
			}
			dir[tt.file] = &fstest.MapFile{Data: []byte(tt.data)}
			_, err := ReadVocabulary(dir)
			if diff := cmp.Diff(tt.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

const frequencyHeader = "code,name_fr,eu_code,iso8601,due_rule,synonyms,grace_days\n"

func FuzzReadVocabulary(f *testing.F) {
	f.Add([]byte("code,name_fr,eu_code,iso8601,due_rule,synonyms\na,A,X,P1M,calendar,b|c\n"))
	f.Add([]byte("\xEF\xBB\xBFcode\n\"a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := fstest.MapFS{"frequencies.csv": {Data: data}}
		v, _ := ReadVocabulary(dir)
		for _, frequency := range v.Frequencies {
			if s, ok := v.Schedule(v.Workdays(), inventory.Content{Frequency: frequency.Code}); ok {
				s.Deadline(s.Next(s.Period(time.Unix(0, 0))))
			}
		}
	})
}
