package monitor

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Evidence is what was seen when an outage was confirmed: what to show whoever
// must mend it, and whoever doubts it. It is kept once an outage, never with
// every reading, and only inside: the public sees none of it.
type Evidence struct {
	Outage      int64              `gorm:"primaryKey;autoIncrement:false" json:"-"`
	At          time.Time          `json:"at"`
	Reason      string             `json:"reason" gorm:"-"`
	Status      int                `json:"status,omitempty"`
	Detail      string             `json:"detail,omitempty" gorm:"-"`
	URL         string             `json:"url,omitempty"`                                 // where redirects ended, without its query
	Address     string             `json:"address,omitempty"`                             // who answered
	Answers     []string           `json:"answers,omitempty" gorm:"serializer:json"`      // what the name resolved to
	NameServers []string           `json:"name_servers,omitempty" gorm:"serializer:json"` // who was asked, or should know
	Vantage     int16              `json:"vantage"`                                       // 0: this installation
	Phases      map[string]float64 `json:"phases_ms" gorm:"serializer:json"`
	Headers     []HeadLine         `json:"headers,omitempty" gorm:"serializer:json"`
	Excerpt     string             `json:"excerpt,omitempty"`                      // the beginning of the body, masked
	Chain       []ChainLink        `json:"chain,omitempty" gorm:"serializer:json"` // as the server sent it
}

// TableName names the table of evidence.
func (Evidence) TableName() string { return "incident_evidence" }

// HeadLine is one line of an answer's head.
type HeadLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ChainLink is one certificate of the chain a server sent.
type ChainLink struct {
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Fingerprint string    `json:"fingerprint"` // SHA-256, hexadecimal
}

// Limits of what is kept of an answer.
const (
	MaxExcerpt   = 2 << 10 // bytes
	maxHeadLine  = 200     // characters of a value
	maxHeadLines = 20
	maxChain     = 8
	maxAnswers   = 16
	maxEvidence  = 300 // characters of any other text
)

// telling are the headers that say something about a failure. All others are
// dropped, and with them cookies, tokens and whatever else a header can hide.
var telling = []string{
	"Age", "Alt-Svc", "Cache-Control", "Connection", "Content-Encoding", "Content-Language", "Content-Length", "Content-Type", "Date",
	"Location", "Retry-After", "Server", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via", "Warning", "X-Cache", "X-Powered-By",
}

// EvidenceOf returns what a reading showed.
func EvidenceOf(r *Reading) Evidence {
	e := Evidence{
		At: r.At, Vantage: r.Vantage, Reason: r.Reason.String(), Status: r.Status, Detail: r.Detail, URL: r.URL, Address: r.Address,
		Phases: map[string]float64{},
	}
	for _, p := range PhaseList() {
		if r.Phases[p] > 0 {
			e.Phases[p.String()] = float64(r.Phases[p].Microseconds()) / 1000
		}
	}
	if r.Seen != nil {
		e.Excerpt, e.Answers, e.NameServers = r.Seen.Excerpt, r.Seen.Answers, r.Seen.NameServers
		for name, values := range r.Seen.Header {
			for _, value := range values {
				e.Headers = append(e.Headers, HeadLine{name, value})
			}
		}
	}
	if r.Secured != nil {
		for _, c := range r.Secured.Chain {
			e.Chain = append(e.Chain, ChainLink{c.Subject, c.Issuer, c.NotBefore, c.NotAfter, c.SHA256})
		}
	}
	return e.clean()
}

// clean keeps of e what may be kept.
func (e Evidence) clean() Evidence {
	e.URL, _, _ = strings.Cut(e.URL, "?")
	e.URL, e.Detail, e.Address = Mask(clip(e.URL, maxEvidence)), clip(e.Detail, maxEvidence), clip(e.Address, maxEvidence)
	kept := []HeadLine{}
	for _, h := range e.Headers {
		if !slices.ContainsFunc(telling, func(name string) bool { return strings.EqualFold(name, h.Name) }) || len(kept) == maxHeadLines {
			continue
		}
		value, _, _ := strings.Cut(h.Value, "?") // a query is where tokens travel
		if strings.EqualFold(h.Name, "Location") || strings.EqualFold(h.Name, "Warning") {
			value = Mask(value) // the others hold numbers of their own, and nobody's
		}
		kept = append(kept, HeadLine{clip(h.Name, maxHeadLine), clip(value, maxHeadLine)})
	}
	slices.SortStableFunc(kept, func(a, b HeadLine) int { return strings.Compare(a.Name, b.Name) })
	e.Headers, e.Excerpt = kept, opening(e.Excerpt)
	e.Chain, e.Answers, e.NameServers = first(e.Chain, maxChain), first(e.Answers, maxAnswers), first(e.NameServers, maxAnswers)
	for n := range e.Chain {
		e.Chain[n].Subject, e.Chain[n].Issuer = clip(e.Chain[n].Subject, maxEvidence), clip(e.Chain[n].Issuer, maxEvidence)
	}
	return e
}

// first returns a copy of no more than n of list, never nil.
func first[T any](list []T, n int) []T { return append([]T{}, list[:min(len(list), n)]...) }

// opening returns the beginning of a body as it may be kept: text only, masked.
func opening(body string) string {
	body = Mask(strings.Map(printable, strings.ToValidUTF8(body, "\uFFFD")))
	for len(body) > MaxExcerpt {
		_, size := utf8.DecodeLastRuneInString(body)
		body = body[:max(len(body)-size, 0)]
	}
	return strings.TrimSpace(body)
}

func printable(r rune) rune {
	if r == '\n' || r == '\t' || !unicode.IsControl(r) && r != '\uFEFF' {
		return r
	}
	return -1
}

var (
	mailForm   = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}`)
	secretForm = regexp.MustCompile(`(?i)\b((?:[a-z0-9_-]*(?:token|secret|passw(?:or)?d|session(?:[_-]?id)?|sessid|csrf|api[_-]?key|auth(?:orization)?|cookie|viewstate))["']?\s*[=:]\s*["']?)[^\s"'&;<>,}]+`)
	valueForm  = regexp.MustCompile(`(?i)(name\s*=\s*["'][^"']*(?:token|csrf|session|viewstate)[^"']*["'][^>]*?value\s*=\s*["'])[^"']+`)
	bearerForm = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}`)
	numberForm = regexp.MustCompile(`\+?\p{Nd}(?:[ .\-]?\p{Nd}){5,}`)
)

// Mask hides what looks like a person's or a key's: addresses of mail, numbers
// long enough for an identity card, a telephone or an account, and secrets.
func Mask(s string) string {
	s = mailForm.ReplaceAllString(s, "•••@•••")
	s = bearerForm.ReplaceAllString(s, "${1} •••")
	s = valueForm.ReplaceAllString(s, "${1}•••")
	s = secretForm.ReplaceAllString(s, "${1}•••")
	return numberForm.ReplaceAllStringFunc(s, func(number string) string {
		digits := 0
		for _, r := range number {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits < 7 {
			return number
		}
		return "•••"
	})
}

// clip bounds a text by its letters and drops what is none.
func clip(s string, limit int) string {
	s = strings.Map(printable, strings.ToValidUTF8(s, "\uFFFD"))
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}
