package quality

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/lang"
)

func vocabulary() *inventory.Vocabulary {
	return &inventory.Vocabulary{
		Themes: []inventory.Theme{{Code: "agriculture", EU: "AGRI"}, {Code: "sans-place"}},
		Licences: []inventory.Licence{
			{Code: "LNDPO-TN", PortalID: "licence-nationale", URL: "https://data.gov.tn/licence"},
			{Code: "CC-BY-4.0", PortalID: "cc-by", SPDX: "CC-BY-4.0"},
			{Code: "CC-BY-ALT", AliasOf: "CC-BY-4.0"},
			{Code: "MAISON"},
		},
	}
}

// full is a content that has everything the method asks for.
func full() inventory.Content {
	return inventory.Content{
		Title: lang.Text{"fr": "Production d'olives", "ar": "إنتاج الزيتون"}, Description: lang.Text{"fr": "Par gouvernorat."},
		Keywords: lang.Words{"fr": {"olives"}, "ar": {"زيتون"}}, Theme: "agriculture", Licence: "CC-BY-4.0",
		Openness: inventory.Open, TemporalStart: "2020-01-01", ContactEmail: "donnees@agriculture.example",
		Distributions: []inventory.Distribution{{
			URL: "https://data.example/page", DownloadURL: "https://data.example/f.csv", Format: "CSV", Bytes: 10,
		}},
	}
}

func answering(status int) Links { return func(string) (int, bool) { return status, true } }

func TestTheMethodAsPublished(t *testing.T) {
	want := map[Dimension]int{Findability: 100, Accessibility: 100, Interoperability: 110, Reusability: 75, Contextuality: 20}
	sums, total := map[Dimension]int{}, 0
	for _, m := range Metrics() {
		sums[m.Dimension()] += m.Points()
		total += m.Points()
	}
	if len(Metrics()) != 23 || total != Possible || !maps.Equal(sums, want) {
		t.Errorf("%d metrics, %d points, %v; want 23, %d, %v", len(Metrics()), total, sums, Possible, want)
	}
	if len(machineReadable) != 20 || len(nonProprietary) != 29 {
		t.Errorf("%d machine-readable and %d non-proprietary formats; want 20 and 29", len(machineReadable), len(nonProprietary))
	}
}

func TestBands(t *testing.T) {
	for points, want := range map[float64]Band{
		0: Bad, 119: Bad, 119.9: Bad, 120: Sufficient, 220: Sufficient, 220.9: Sufficient, 221: Good, 280.31: Good,
		350: Good, 350.99: Good, 351: Excellent, 405: Excellent,
	} {
		if got := BandOf(points); got != want {
			t.Errorf("BandOf(%v) = %s; want %s", points, got, want)
		}
	}
}

// TestWorkedExample adds up a catalogue of 46 datasets and 255 distributions
// whose figures are published with their sum, 280.31 points, Good.
func TestWorkedExample(t *testing.T) {
	shares := []Share{
		{Metric: KeywordAvailability, N: 46, Of: 46},
		{Metric: CategoryAvailability, N: 46, Of: 46},
		{Metric: SpatialAvailability, N: 42, Of: 46},
		{Metric: TemporalAvailability, N: 0, Of: 46},
		{Metric: AccessURLStatus, N: 255, Of: 255},
		{Metric: DownloadURLAvailability, N: 0, Of: 255},
		{Metric: DownloadURLStatus, N: 0, Of: 255},
		{Metric: FormatAvailability, N: 255, Of: 255},
		{Metric: MediaTypeAvailability, N: 255, Of: 255},
		{Metric: FormatMediaTypeAlignment, N: 378, Of: 510},
		{Metric: NonProprietary, N: 131, Of: 255},
		{Metric: MachineInterpretable, N: 252, Of: 255},
		{Metric: ProfileCompliance, N: 0, Of: 46},
		{Metric: LicenceAvailability, N: 255, Of: 255},
		{Metric: KnownLicence, N: 245, Of: 255},
		{Metric: AccessRightsAvailability, N: 46, Of: 46},
		{Metric: AccessRightsAlignment, N: 0, Of: 46},
		{Metric: ContactPointAvailability, N: 46, Of: 46},
		{Metric: PublisherAvailability, N: 46, Of: 46},
		{Metric: RightsAvailability, N: 255, Of: 255},
		{Metric: ByteSizeAvailability, N: 0, Of: 255},
		{Metric: DateIssuedAvailability, N: 46, Of: 46},
		{Metric: DateModifiedAvailability, N: 46, Of: 46},
	}
	if got := MeanOf(shares); math.Abs(got-280.31) > 0.01 || BandOf(got) != Good {
		t.Errorf("MeanOf = %.4f (%s); want 280.31 (good)", got, BandOf(got))
	}
}

