package sheet

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// ReadVocabulary reads the reference data of a directory such as configs/pilot:
// frequencies, themes, licences, governorates, holidays, legal grounds, the
// decree's rules and wordings that mean the same. A file that is not there brings
// nothing.
// Every fault of every file is reported, each with file and line.
func ReadVocabulary(dir fs.FS) (inventory.Vocabulary, error) {
	var v inventory.Vocabulary
	var c collector
	for _, one := range []struct {
		file    string
		columns []string
		add     func(t table, l line, position int)
	}{
		{"frequencies.csv", []string{"code", "name_fr", "eu_code", "iso8601", "due_rule", "synonyms"}, func(t table, l line, n int) {
			v.Frequencies = append(v.Frequencies, frequency(&c, t, l, n))
		}},
		{"themes.csv", []string{"code", "name_fr", "eu_data_theme", "eu_uri"}, func(t table, l line, n int) {
			v.Themes = append(v.Themes, inventory.Theme{
				Code: c.key(t, l, "code"), Position: n, Name: l.text("name"), EU: l.get("eu_data_theme"), URI: l.get("eu_uri"),
				Provenance: provenance(l, "name_provenance", "mapping_provenance", "note"),
			})
		}},
		{"licences.csv", []string{"code", "portal_license_id", "title_fr", "approvable"}, func(t table, l line, n int) {
			v.Licences = append(v.Licences, licence(&c, t, l, n))
		}},
		{"governorates.csv", []string{"iso", "name_fr", "name_ar"}, func(t table, l line, n int) {
			v.Governorates = append(v.Governorates, inventory.Governorate{
				Code: c.key(t, l, "iso"), Position: n, Name: l.text("name"), URI: l.get("uri"),
				Provenance: provenance(l, "provenance", "ins_note"),
			})
		}},
		{"holidays.csv", []string{"day", "name_fr", "confirmed"}, func(t table, l line, _ int) {
			v.Holidays = append(v.Holidays, holiday(&c, t, l))
		}},
		{"grounds.csv", []string{"code", "name_fr", "basis", "certainty"}, func(t table, l line, n int) {
			v.Grounds = append(v.Grounds, inventory.Ground{
				Code: c.key(t, l, "code"), Position: n, Name: l.text("name"), Basis: l.get("basis"), Certainty: l.get("certainty"),
			})
		}},
		{"decree.csv", []string{"code", "article", "duty_fr", "effect", "status", "certainty"}, func(t table, l line, n int) {
			v.Rules = append(v.Rules, rule(&c, t, l, n))
		}},
		{"wordings.csv", []string{"code", "terms"}, func(t table, l line, n int) {
			v.Wordings = append(v.Wordings, wording(&c, t, l, n))
		}},
		{"portals.csv", []string{"host", "name_fr", "page"}, func(t table, l line, n int) {
			v.Portals = append(v.Portals, portal(&c, t, l, n))
		}},
	} {
		if err := eachLine(dir, one.file, one.columns, one.add); err != nil {
			c.errs = append(c.errs, err)
		}
	}
	checkAliases(&c, v)
	return v, c.join()
}

func eachLine(dir fs.FS, file string, columns []string, add func(table, line, int)) error {
	f, err := dir.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	t, err := readTable(file, f, columns...)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	for n, l := range t.rows {
		add(t, l, n+1)
	}
	return nil
}

// dueRules translates the words of the due_rule column.
var dueRules = []struct {
	prefix string
	rule   inventory.DueRule
}{
	{"no due date; excluded", inventory.NoDue},
	{"no due date", inventory.Attest},
	{"interval", inventory.Interval},
	{"next working day", inventory.NextWorkday},
	{"calendar", inventory.Calendar},
	{"anchor", inventory.Anchored},
	{"defect", inventory.Defect},
}

