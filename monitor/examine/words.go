package examine

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine/page"
)

// Dictionary knows by which words, addresses and schemes public sites name
// what a visitor looks for.
type Dictionary struct{ terms map[string][]term }

// term is one way to name something.
type term struct {
	language, where, text string
}

// Price is what mobile data costs.
type Price struct {
	PerMB  float64 // dinars
	Offer  string
	Source string
}

// Cost is what it costs to bring so many bytes.
func (p Price) Cost(bytes float64) float64 { return p.PerMB * bytes / 1e6 }

// wheres are the places where a term may stand.
var wheres = map[string]bool{"text": true, "exact": true, "url": true, "scheme": true, "body": true, "title": true}

// ReadDictionary reads links.csv and mobile_data.csv of a folder.
func ReadDictionary(folder fs.FS) (*Dictionary, Price, error) {
	rows, err := table(folder, "links.csv", 5)
	if err != nil {
		return nil, Price{}, err
	}
	d := &Dictionary{terms: map[string][]term{}}
	for n, row := range rows {
		t := term{language: row[1], where: row[2], text: row[3]}
		if !wheres[t.where] {
			return nil, Price{}, fmt.Errorf("links.csv: line %d: where is %q", n+2, t.where)
		}
		if t.where != "url" && t.where != "scheme" {
			t.text = page.Plain(t.text)
		}
		if strings.TrimSpace(t.text) == "" {
			return nil, Price{}, fmt.Errorf("links.csv: line %d: the term says nothing", n+2)
		}
		d.terms[row[0]] = append(d.terms[row[0]], t)
	}
	price, err := readPrice(folder)
	return d, price, err
}

func readPrice(folder fs.FS) (Price, error) {
	rows, err := table(folder, "mobile_data.csv", 7)
	if err != nil {
		return Price{}, err
	}
	for n, row := range rows {
		if row[0] != "reference" {
			continue
		}
		dinars, err := strconv.ParseFloat(row[3], 64)
		megabytes, err2 := strconv.ParseFloat(row[4], 64)
		if err != nil || err2 != nil || !(dinars > 0 && dinars < 1e6) || !(megabytes > 0) {
			return Price{}, fmt.Errorf("mobile_data.csv: line %d: price or megabytes is not a number above 0", n+2)
		}
		return Price{PerMB: dinars / megabytes, Offer: row[2], Source: row[6]}, nil
	}
	return Price{}, fmt.Errorf("mobile_data.csv: no row has the code %q", "reference")
}

// table reads a CSV file and leaves out its head.
func table(folder fs.FS, name string, columns int) ([][]string, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: it has no head", name)
	}
	return rows[1:], nil
}

// Find returns the first link that is named as what is.
func (d *Dictionary) Find(p *page.Page, what string) (page.Link, bool) {
	for _, l := range p.Links {
		if d.named(l, what) {
			return l, true
		}
	}
	return page.Link{}, false
}

// named tells whether a link is named as what is. Long texts are not names:
// the title of a piece of news may speak of anything.
func (d *Dictionary) named(l page.Link, what string) bool {
	text, address := page.Plain(l.Text), strings.ToLower(l.URL)
	brief := len(strings.Fields(text)) <= 8
	for _, t := range d.terms[what] {
		switch {
		case t.where == "text" && brief && contains(text, t.text),
			t.where == "exact" && text == t.text,
			t.where == "url" && brief && inAddress(address, t.text),
			t.where == "scheme" && strings.HasPrefix(address, t.text):
			return true
		}
	}
	return false
}

// contains looks for whole words.
func contains(text, words string) bool { return strings.Contains(" "+text+" ", " "+words+" ") }

// inAddress looks for a whole part of an address.
func inAddress(address, part string) bool {
	if strings.Contains(part, "/") {
		return strings.Contains(address, part)
	}
	for piece := range strings.FieldsFuncSeq(address, func(c rune) bool { return strings.ContainsRune("/?#&=.", c) }) {
		if piece == part {
			return true
		}
	}
	return false
}

// says tells whether a term for what stands in text, which is Plain.
func (d *Dictionary) says(text, what string) bool {
	return slices.ContainsFunc(d.terms[what], func(t term) bool { return contains(text, t.text) })
}

// sought are the five things that every site should lead to.
func sought() []string { return []string{"contact", "legal", "privacy", "complaint", "search"} }

// linked keeps which of the five the page leads to.
func (v *visit) linked(p *page.Page) {
	found := 0
	var evidence []assess.Evidence
	for _, what := range sought() {
		link, ok := v.e.o.Words.Find(p, what)
		switch {
		case ok:
			evidence = append(evidence, quote("examine.evidence.link."+what, v.whole(link.URL), link.Text))
		case what == "search" && p.Search:
			ok = true
			evidence = append(evidence, note("examine.evidence.link.search_field"))
		default:
			evidence = append(evidence, note("examine.evidence.no_link."+what))
		}
		if ok {
			found++
		}
	}
	v.number(assess.ContactLinks, float64(found), int64(len(sought())), evidence...)
}
