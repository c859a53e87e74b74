package inventory

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Limits of what a dataset may hold, in characters or entries. They bound what
// a hostile or broken client can store, and what a portal would cut off.
const (
	MaxTitle         = 200
	MaxDescription   = 10_000
	MaxNote          = 1_000
	MaxWord          = 100
	MaxWords         = 50
	MaxURL           = 2_000
	MaxDistributions = 200
)

// Check returns every way in which c is malformed, joined. A draft may be
// incomplete but never malformed: a title in one language is enough.
func (c Content) Check(v *Vocabulary, now time.Time) error {
	var f faults
	c.checkTexts(&f)
	c.checkWords(&f)
	c.checkCodes(&f, v)
	c.checkDates(&f, now)
	c.Extra.check(&f)
	if c.ContactEmail != "" && !emailLike(c.ContactEmail) {
		f.at("contact.email", "dataset.email.invalid")
	}
	if len(c.Distributions) > MaxDistributions {
		f.at("distributions", "fault.too_many", MaxDistributions)
		return f.join()
	}
	ids := map[string]bool{}
	for n, x := range c.Distributions {
		x.check(&f, fmt.Sprintf("distributions.%d", n))
		if x.ID != "" && ids[x.ID] {
			f.at(fmt.Sprintf("distributions.%d.id", n), "dataset.distribution.repeated")
		}
		ids[x.ID] = true
	}
	return f.join()
}

func (c Content) checkTexts(f *faults) {
	checkText(f, "title", c.Title, MaxTitle)
	checkText(f, "description", c.Description, MaxDescription)
	if c.Title.Empty() {
		f.at("title.fr", "fault.required")
	}
	for _, one := range []struct {
		field, text string
		limit       int
	}{
		{"legal_ground", c.LegalGround, MaxNote},
		{"anonymisation", c.Anonymisation, MaxNote},
		{"contact.name", c.ContactName, MaxTitle},
		{"contact.email", c.ContactEmail, 254},
		{"producer", c.Producer, MaxTitle},
	} {
		f.text(one.field, one.text, one.limit)
	}
}

// checkText checks each wording of x; a title has one line.
func checkText(f *faults, field string, x lang.Text, limit int) {
	for _, code := range sortedKeys(x) {
		at := field + "." + code
		if !lang.Tag(code).Valid() {
			f.at(at, "fault.language", code)
			continue
		}
		f.text(at, x[code], limit)
		if limit <= MaxTitle && strings.ContainsAny(strings.TrimSpace(x[code]), "\r\n\t") {
			f.at(at, "fault.one_line")
		}
	}
}

// checkWords also asks what each keyword becomes on a portal: one that a
// portal cannot keep would lose it the whole dataset.
func (c Content) checkWords(f *faults) {
	for _, code := range sortedKeys(c.Keywords) {
		field := "keywords." + code
		if !lang.Tag(code).Valid() {
			f.at(field, "fault.language", code)
			continue
		}
		if len(c.Keywords[code]) > MaxWords {
			f.at(field, "fault.too_many", MaxWords)
			continue
		}
		for _, word := range c.Keywords[code] {
			before := len(*f)
			f.text(field, word, MaxWord)
			if len(*f) > before {
				continue
			}
			switch tag := PortalTag(word); {
			case strings.ContainsAny(word, ",،;\n\r"):
				f.at(field, "dataset.keyword.list", word)
			case len([]rune(tag)) < 2:
				f.at(field, "dataset.keyword.short", word)
			}
		}
	}
}