func frequency(c *collector, t table, l line, position int) inventory.Frequency {
	f := inventory.Frequency{
		Code: c.key(t, l, "code"), Position: position, Name: l.text("name"), CKAN: l.get("ckan_value"), EU: l.get("eu_code"),
		ISO8601: l.get("iso8601"), Accrual: l.get("accrual_periodicity"), Synonyms: []string{}, Provenance: l.get("provenance"),
	}
	for word := range strings.SplitSeq(l.get("synonyms"), "|") {
		if word = strings.TrimSpace(word); word != "" {
			f.Synonyms = append(f.Synonyms, word)
		}
	}
	for _, one := range dueRules {
		if f.Rule == "" && strings.HasPrefix(l.get("due_rule"), one.prefix) {
			f.Rule = one.rule
		}
	}
	if f.Rule == "" {
		c.at(t, l, "due_rule %q is unknown", l.get("due_rule"))
	}
	f.GraceDays, f.LagDays = c.days(t, l, "grace_days"), c.days(t, l, "lag_days")
	if !f.Computable() {
		c.at(t, l, "iso8601 %q gives no period for due_rule %q", f.ISO8601, f.Rule)
	}
	return f
}

// days reads a number of days; none is 0, and so is a column that is not there.
func (c *collector) days(t table, l line, column string) int {
	text := l.get(column)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 3660 {
		c.at(t, l, "%s %q is no number of days", column, text)
	}
	return n
}

func licence(c *collector, t table, l line, position int) inventory.Licence {
	x := inventory.Licence{
		Code: c.key(t, l, "code"), Position: position, Name: l.text("title"), PortalID: l.get("portal_license_id"),
		URL: l.get("url"), SPDX: l.get("spdx"), Provenance: provenance(l, "provenance", "note"),
	}
	switch word := l.get("approvable"); word {
	case "default", "yes", "review", "no":
		x.Approvable = word
	case "yes with warning":
		x.Approvable = "warning"
	default:
		alias, ok := strings.CutPrefix(word, "alias of ")
		if !ok {
			c.at(t, l, "approvable %q is unknown", word)
			break
		}
		x.AliasOf = alias
	}
	return x
}

func checkAliases(c *collector, v inventory.Vocabulary) {
	for _, l := range v.Licences {
		if l.AliasOf == "" {
			continue
		}
		if target, ok := v.Licence(l.AliasOf); !ok || target.AliasOf != "" {
			c.errs = append(c.errs, fmt.Errorf("licences.csv: %s is an alias of %q, which is no licence", l.Code, l.AliasOf))
		}
	}
}

func holiday(c *collector, t table, l line) inventory.Holiday {
	h := inventory.Holiday{
		Day: c.key(t, l, "day"), Name: l.text("name"), Confirmed: l.get("confirmed") == "yes", Provenance: l.get("provenance"),
	}
	full := h.Day
	if len(full) == len("05-01") {
		full = "2024-" + full // a leap year: 29 February is a day
	}
	if _, err := time.Parse(time.DateOnly, full); err != nil {
		c.at(t, l, "day %q does not exist", h.Day)
	}
	return h
}

func rule(c *collector, t table, l line, position int) inventory.Rule {
	r := inventory.Rule{
		Code: c.key(t, l, "code"), Position: position, Article: l.get("article"), Duty: l.text("duty"),
		Effect: inventory.Effect(l.get("effect")), Status: l.get("status"), Certainty: l.get("certainty"), Source: l.get("source"),
	}
	switch r.Effect {
	case "", inventory.Refuse, inventory.Warn, inventory.Ignore:
	default:
		c.at(t, l, "effect %q is none of refuse, warn, ignore", r.Effect)
	}
	return r
}

// wording reads words that mean the same, parted by bars.
func wording(c *collector, t table, l line, position int) inventory.Wording {
	w := inventory.Wording{Code: c.key(t, l, "code"), Position: position, Provenance: l.get("provenance")}
	for term := range strings.SplitSeq(l.get("terms"), "|") {
		if term = strings.TrimSpace(term); term != "" {
			w.Terms = append(w.Terms, term)
		}
	}
	if len(w.Terms) < 2 {
		c.at(t, l, "terms %q: one wording alone means the same as no other", l.get("terms"))
	}
	return w
}

// portal reads a catalogue that is read besides this one.
func portal(c *collector, t table, l line, position int) inventory.Portal {
	p := inventory.Portal{
		Host: strings.ToLower(c.key(t, l, "host")), Position: position, Name: l.text("name"), Page: l.get("page"),
		Provenance: l.get("provenance"),
	}
	if link := p.Link("x"); link == "" || !inventory.Plausible(link) {
		c.at(t, l, "page %q is no address with {id} in it", p.Page)
	}
	return p
}

// provenance joins what the columns say.
func provenance(l line, columns ...string) string {
	var parts []string
	for _, column := range columns {
		if s := l.get(column); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}