// TestNineFieldsAreGood: what a fresh record earns with the nine cheapest answers.
func TestNineFieldsAreGood(t *testing.T) {
	nine := SetOf(KeywordAvailability, CategoryAvailability, AccessURLStatus, ContactPointAvailability, LicenceAvailability,
		KnownLicence, FormatAvailability, MachineInterpretable, NonProprietary, ProfileCompliance)
	if got := nine.Points(); got != 250 || BandOf(250) != Good {
		t.Errorf("the cheap wins give %d (%s); want 250 (good)", got, BandOf(float64(got)))
	}
}

func TestScore(t *testing.T) {
	for _, tt := range []struct {
		name             string
		write            func(*inventory.Content)
		links            Links
		total, reachable int
	}{
		{"everything, answering", func(*inventory.Content) {}, answering(200), 405, 405},
		{"any answer from 200 to 299 counts", func(*inventory.Content) {}, answering(299), 405, 405},
		{"a redirection is no answer", func(*inventory.Content) {}, answering(301), 325, 325},
		{"everything, nobody has looked", func(*inventory.Content) {}, nil, 325, 405},
		{"a title and no more", func(c *inventory.Content) {
			*c = inventory.Content{Title: lang.Text{"ar": "زيتون"}}
		}, nil, 85, 85},
		{"nothing at all", func(c *inventory.Content) { *c = inventory.Content{} }, nil, 55, 55},
		{"title, keywords and theme", func(c *inventory.Content) {
			*c = inventory.Content{Title: c.Title, Keywords: c.Keywords, Theme: c.Theme}
		}, nil, 145, 145},
		{"a national licence is not known", func(c *inventory.Content) { c.Licence = "LNDPO-TN" }, answering(200), 395, 395},
		{"another spelling of a known licence is known", func(c *inventory.Content) { c.Licence = "CC-BY-ALT" }, answering(200), 405, 405},
		{"no licence", func(c *inventory.Content) { c.Licence = "" }, answering(200), 375, 375},
		{"no contact", func(c *inventory.Content) { c.ContactEmail = "" }, answering(200), 385, 385},
		{"a theme that the EU list lacks", func(c *inventory.Content) { c.Theme = "sans-place" }, answering(200), 375, 375},
		{"the end of the period is a period", func(c *inventory.Content) {
			c.TemporalStart, c.TemporalEnd = "", "2025-12-31"
		}, answering(200), 405, 405},
		{"a workbook is somebody's format", func(c *inventory.Content) { c.Distributions[0].Format = "XLSX" }, answering(200), 385, 385},
		{"a PDF is for eyes", func(c *inventory.Content) { c.Distributions[0].Format = "PDF" }, answering(200), 365, 365},
		{"a format nobody knows", func(c *inventory.Content) { c.Distributions[0].Format = "DONNÉES" }, answering(200), 325, 325},
		{"only a media type", func(c *inventory.Content) {
			c.Distributions[0].Format, c.Distributions[0].MediaType = "", "text/csv"
		}, answering(200), 375, 375},
		{"a media type that IANA lacks", func(c *inventory.Content) { c.Distributions[0].MediaType = "text/x-csv" }, answering(200), 395, 395},
		{"no address for the file", func(c *inventory.Content) { c.Distributions[0].DownloadURL = "" }, answering(200), 355, 355},
		{"no way to get it", func(c *inventory.Content) { c.Distributions = nil }, nil, 185, 185},
		{"an address that is none", func(c *inventory.Content) {
			c.Distributions[0].URL, c.Distributions[0].DownloadURL = "n'existe pas", ""
		}, nil, 185, 185},
		{"only the best distribution counts", func(c *inventory.Content) {
			c.Distributions = append([]inventory.Distribution{{URL: "https://data.example/f.pdf", Format: "PDF"}}, c.Distributions...)
		}, answering(200), 405, 405},
		{"a broken link loses its own points", func(*inventory.Content) {}, func(address string) (int, bool) {
			if address == "https://data.example/page" {
				return 404, true
			}
			return 200, true
		}, 355, 355},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := full()
			tt.write(&c)
			if got := ScoreOf(&c, vocabulary(), tt.links); got.Total != tt.total || got.Reachable != tt.reachable {
				t.Errorf("score %d, reachable %d; want %d, %d", got.Total, got.Reachable, tt.total, tt.reachable)
			}
		})
	}
}

