// Package screening looks for signs of personal data in descriptions and in
// the columns of a table. It is there so that an officer thinks before the
// public reads: it finds signs, not guilt, and it keeps no value.
package screening

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/jard-odi/jard/inventory"
)

// Kind is what sort of personal data a sign points to.
type Kind string

// The kinds.
const (
	CIN       Kind = "cin" // number of the identity card
	Phone     Kind = "phone"
	Email     Kind = "email"
	RIB       Kind = "rib" // bank account
	TaxNumber Kind = "tax_number"
	Name      Kind = "name"
	People    Kind = inventory.Listed // a list of persons by its title
)

var (
	cinForm   = regexp.MustCompile(`^[01]\d{7}$`)
	phoneForm = regexp.MustCompile(`^(?:(?:\+|00)216)?[2-57-9]\d{7}$`)
	emailForm = regexp.MustCompile(`^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]{2,}$`)
	taxForm   = regexp.MustCompile(`^\d{7}/?[A-HJ-NP-TV-Z](?:/?[ABDNP]/?[MPCNE]/?\d{3})?$`)
	twenty    = regexp.MustCompile(`^(?:TN59)?(\d{20})$`)
)

// squeeze removes what people put between digits.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '.', r == '-', r == '(', r == ')', r == '\u200e', r == '\u200f':
			return -1
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		}
		return r
	}, s)
}

// looks tells whether a cell, by itself, has the form of the kind.
func looks(kind Kind, cell string) bool {
	cell = strings.TrimSpace(cell)
	switch kind {
	case CIN:
		return cinForm.MatchString(squeeze(cell))
	case Phone:
		return phoneForm.MatchString(squeeze(cell))
	case Email:
		return emailForm.MatchString(cell)
	case RIB:
		return isRIB(squeeze(cell))
	case TaxNumber:
		return taxForm.MatchString(strings.ToUpper(squeeze(cell)))
	case Name:
		return strings.ContainsFunc(cell, unicode.IsLetter) && !strings.ContainsFunc(cell, unicode.IsDigit)
	}
	return false
}

// isRIB tells whether s is a Tunisian account number, with or without the head
// of its IBAN: twenty digits that 97 divides.
func isRIB(s string) bool {
	m := twenty.FindStringSubmatch(strings.ToUpper(s))
	if m == nil {
		return false
	}
	rest := 0
	for _, digit := range m[1] {
		rest = (rest*10 + int(digit-'0')) % 97
	}
	return rest == 0 && strings.Trim(m[1], "0") != ""
}

// Mask hides all of a value but its ends: enough to find it in one's own file.
func Mask(value string) string {
	r := []rune(strings.TrimSpace(value))
	if len(r) < 5 {
		return strings.Repeat("•", len(r))
	}
	kept := 1
	if len(r) > 7 {
		kept = 2
	}
	return string(r[:kept]) + strings.Repeat("•", min(len(r)-kept-1, 8)) + string(r[len(r)-1:])
}
