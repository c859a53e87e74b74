package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
)

// MinPassword is the least number of characters of a password. Length is what
// protects; rules about kinds of characters only make people write them down.
const MinPassword = 12

//go:embed commonest.txt
var commonest string

// common are the words that passwords of many people are made of, in our three
// languages and those of keyboards.
var common = sync.OnceValue(func() map[string]bool { //nolint:gochecknoglobals // read once, and constant
	words := map[string]bool{}
	for line := range strings.Lines(commonest) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			for w := range strings.FieldsSeq(line) {
				words[w] = true
			}
		}
	}
	return words
})

// CheckPassword refuses a password that is too short, too long to be hashed in
// reasonable time, or among those that are tried first. About are words of the
// person that a stranger knows: the address, the name.
func CheckPassword(password string, about ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault.At("password", "fault.utf8")
	case n < MinPassword:
		return fault.At("password", "account.password.short", MinPassword)
	case n > 200:
		return fault.At("password", "fault.too_long", 200)
	case guessable(password, about):
		return fault.At("password", "account.password.common")
	}
	return nil
}

// guessable tells whether a password is made of nothing but words that are
// tried first, what is on a keyboard side by side, years and decoration.
func guessable(password string, about []string) bool {
	plain := plainLetters(password)
	if len([]rune(plain)) < 4 || periodic(plain) {
		return true
	}
	known := map[string]bool{}
	for _, a := range about {
		for w := range strings.FieldsFuncSeq(plainLetters(a), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(w) > 2 {
				known[w] = true
			}
		}
		local, _, _ := strings.Cut(a, "@")
		known[bare(plainLetters(local))] = true
	}
	for _, left := range []string{letterOnly(plain), bare(plain)} {
		if utf8.RuneCountInString(left) < 4 || periodic(left) || covered([]rune(left), known) {
			return true
		}
	}
	return false
}

// signs stand for letters, and letters for others that read alike.
var signs = strings.NewReplacer("@", "a", "4", "a", "3", "e", "€", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "à", "a", "â", "a", "ç", "c", "î", "i", "ï", "i", "ô", "o", "û", "u", "ù", "u",
	"أ", "ا", "إ", "ا", "آ", "ا", "ى", "ي", "ة", "ه")

// plainLetters is s in small letters.
func plainLetters(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// letterOnly leaves the letters of s, signs that stand for letters among them
// where they stand between letters, and digits elsewhere out.
func letterOnly(s string) string {
	runes := []rune(s)
	var b strings.Builder
	for n, r := range runes {
		switch {
		case unicode.IsLetter(r):
			b.WriteRune(r)
		case n > 0 && n+1 < len(runes) && unicode.IsLetter(runes[n-1]) && unicode.IsLetter(runes[n+1]):
			b.WriteRune(r)
		}
	}
	return bare(signs.Replace(b.String()))
}

// bare leaves the letters of s.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

// fewest is how many different words of the list make a password that is not
// guessed first: a sentence is made of common words too.
const fewest = 3

// covered tells whether s is made of fewer than fewest different words of the
// list or of known, however often repeated.
func covered(s []rune, known map[string]bool) bool {
	const none = 1 << 20
	list := common()
	// best[n] holds the word that ends at n and how few words s[:n] takes.
	words := make([]map[string]bool, len(s)+1)
	words[0] = map[string]bool{}
	for end := 1; end <= len(s); end++ {
		few := none
		for from := max(0, end-24); from < end; from++ {
			w := string(s[from:end])
			if words[from] == nil || !list[w] && !known[w] {
				continue
			}
			count := len(words[from])
			if !words[from][w] {
				count++
			}
			if count < few {
				few = count
				words[end] = with(words[from], w)
			}
		}
	}
	return words[len(s)] != nil && len(words[len(s)]) < fewest
}

func with(words map[string]bool, w string) map[string]bool {
	out := map[string]bool{w: true}
	for k := range words {
		out[k] = true
	}
	return out
}

// rows are what lies side by side on keyboards, and in alphabets.
var rows = [...]string{
	"01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "abcdefghijklmnopqrstuvwxyz",
	"ضصثقفغعهخحجدشسيبلاتنمكطئءؤرلاىةوزظ", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
}

// periodic tells whether s is one short thing over and over, or a walk along a
// keyboard forwards or backwards.
func periodic(s string) bool {
	r := []rune(s)
	for p := 1; p <= len(r)/3; p++ {
		same := true
		for n := p; n < len(r); n++ {
			same = same && r[n] == r[n-p]
		}
		if same {
			return true
		}
	}
	return walks(r) <= 2
}

// walks is how many walks along keyboards s is made of.
func walks(r []rune) int {
	count := 0
	for at := 0; at < len(r); count++ {
		longest := 1
		for _, row := range rows {
			for n := longest + 1; at+n <= len(r); n++ {
				part := string(r[at : at+n])
				if !strings.Contains(row, part) && !strings.Contains(row, reversed(part)) {
					break
				}
				longest = n
			}
		}
		at += longest
	}
	return count
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
