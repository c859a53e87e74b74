package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// complete is a content that may be submitted.
func complete() inventory.Content {
	return inventory.Content{
		Title: lang.Text{"fr": "Production des céréales par gouvernorat", "ar": "إنتاج الحبوب حسب الولاية"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales", "production"}, "ar": {"حبوب"}},
		Theme:    "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Open,
		ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{URL: "https://www.agriculture.tn/cereales.csv", Format: "CSV"}},
	}
}

func list(err error) []string {
	var out []string
	for _, f := range fault.All(err) {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s", f.Field, f.Key)))
	}
	return out
}

func TestADraftMayBeIncompleteButNotMalformed(t *testing.T) {
	v := vocabulary(t)
	long := strings.Repeat("é", 201)
	many := make([]string, 51)
	for n := range many {
		many[n] = fmt.Sprintf("mot %d", n)
	}
	for _, tt := range []struct {
		name  string
		write func(*inventory.Content)
		want  []string
	}{
		{"a title is enough", func(c *inventory.Content) { *c = inventory.Content{Title: lang.Text{"fr": "Barrages"}} }, nil},
		{"an Arabic one too", func(c *inventory.Content) { *c = inventory.Content{Title: lang.Text{"ar": "السدود"}} }, nil},
		{"nothing is not", func(c *inventory.Content) { *c = inventory.Content{} }, []string{"title.fr fault.required"}},
		{"spaces are nothing", func(c *inventory.Content) { c.Title = lang.Text{"fr": " \t"} }, []string{"title.fr fault.required"}},
		{"200 characters", func(c *inventory.Content) { c.Title["fr"] = long[:400] }, nil},
		{"201 characters", func(c *inventory.Content) { c.Title["fr"] = long }, []string{"title.fr fault.too_long"}},
		{"no UTF-8", func(c *inventory.Content) { c.Title["fr"] = "C\xe9r\xe9ales" }, []string{"title.fr fault.utf8"}},
		{"NUL", func(c *inventory.Content) { c.Description["ar"] = "a\x00b" }, []string{"description.ar fault.control"}},
		{"escape", func(c *inventory.Content) { c.Producer = "a\x1b[31m" }, []string{"producer fault.control"}},
		{"text that reads backwards", func(c *inventory.Content) { c.Title["fr"] = "a\u202efdp.exe" }, []string{"title.fr fault.control"}},
		{"a replaced surrogate", func(c *inventory.Content) { c.Title["fr"] = "a\ufffd" }, []string{"title.fr fault.control"}},
		{"two lines in a title", func(c *inventory.Content) { c.Title["fr"] = "a\nb" }, []string{"title.fr fault.one_line"}},
		{"two lines in a description", func(c *inventory.Content) { c.Description["fr"] = "a\nb" }, nil},
		{"a language nobody speaks", func(c *inventory.Content) { c.Title["de"] = "Getreide" }, []string{"title.de fault.language"}},
		{
			"description over the limit", func(c *inventory.Content) { c.Description["en"] = strings.Repeat("x", 10_001) },
			[]string{"description.en fault.too_long"},
		},
		{"unknown codes", func(c *inventory.Content) {
			c.Theme, c.Frequency, c.Licence, c.Openness, c.Spatial = "x", "daily ", "GPL", "ajar", []string{"TN-11", "34"}
		}, []string{
			"theme dataset.theme.unknown", "frequency dataset.frequency.unknown", "licence dataset.licence.unknown",
			"openness dataset.openness.unknown", "spatial dataset.spatial.unknown",
		}},
		{"a day that does not exist", func(c *inventory.Content) { c.TargetDate = "2026-02-30" }, []string{"target_date fault.date"}},
		{"a date in another form", func(c *inventory.Content) { c.DataModified = "05/10/2026" }, []string{"data_modified fault.date"}},
		{"a slip of the hand", func(c *inventory.Content) { c.TemporalStart = "0202-01-01" }, []string{"temporal.start fault.date"}},
		{
			"start after end", func(c *inventory.Content) { c.TemporalStart, c.TemporalEnd = "2026-02-01", "2026-01-31" },
			[]string{"temporal.end dataset.temporal.reversed"},
		},
		{"one day", func(c *inventory.Content) { c.TemporalStart, c.TemporalEnd = "2026-02-01", "2026-02-01" }, nil},
		{
			"data from tomorrow", func(c *inventory.Content) { c.DataModified = "2026-11-17" },
			[]string{"data_modified dataset.data_modified.future"},
		},
		{"data from today", func(c *inventory.Content) { c.DataModified = "2026-11-16" }, nil},
		{
			"a name for an address", func(c *inventory.Content) { c.ContactEmail = "Ali <ali@x.tn>" },
			[]string{"contact.email dataset.email.invalid"},
		},
		{
			"an address without a domain", func(c *inventory.Content) { c.ContactEmail = "ali@localhost" },
			[]string{"contact.email dataset.email.invalid"},
		},
		{"too many keywords", func(c *inventory.Content) { c.Keywords["fr"] = many }, []string{"keywords.fr fault.too_many"}},
		{
			"a keyword that is a list", func(c *inventory.Content) { c.Keywords["fr"] = []string{"eau, air"} },
			[]string{"keywords.fr dataset.keyword.list"},
		},
		{
			"a keyword that a portal cannot keep", func(c *inventory.Content) { c.Keywords["fr"] = []string{"!", "x"} },
			[]string{"keywords.fr dataset.keyword.short", "keywords.fr dataset.keyword.short"},
		},
		{"a keyword that a portal keeps after mending", func(c *inventory.Content) { c.Keywords["fr"] = []string{"qualité de l'air"} }, nil},
		{"a negative size", func(c *inventory.Content) { c.Distributions[0].Bytes = -1 }, []string{"distributions.0.bytes dataset.bytes.negative"}},
		{
			"no media type", func(c *inventory.Content) { c.Distributions[0].MediaType = "csv" },
			[]string{"distributions.0.media_type dataset.media_type.invalid"},
		},
		{"no UUID", func(c *inventory.Content) { c.Distributions[0].ID = "42" }, []string{"distributions.0.id fault.uuid"}},
		{"one id for two", func(c *inventory.Content) {
			c.Distributions[0].ID = "0197a1b2-0000-7000-8000-000000000001"
			c.Distributions = append(c.Distributions, c.Distributions[0])
		}, []string{"distributions.1.id dataset.distribution.repeated"}},
		{
			"too many distributions", func(c *inventory.Content) { c.Distributions = make([]inventory.Distribution, 201) },
			[]string{"distributions fault.too_many"},
		},
		{"everything at once", func(c *inventory.Content) {
			c.Title["fr"], c.TargetDate, c.ContactEmail, c.Distributions[0].URL = long, "x", "y", "http://pai.pdf"
		}, []string{
			"title.fr fault.too_long", "target_date fault.date", "contact.email dataset.email.invalid",
			"distributions.0.url dataset.url.host",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := complete()
			tt.write(&c)
			if diff := cmp.Diff(tt.want, list(c.Check(v, start))); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"https://catalog.agridata.tn/dataset/x/resource/y.csv?a=1#b", ""},
		{"http://www.openculture.gov.tn:8080/", ""},
		{"http://193.95.1.1/x.csv", ""},
		{"https://data.gov.tn./x", ""},
		{"https://بيانات.تونس/x", ""},
		{"http://pai.pdf", "dataset.url.host"},
		{"http://perimetre-communal_image-copie-2.jpg", "dataset.url.host"},
		{"http://données.xlsx", "dataset.url.host"},
		{"http://fichier", "dataset.url.host"},
		{"http://localhost/x.csv", "dataset.url.host"},
		{"http://x.local/x.csv", "dataset.url.host"},
		{"http:///x.csv", "dataset.url.host"},
		{"http://0.0.0.0/", "dataset.url.host"},
		{"http://a..tn/", "dataset.url.host"},
		{"http://-a.tn/", "dataset.url.host"},
		{"http://a.1/", "dataset.url.host"},
		{"ftp://data.gov.tn/x", "dataset.url.scheme"},
		{"data.gov.tn/x.csv", "dataset.url.scheme"},
		{"javascript:alert(1)", "dataset.url.scheme"},
		{"file:///etc/passwd", "dataset.url.scheme"},
		{"https://user:secret@data.gov.tn/", "dataset.url.password"},
		{"https://data.gov.tn/mon fichier.csv", "dataset.url.characters"},
		{"https://data.gov.tn/<x>", "dataset.url.characters"},
		{"https://data.gov.tn/%zz", "dataset.url.invalid"},
		{"https://data.gov.tn/" + strings.Repeat("x", 2000), "fault.too_long"},
		{"https://data.gov.tn/\x00", "fault.control"},
	} {
		c := complete()
		c.Distributions[0].URL = tt.address
		var got string
		if f := fault.All(c.Check(vocabulary(t), start)); len(f) > 0 {
			got = f[0].Key
		}
		if got != tt.want {
			t.Errorf("%q: %q; want %q", tt.address, got, tt.want)
		}
	}
}

func TestASubmissionIsComplete(t *testing.T) {
	v := vocabulary(t)
	for _, tt := range []struct {
		name  string
		write func(*inventory.Content)
		want  []string
	}{
		{"complete", func(*inventory.Content) {}, nil},
		{"a title alone", func(c *inventory.Content) { *c = inventory.Content{Title: lang.Text{"fr": "Barrages"}} }, []string{
			"description.fr fault.required", "title.ar fault.required", "description.ar fault.required", "theme fault.required",
			"frequency fault.required", "contact.email fault.required", "licence fault.required", "openness fault.required",
		}},
		{"nothing", func(c *inventory.Content) { *c = inventory.Content{} }, []string{
			"title.fr fault.required",
			"description.fr fault.required", "title.ar fault.required", "description.ar fault.required", "theme fault.required",
			"frequency fault.required", "contact.email fault.required", "licence fault.required", "openness fault.required",
		}},
		{
			"an Arabic title without Arabic letters", func(c *inventory.Content) { c.Title["ar"] = "Céréales" },
			[]string{"title.ar dataset.title.not_arabic"},
		},
		{"frequency not given", func(c *inventory.Content) { c.Frequency = "unknown" }, []string{"frequency dataset.frequency.not_given"}},
		{"licence not given", func(c *inventory.Content) { c.Licence = "NOTSPECIFIED" }, []string{"licence dataset.licence.not_open"}},
		{"an alias of a good licence", func(c *inventory.Content) { c.Licence = "CC-BY-ALT" }, nil},
		{"a licence to be looked at", func(c *inventory.Content) { c.Licence = "OTHER-PD" }, nil},
		{"personal data unanswered", func(c *inventory.Content) { c.PersonalUnknown = true }, []string{"personal_data fault.required"}},
		{"personal data without a method", func(c *inventory.Content) { c.PersonalData = true }, []string{"anonymisation fault.required"}},
		{"personal data made anonymous", func(c *inventory.Content) { c.PersonalData, c.Anonymisation = true, "agrégation" }, nil},
		{"personal data kept closed", func(c *inventory.Content) {
			c.PersonalData, c.Openness, c.LegalGround = true, inventory.Closed, "loi 2004-63"
		}, nil},
		{"open without access", func(c *inventory.Content) { c.Distributions = nil }, []string{"distributions dataset.distribution.required"}},
		{"open without an address", func(c *inventory.Content) { c.Distributions[0].URL = "" }, []string{"distributions.0.url fault.required"}},
		{
			"open as pictures only", func(c *inventory.Content) { c.Distributions[0].Format = ".jpg" },
			[]string{"distributions dataset.distribution.not_machine_readable"},
		},
		{"pictures beside a table", func(c *inventory.Content) {
			c.Distributions = append(c.Distributions, inventory.Distribution{URL: "https://a.tn/x.pdf", Format: "PDF"})
		}, nil},
		{
			"openable without a date", func(c *inventory.Content) { c.Openness, c.Distributions = inventory.Openable, nil },
			[]string{"target_date fault.required"},
		},
		{
			"closed without a ground, and no licence needed", func(c *inventory.Content) { c.Openness, c.Licence = inventory.Closed, "" },
			[]string{"legal_ground fault.required"},
		},
		{
			"malformed and incomplete", func(c *inventory.Content) { c.Theme, c.TargetDate = "", "x" },
			[]string{"target_date fault.date", "theme fault.required"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := complete()
			tt.write(&c)
			if diff := cmp.Diff(tt.want, list(c.Clean().Complete(v, start))); diff != "" {
				t.Errorf("Complete (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAJuristMaySoftenARule(t *testing.T) {
	v := vocabulary(t)
	for n := range v.Rules {
		if v.Rules[n].Code == inventory.RuleArabic {
			v.Rules[n].Effect = inventory.Warn
		}
	}
	c := complete()
	delete(c.Title, "ar")
	if err := c.Complete(v, start); err != nil {
		t.Errorf("Complete = %v; want a warning only", err)
	}
	warnings := c.Warnings(v)
	if len(warnings) != 1 || warnings[0].Field != "title.ar" {
		t.Errorf("Warnings = %v", warnings)
	}
}

func TestWarnings(t *testing.T) {
	c := complete()
	c.Description["fr"] = c.Title["fr"]
	c.Keywords, c.DataModified, c.Licence, c.Distributions[0].Format = nil, "", "OTHER-OPEN", ""
	var got []string
	for _, w := range c.Warnings(vocabulary(t)) {
		got = append(got, w.Field+" "+w.Key)
	}
	want := []string{
		"description.fr dataset.description.repeats_title", "keywords.fr dataset.keyword.none", "keywords.ar dataset.keyword.none",
		"data_modified fault.required", "licence dataset.licence.review", "distributions.0.format fault.required",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Warnings (-want +got):\n%s", diff)
	}
}

func TestHashNamesTheContent(t *testing.T) {
	a, b := complete(), complete()
	b.Spatial, b.Keywords["en"] = []string{}, nil
	b.Title["fr"] += " "
	if a.Hash() != b.Hash() {
		t.Error("space and empty lists change the hash")
	}
	b.DataModified = "2026-10-06"
	if a.Hash() != b.Hash() || a.Equal(b) || a.ImportHash() == b.ImportHash() {
		t.Error("the data date belongs to the content but not to what is approved")
	}
	b = complete()
	b.Distributions[0].ID = "0197a1b2-0000-7000-8000-000000000001"
	if a.ImportHash() != b.ImportHash() || a.Hash() == b.Hash() {
		t.Error("a distribution's id belongs to the register and not to the list")
	}
	for name, write := range map[string]func(*inventory.Content){
		"title":    func(c *inventory.Content) { c.Title["ar"] = "شيء آخر" },
		"keyword":  func(c *inventory.Content) { c.Keywords["fr"] = []string{"production"} },
		"personal": func(c *inventory.Content) { c.PersonalData = true },
		"bytes":    func(c *inventory.Content) { c.Distributions[0].Bytes = 1 },
		"spatial":  func(c *inventory.Content) { c.Spatial = []string{"TN-11"} },
	} {
		c := complete()
		if write(&c); c.Hash() == a.Hash() {
			t.Errorf("%s does not change the hash", name)
		}
	}
}

func TestCleanIsADeepCopy(t *testing.T) {
	a := complete()
	b := a.Clean()
	b.Title["fr"], b.Keywords["fr"][0], b.Distributions[0].URL = "x", "x", "x"
	if diff := cmp.Diff(complete(), a); diff != "" {
		t.Errorf("writing into the copy changed the original:\n%s", diff)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Barrages", "http://pai.pdf", "2026-02-30", "mot", "a@b.tn")
	f.Add("\x00", "https://[::1]/", "0000-00-00", "\u202e", "<x>@y")
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, title, address, date, word, email string) {
		c := complete()
		c.Title["fr"], c.Distributions[0].URL, c.DataModified = title, address, inventory.Date(date)
		c.Keywords["fr"], c.ContactEmail = []string{word}, email
		c = c.Clean()
		if c.Check(v, start) != nil {
			return
		}
		// What passed can be stored and shown: PostgreSQL refuses NUL, feeds refuse control characters.
		for _, s := range []string{c.Title["fr"], c.Distributions[0].URL, string(c.DataModified), c.ContactEmail} {
			if strings.ContainsRune(s, 0) || strings.ToValidUTF8(s, "") != s {
				t.Fatalf("%q passed", s)
			}
		}
		if !c.DataModified.Valid() || c.DataModified > "2026-11-16" {
			t.Fatalf("date %q passed", c.DataModified)
		}
	})
}