func TestFirstOfEqualsCountsAndDatesOnce(t *testing.T) {
	dates := SetOf(DateIssuedAvailability, DateModifiedAvailability)
	m := Measurement{Dataset: always, Distributions: []Reading{{Lost: true}, {Holds: dates}, {Holds: dates}}}
	s := m.Score()
	if s.Best != 1 || s.Total != 55 {
		t.Errorf("best %d, total %d; want 1, 55", s.Best, s.Total)
	}
	if !slices.Equal(s.Distributions, []int{0, 10, 10}) {
		t.Errorf("points of the distributions %v; want [0 10 10]", s.Distributions)
	}
}

// random returns a content with each field given or not, by chance.
func random(r *rand.Rand) inventory.Content {
	all := full()
	var c inventory.Content
	for _, f := range fields() {
		if r.IntN(2) == 0 {
			f.fill(&c, all)
		}
	}
	formats := []string{"", "CSV", "PDF", "xlsx", "JSON", "???", "SHP"}
	for range r.IntN(4) {
		x := inventory.Distribution{Format: formats[r.IntN(len(formats))], Bytes: r.Int64N(2)}
		if r.IntN(4) > 0 {
			x.URL = "https://data.example/a"
		}
		if r.IntN(2) == 0 {
			x.DownloadURL = "https://data.example/b"
		}
		c.Distributions = append(c.Distributions, x)
	}
	return c
}

type filling struct {
	name string
	fill func(c *inventory.Content, from inventory.Content)
}

func fields() []filling {
	return []filling{
		{"title", func(c *inventory.Content, from inventory.Content) { c.Title = from.Title }},
		{"description", func(c *inventory.Content, from inventory.Content) { c.Description = from.Description }},
		{"keywords", func(c *inventory.Content, from inventory.Content) { c.Keywords = from.Keywords }},
		{"theme", func(c *inventory.Content, from inventory.Content) { c.Theme = from.Theme }},
		{"licence", func(c *inventory.Content, from inventory.Content) { c.Licence = from.Licence }},
		{"openness", func(c *inventory.Content, from inventory.Content) { c.Openness = from.Openness }},
		{"temporal", func(c *inventory.Content, from inventory.Content) { c.TemporalStart = from.TemporalStart }},
		{"contact", func(c *inventory.Content, from inventory.Content) { c.ContactEmail = from.ContactEmail }},
	}
}

func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same contents every time
	v := vocabulary()
	status := func(string) (int, bool) { return 200 + r.IntN(2)*204, r.IntN(3) > 0 }
	for range 3000 {
		c := random(r)
		answers := map[string]int{}
		for _, address := range []string{"https://data.example/a", "https://data.example/b"} {
			if code, known := status(address); known {
				answers[address] = code
			}
		}
		links := func(address string) (int, bool) { code, known := answers[address]; return code, known }
		s := ScoreOf(&c, v, links)
		sum := 0
		for _, d := range Dimensions() {
			points, possible := s.Of(d)
			if points > possible {
				t.Fatalf("%s earned %d of %d", d, points, possible)
			}
			sum += points
		}
		if sum != s.Total || s.Total > s.Reachable || s.Reachable > Possible {
			t.Fatalf("parts %d, total %d, reachable %d\n%+v", sum, s.Total, s.Reachable, c)
		}
		neverFalls(t, c, s, v, links)
		promises(t, c, s, v, links)
	}
}

// neverFalls fills each empty field and looks whether the score fell.
func neverFalls(t *testing.T, c inventory.Content, before Score, v *inventory.Vocabulary, links Links) {
	t.Helper()
	for _, f := range fields() {
		filled := c
		f.fill(&filled, full())
		if after := ScoreOf(&filled, v, links); after.Total < before.Total || after.Reachable < before.Reachable {
			t.Fatalf("filling %s took the score from %d to %d\n%+v", f.name, before.Total, after.Total, c)
		}
	}
	more := c
	more.Distributions = append(slices.Clone(c.Distributions), full().Distributions...)
	if after := ScoreOf(&more, v, links); after.Total < before.Total {
		t.Fatalf("another distribution took the score from %d to %d", before.Total, after.Total)
	}
}

