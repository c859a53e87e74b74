package inventory

import "strings"

// Frequency returns the frequency of the code; ok is false when there is none.
func (v *Vocabulary) Frequency(code string) (f Frequency, ok bool) {
	for _, f := range v.Frequencies {
		if f.Code == code {
			return f, true
		}
	}
	return Frequency{}, false
}

// Theme returns the theme of the code.
func (v *Vocabulary) Theme(code string) (t Theme, ok bool) {
	for _, t := range v.Themes {
		if t.Code == code {
			return t, true
		}
	}
	return Theme{}, false
}

// Ground returns the legal ground of the code; ok is false when there is none.
func (v *Vocabulary) Ground(code string) (g Ground, ok bool) {
	for _, g := range v.Grounds {
		if g.Code == code {
			return g, true
		}
	}
	return Ground{}, false
}

// Licence returns the licence of the code, or the one it is an alias of.
func (v *Vocabulary) Licence(code string) (l Licence, ok bool) {
	for _, l := range v.Licences {
		if l.Code != code {
			continue
		}
		if l.AliasOf != "" && l.AliasOf != code {
			return v.Licence(l.AliasOf)
		}
		return l, true
	}
	return Licence{}, false
}

// LicenceOf returns the licence that a portal knows by the id, alias resolved:
// "licence-creative-commons-attribution-cc-by" is CC-BY-4.0.
func (v *Vocabulary) LicenceOf(portalID string) (l Licence, ok bool) {
	key := Fold(portalID)
	if key == "" {
		return Licence{}, false
	}
	for _, l := range v.Licences {
		if Fold(l.PortalID) == key || Fold(l.Code) == key || Fold(l.Name["fr"]) == key {
			return v.Licence(l.Code)
		}
	}
	return Licence{}, false
}

// DefaultLicence is the one a new entry starts with; empty when the vocabulary names none.
func (v *Vocabulary) DefaultLicence() string {
	for _, l := range v.Licences {
		if l.Approvable == "default" {
			return l.Code
		}
	}
	return ""
}

// Governorate returns the governorate of the code.
func (v *Vocabulary) Governorate(code string) (g Governorate, ok bool) {
	for _, g := range v.Governorates {
		if g.Code == code {
			return g, true
		}
	}
	return Governorate{}, false
}

// Effect returns what the rule does; a rule that the data does not mention is kept strictly.
func (v *Vocabulary) Effect(rule string) Effect {
	for _, r := range v.Rules {
		if r.Code == rule && r.Effect != "" {
			return r.Effect
		}
	}
	return Refuse
}

// Synonyms maps what people write for a frequency, folded, to its code.
type Synonyms map[string]string

// ambiguous marks a wording that belongs to two codes.
const ambiguous = "\x00"

// Synonyms returns every wording of the vocabulary. A wording claimed by two
// frequencies belongs to none: a duty is never guessed.
func (v *Vocabulary) Synonyms() Synonyms {
	s := Synonyms{}
	for _, f := range v.Frequencies {
		own := append([]string{f.Code, f.CKAN}, f.Synonyms...)
		if f.Rule != Anchored { // campaigns share the EU code OTHER and the period of a year with what they are not
			own = append(own, f.EU, f.ISO8601, f.Accrual)
		}
		for _, name := range f.Name {
			own = append(own, name, plain(name))
		}
		for _, wording := range own {
			s.add(wording, f.Code)
		}
	}
	return s
}

func (s Synonyms) add(wording, code string) {
	key := foldFrequency(wording)
	if key == "" {
		return
	}
	if had, ok := s[key]; ok && had != code {
		code = ambiguous
	}
	s[key] = code
}

// Frequency returns the code of the frequency that text names; ok is false
// when it names none, or could mean two. Only whole wordings count: "mensuel
// ou annuel" and "Varies by dataset" are nobody's promise.
func (s Synonyms) Frequency(text string) (code string, ok bool) {
	code, ok = s[foldFrequency(text)]
	if !ok || code == ambiguous {
		return "", false
	}
	return code, true
}

// foldFrequency folds a wording and takes a lone dash, which sheets use for
// "not given", as itself.
func foldFrequency(s string) string {
	switch s = strings.TrimSpace(s); s {
	case "-", "–", "—", "_":
		return "-"
	}
	return Fold(s)
}

// plain removes an explanation in brackets: "Bimestrielle (tous les deux mois)".
func plain(name string) string {
	before, _, _ := strings.Cut(name, "(")
	return before
}
