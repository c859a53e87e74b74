package survey

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands for what was masked.
const (
	maskCIN      = "[cin]"
	maskPhone    = "[tel]"
	maskMail     = "[e-mail]"
	maskAccount  = "[rib]"
	maskCard     = "[card]"
	maskPassport = "[passport]"
)

var (
	mailForm     = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}._%+\-]* ?(?:@|＠|\[at\]|\(at\)) ?[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+`)
	ibanForm     = regexp.MustCompile(`\b[A-Za-z]{2}[ \-]?[0-9]{2}(?:[ \-]?[A-Za-z0-9]){11,30}\b`)
	tunisianIBAN = regexp.MustCompile(`(?i)\bTN ?59(?:[ .\-/]?[0-9]){20}\b`)
	passportForm = regexp.MustCompile(`\b[A-Z] ?[0-9]{6}\b`)
	passportSaid = regexp.MustCompile(`(?i)((?:passeport|passport|جواز(?: السفر)?) ?(?:n[°o]?|no\.?|رقم|:)? ?)[a-z] ?[0-9]{6}\b`)
	amountAfter  = regexp.MustCompile(`^(?:[,.][0-9]{1,3}\b)?[  ]?(?i:dinars?\b|dnt?\b|dt\b|tnd\b|d\.t|mille|millimes?\b|millions?\b|milliards?\b|euros?\b|eur\b|usd\b|€|\$|%|د\.?ت|دينار|دنانير|مليم|مليون|مليار|الف|ألف|kg\b|tonnes?\b|km\b)`)
	amountBefore = regexp.MustCompile(`(?i:\btnd|\bdt|€|\$|د\.ت)[  ]?$`)
	decimals     = regexp.MustCompile(`^,[0-9]{1,3}(?:[^0-9]|$)`)
)

// Mask hides what points to a person in words that somebody wrote: e-mail
// addresses, numbers of bank accounts and cards, telephones, identity cards and
// passports, in Western and Arabic digits, then names and home addresses as far
// as they can be told from other words (people.go). Amounts, dates and years stay. When
// eight digits could be a date without separators or a person's number, they
// are taken for a person's: a lost date harms nobody.
func Mask(s string) string {
	return maskPeople(maskKnown(s))
}

// maskKnown hides what has a form of its own.
func maskKnown(s string) string {
	s = mailForm.ReplaceAllString(s, maskMail)
	folded := westernDigits(s)
	if folded != s && len(folded) != len(s) {
		s = maskFolded(s, folded)
		return s
	}
	return maskPlain(s)
}

// maskFolded masks a text that has digits of other scripts: where nothing is
// hidden, its own digits stay.
func maskFolded(s, folded string) string {
	masked := maskPlain(folded)
	if masked == folded {
		return s
	}
	return masked
}

func maskPlain(s string) string {
	s = tunisianIBAN.ReplaceAllString(s, maskAccount)
	s = ibanForm.ReplaceAllStringFunc(s, func(found string) string {
		if validIBAN(found) {
			return maskAccount
		}
		return found
	})
	s = passportSaid.ReplaceAllString(s, "${1}"+maskPassport)
	s = passportForm.ReplaceAllString(s, maskPassport)
	return maskNumbers(s)
}

func validIBAN(s string) bool {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// group is a run of digits; near says that only one separator stands between
// it and the one before.
type group struct {
	from, to int
	sep      rune // 0: something else stands before it
}

func (g group) digits() int { return g.to - g.from }

// groups finds the runs of ASCII digits.
func groups(s string) []group {
	var all []group
	for n := 0; n < len(s); {
		if s[n] < '0' || s[n] > '9' {
			n++
			continue
		}
		g := group{from: n}
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		g.to = n
		if len(all) > 0 {
			g.sep = separator(s[all[len(all)-1].to:g.from])
		}
		all = append(all, g)
	}
	return all
}

func separator(between string) rune {
	r, size := utf8.DecodeRuneInString(between)
	if size == len(between) && (strings.ContainsRune(" .-/–‑", r) || unicode.Is(unicode.Zs, r)) {
		return r
	}
	return 0
}

// maskNumbers hides telephones, cards, accounts and identity numbers.
func maskNumbers(s string) string {
	all := groups(s)
	var out strings.Builder
	done := 0
	for n := 0; n < len(all); n++ {
		last, mask := personal(s, all, n)
		if mask == "" {
			continue
		}
		from := all[n].from
		if mask == maskPhone && from > done && s[from-1] == '+' {
			from--
		}
		out.WriteString(s[done:from])
		out.WriteString(mask)
		done, n = all[last].to, last
	}
	out.WriteString(s[done:])
	return out.String()
}

// personal tells what the groups from the n-th on are, and the last of them.
func personal(s string, all []group, n int) (last int, mask string) {
	if amountBefore.MatchString(before(s, all[n].from)) {
		return n, ""
	}
	digits, best := "", ""
	last = n
	for at := n; at < len(all) && (at == n || all[at].sep != 0) && len(digits) < 20; at++ {
		digits += s[all[at].from:all[at].to]
		if found := kindOf(digits); found != "" && !harmless(s, all, n, at) {
			last, best = at, found
		}
	}
	return last, best
}

// before is the few characters before a place: a currency needs no more.
func before(s string, at int) string {
	const few = 12
	from := max(0, at-few)
	for from < at && !utf8.RuneStart(s[from]) {
		from++
	}
	return s[from:at]
}

// kindOf tells what so many digits can be.
func kindOf(digits string) string {
	international := strings.HasPrefix(digits, "216") && len(digits) == 11 || strings.HasPrefix(digits, "00216") && len(digits) == 13
	switch {
	case international:
		return maskPhone
	case len(digits) == 20:
		return maskAccount
	case len(digits) == 16 && luhn(digits):
		return maskCard
	case len(digits) == 11 && digits[0] == '1':
		return maskCIN
	case len(digits) == 8 && (digits[0] == '0' || digits[0] == '1'):
		return maskCIN
	case len(digits) == 8 && digits[0] != '6':
		return maskPhone
	}
	return ""
}

// harmless tells an amount or a date from a person's number.
func harmless(s string, all []group, from, to int) bool {
	rest := s[all[to].to:]
	if amountAfter.MatchString(rest) || decimals.MatchString(rest) {
		return true
	}
	if from == to {
		return false
	}
	// A longer number in thousands goes on.
	if to+1 < len(all) && all[to+1].sep == all[to].sep && all[to+1].digits() == 3 && all[to].digits() == 3 {
		return true
	}
	return dated(s, all[from:to+1])
}

// dated tells whether groups are a date, or a span of years.
func dated(s string, g []group) bool {
	value := make([]int, len(g))
	for n, one := range g {
		for _, c := range s[one.from:one.to] {
			value[n] = (value[n]*10 + int(c-'0')) % 1_000_000
		}
	}
	year := func(n int) bool { return g[n].digits() == 4 && value[n] >= 1900 && value[n] < 2100 }
	day := func(d, m int) bool { return value[d] >= 1 && value[d] <= 31 && value[m] >= 1 && value[m] <= 12 }
	switch len(g) {
	case 2:
		return year(0) && year(1)
	case 3:
		return year(2) && (day(0, 1) || day(1, 0)) || year(0) && day(2, 1)
	}
	return false
}

// luhn checks the last digit of a card's number.
func luhn(digits string) bool {
	sum := 0
	for n, c := range slices.Backward([]byte(digits)) {
		d := int(c - '0')
		if (len(digits)-1-n)%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