func (c Content) checkCodes(f *faults, v *Vocabulary) {
	if _, ok := v.Theme(c.Theme); !ok && c.Theme != "" {
		f.at("theme", "dataset.theme.unknown", clip(c.Theme))
	}
	if _, ok := v.Frequency(c.Frequency); !ok && c.Frequency != "" {
		f.at("frequency", "dataset.frequency.unknown", clip(c.Frequency))
	}
	if _, ok := v.Licence(c.Licence); !ok && c.Licence != "" {
		f.at("licence", "dataset.licence.unknown", clip(c.Licence))
	}
	if _, ok := v.Ground(c.Ground()); !ok && c.Ground() != "" {
		f.at("extra."+extraGround, "dataset.ground.unknown", clip(c.Ground()))
	}
	if c.Openness != "" && !c.Openness.Valid() {
		f.at("openness", "dataset.openness.unknown", clip(string(c.Openness)))
	}
	if len(c.Spatial) > MaxWords {
		f.at("spatial", "fault.too_many", MaxWords)
		return
	}
	for _, code := range c.Spatial {
		if _, ok := v.Governorate(code); !ok {
			f.at("spatial", "dataset.spatial.unknown", clip(code))
		}
	}
}

func (c Content) checkDates(f *faults, now time.Time) {
	sound := true
	for _, one := range []struct {
		field string
		date  Date
	}{
		{"target_date", c.TargetDate},
		{"temporal.start", c.TemporalStart},
		{"temporal.end", c.TemporalEnd},
		{"data_modified", c.DataModified},
	} {
		if !one.date.Plausible() {
			f.at(one.field, "fault.date", clip(string(one.date)))
			sound = false
		}
	}
	if !sound {
		return
	}
	if c.TemporalStart != "" && c.TemporalEnd != "" && c.TemporalEnd < c.TemporalStart {
		f.at("temporal.end", "dataset.temporal.reversed")
	}
	if c.DataModified > DateOf(now, Tunis()) {
		f.at("data_modified", "dataset.data_modified.future")
	}
}

func (x Distribution) check(f *faults, at string) {
	if x.ID != "" && !uuidLike(x.ID) {
		f.at(at+".id", "fault.uuid")
	}
	checkText(f, at+".title", x.Title, MaxTitle)
	f.text(at+".format", x.Format, 40)
	f.text(at+".media_type", x.MediaType, 127)
	if x.MediaType != "" && !mediaTypeLike(x.MediaType) {
		f.at(at+".media_type", "dataset.media_type.invalid")
	}
	if x.Bytes < 0 {
		f.at(at+".bytes", "dataset.bytes.negative")
	}
	checkURL(f, at+".url", x.URL)
	checkURL(f, at+".download_url", x.DownloadURL)
}

// checkURL is silent on an empty address.
func checkURL(f *faults, field, address string) {
	if address == "" {
		return
	}
	before := len(*f)
	f.text(field, address, MaxURL)
	if len(*f) > before {
		return
	}
	if key, args := implausible(address); key != "" {
		f.at(field, key, args...)
	}
}

// emailLike tells whether s is a bare address at a domain.
func emailLike(s string) bool {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || strings.ContainsAny(s, "<>\" \r\n") {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, "[")
}

// uuidLike tells whether s is a UUID in the one spelling the register keeps.
func uuidLike(s string) bool {
	if len(s) != 36 {
		return false
	}
	for n, r := range s {
		switch {
		case n == 8 || n == 13 || n == 18 || n == 23:
			if r != '-' {
				return false
			}
		case (r < '0' || r > '9') && (r < 'a' || r > 'f'):
			return false
		}
	}
	return true
}

func mediaTypeLike(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	return ok && kind != "" && sub != "" && !strings.ContainsAny(s, " \t\r\n\"<>") && !strings.Contains(sub, "/")
}

// clip shortens what was typed before a message repeats it.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Check returns what is malformed about where a dataset came from.
func (s Source) Check() error {
	var f faults
	f.text("name", s.ID, MaxTitle)
	f.text("portal", s.Portal, MaxTitle)
	return f.join()
}

// CheckReason checks the reason for a return or a withdrawal.
func CheckReason(reason string) error {
	var f faults
	if strings.TrimSpace(reason) == "" {
		return fault.At("reason", "fault.required")
	}
	f.text("reason", reason, MaxNote)
	return f.join()
}