// promises carries each fix out, and looks whether it gave what was promised.
func promises(t *testing.T, c inventory.Content, before Score, v *inventory.Vocabulary, links Links) {
	t.Helper()
	for _, g := range Measure(&c, v, links).Gains() {
		fixed := c
		fixed.Distributions = slices.Clone(c.Distributions)
		from := full()
		switch g.Fix {
		case AddKeywords:
			fixed.Keywords = from.Keywords
		case AddTheme:
			fixed.Theme = from.Theme
		case AddTemporal:
			fixed.TemporalStart = from.TemporalStart
		case AddContact:
			fixed.ContactEmail = from.ContactEmail
		case AddLicence:
			fixed.Licence = "LNDPO-TN"
		case OpenFormat, AddFormat:
			at(t, &fixed, g.Field).Format = "CSV"
		case AddBytes:
			at(t, &fixed, g.Field).Bytes = 7
		default:
			continue
		}
		if after := ScoreOf(&fixed, v, links); after.Total != before.Total+g.Points {
			t.Fatalf("%s at %s promised %d to %d and gave %d\n%+v", g.Fix, g.Field, g.Points, before.Total, after.Total, c)
		}
	}
}

func at(t *testing.T, c *inventory.Content, field string) *inventory.Distribution {
	t.Helper()
	var n int
	if _, err := fmt.Sscanf(field, "distributions.%d.", &n); err != nil {
		t.Fatal(err)
	}
	return &c.Distributions[n]
}

func TestGains(t *testing.T) {
	c := full()
	c.ContactEmail, c.Keywords, c.Licence = "", nil, "LNDPO-TN"
	c.Distributions = []inventory.Distribution{
		{URL: "https://data.example/f.pdf", Format: "PDF"}, {URL: "https://data.example/f.xlsx", Format: "XLSX"},
	}
	var got []string
	for _, g := range Measure(&c, vocabulary(), nil).Gains() {
		got = append(got, fmt.Sprintf("%s %s %d %s", g.Fix, g.Field, g.Points, g.To))
	}
	want := []string{
		"keywords keywords.fr 30 good",
		"open_format distributions.0.format 20 good",
		"contact contact.email 20 good",
		"download_url distributions.1.download_url 20 good",
		"open_format distributions.1.format 20 good",
		"licence_listed licence 10 good",
		"bytes distributions.1.bytes 5 good",
	}
	slices.Sort(got)
	slices.Sort(want)
	// 55 always, 30 profile, 30 theme, 20 period; the workbook 105: 20 format, 20 media type and alignment, 20 machine,
	// 20 licence, 5 rights, and no more.
	if !slices.Equal(got, want) {
		t.Errorf("gains\n%q\nwant\n%q", got, want)
	}
}

func TestReport(t *testing.T) {
	v := vocabulary()
	var lines []*Line
	for n := range 10 {
		c := full()
		if n < 6 {
			c.ContactEmail = ""
		}
		if n == 9 {
			c = inventory.Content{Title: c.Title}
		}
		lines = append(lines, &Line{Ref: fmt.Sprint(n), Late: n < 2, Measurement: Measure(&c, v, nil)})
	}
	r := NewReport(lines)
	// Six at 305, three at 325, one at 85.
	if want := (6*305 + 3*325 + 85) / 10.0; r.Mean != want || r.Reachable != want+72 || r.Band() != Good {
		t.Errorf("mean %v, reachable %v, %s; want %v, %v, good", r.Mean, r.Reachable, r.Band(), want, want+72)
	}
	if math.Abs(MeanOf(r.Shares)-r.Mean) > 1e-9 {
		t.Errorf("shares add up to %v; the mean is %v", MeanOf(r.Shares), r.Mean)
	}
	if r.Bands[Good] != 9 || r.Bands[Bad] != 1 || r.Late != 2 || r.Sound != 7 {
		t.Errorf("bands %v, late %d, sound %d; want 9 good, 1 bad, 2 late, 7 sound", r.Bands, r.Late, r.Sound)
	}
	first := r.Fixes[0]
	if first.Fix != AddContact || first.N != 7 || first.Points != 140 || first.Mean != 14 {
		t.Errorf("first chore %+v; want the contact on 7 entries for 140 points", first)
	}
	if share := r.Shares[AccessURLStatus]; share.N != 0 || share.Unmeasured != 9 {
		t.Errorf("addresses %+v; want 9 that nobody has looked at", share)
	}
	if empty := NewReport(nil); empty.N != 0 || empty.Mean != 0 || len(empty.Fixes) != 0 {
		t.Errorf("a report on nothing says %+v", empty)
	}
}

func TestGate(t *testing.T) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	later := now.Add(time.Second)
	for want, after := range map[Gate]*time.Time{Free: nil, Late: &now, OnTime: &later} {
		if got := GateOf(after, now); got != want {
			t.Errorf("GateOf(%v) = %s; want %s", after, got, want)
		}
	}
}

func TestPreflight(t *testing.T) {
	v := vocabulary()
	for _, tt := range []struct {
		name    string
		write   func(*inventory.Content)
		slug    string
		want    []string
		refused bool
	}{
		{"nothing to say", func(*inventory.Content) {}, "", nil, false},
		{
			"no title at all", func(c *inventory.Content) { c.Title = nil }, "x",
			[]string{"refuses title.fr quality.portal.no_title"},
			true,
		},
		{
			"only an Arabic title", func(c *inventory.Content) { c.Title = lang.Text{"ar": "زيتون"} }, "",
			[]string{"changes title.fr quality.portal.title_foreign", "changes title.fr quality.portal.slug_from_ref"},
			false,
		},
		{"a fixed slug stays", func(c *inventory.Content) { c.Title["fr"] = "زيتون" }, "olives", nil, false},
		{"tags", func(c *inventory.Content) {
			c.Keywords = lang.Words{"fr": {"qualité de l'air", "qualité de l air", "(x)"}, "ar": {"الصحّة"}}
		}, "", []string{
			"changes keywords.fr quality.portal.tag_changed", "changes keywords.fr quality.portal.tag_merged",
			"changes keywords.fr quality.portal.tag_lost", "changes keywords.fr quality.portal.tag_changed",
		}, false},
		{
			"a licence the portal lacks", func(c *inventory.Content) { c.Licence = "MAISON" }, "",
			[]string{"changes licence quality.portal.licence_unknown"},
			false,
		},
		{
			"no licence on open data", func(c *inventory.Content) { c.Licence = "" }, "",
			[]string{"changes licence quality.portal.no_licence"},
			false,
		},
		{
			"nothing to get", func(c *inventory.Content) { c.Distributions = nil }, "",
			[]string{"changes distributions quality.portal.no_resource"},
			false,
		},
		{"an address that is none", func(c *inventory.Content) {
			c.Distributions = append(c.Distributions, inventory.Distribution{URL: "là-bas"})
		}, "", []string{"changes distributions.1.url quality.portal.resource_left"}, false},
		{
			"no mailbox", func(c *inventory.Content) { c.ContactEmail = "chez moi" }, "",
			[]string{"changes contact.email quality.portal.operator_mail"},
			false,
		},
		{
			"no description", func(c *inventory.Content) { c.Description = nil }, "",
			[]string{"changes description.fr quality.portal.no_description"},
			false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := full()
			tt.write(&c)
			p := NewPreflight(c, tt.slug, "TN-MARHP-2026-0001", v)
			var got []string
			for _, f := range p.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Effect, f.Field, f.Key))
			}
			if !slices.Equal(got, tt.want) || p.Refused() != tt.refused {
				t.Errorf("findings %q, refused %v; want %q, %v", got, p.Refused(), tt.want, tt.refused)
			}
		})
	}
	c := full()
	c.Title = lang.Text{"ar": "زيتون"}
	if p := NewPreflight(c, "", "TN-MARHP-2026-0001", v); p.Shown.Name != "tn-marhp-2026-0001" {
		t.Errorf("slug %q; want the ref", p.Shown.Name)
	}
}

// BenchmarkScore scores the description of a dataset with two distributions,
// lists its gains, does both for a register of 100,000, and for comparison
// asks only what the catalogue claims, which is where half the time goes.
func BenchmarkScore(b *testing.B) {
	c, v := full(), vocabulary()
	c.Distributions = append(c.Distributions, inventory.Distribution{URL: "https://data.example/f.xlsx", Format: "XLSX"})
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			_ = ScoreOf(&c, v, nil)
		}
	})
	b.Run("gains", func(b *testing.B) {
		m := Measure(&c, v, nil)
		for b.Loop() {
			_ = m.Gains()
		}
	})
	b.Run("claims", func(b *testing.B) {
		for b.Loop() {
			for _, x := range c.Distributions {
				_, _ = catalogue.ClaimsOf(x)
			}
		}
	})
	b.Run("hundredThousand", func(b *testing.B) {
		r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same contents every time
		contents := make([]inventory.Content, 100_000)
		for n := range contents {
			contents[n] = random(r)
		}
		for b.Loop() {
			for n := range contents {
				_ = ScoreOf(&contents[n], v, nil)
			}
		}
	})
	b.Run("reportOfHundredThousand", func(b *testing.B) {
		r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same contents every time
		lines := make([]*Line, 100_000)
		for n := range lines {
			c := random(r)
			lines[n] = &Line{Measurement: Measure(&c, v, nil)}
		}
		for b.Loop() {
			_ = NewReport(lines)
		}
	})
}
