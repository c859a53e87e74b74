package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// FrozenMethod is the version of how an edition of answers is written. A
// change of it needs the next number: what was frozen stays as it was.
const FrozenMethod = 1

// FrozenSettle is how long after the end of a quarter it may be frozen: by then
// what was gathered elsewhere may have been brought in.
const FrozenSettle = 24 * time.Hour

// Frozen is what a service's answers of a quarter came to, as it was stated.
// Whoever has the same answers and the question sets of their time writes the
// same document, whose SHA-256 is its hash.
type Frozen struct {
	Service  string
	From, To time.Time // days, as midnights in UTC; To is not part of it
	Sums     Sums
	Document string
	Hash     string
}

// Freeze writes the edition of a service.
func Freeze(service string, from, to time.Time, sums Sums) Frozen {
	sums.Trim()
	var doc strings.Builder
	fmt.Fprintf(&doc, "jard answers %d\nservice %s\nfrom %s\nto %s\n", FrozenMethod, service, from.Format(time.DateOnly), to.Format(time.DateOnly))
	for _, g := range slices.SortedFunc(maps.Keys(sums), compareGroups) {
		t := sums[g]
		fmt.Fprintf(&doc, "group %s@%d mode %s channel %s language %s verified %t answers %d apart %d\n",
			g.Set, g.Version, g.Channel.Mode(), g.Channel, g.Language, g.Verified, t.Answers, t.Apart)
		for _, f := range slices.Sorted(maps.Keys(t.Flags)) {
			fmt.Fprintf(&doc, "flag %s %d\n", f, t.Flags[f])
		}
		for _, key := range slices.Sorted(maps.Keys(t.Questions)) {
			l := t.Questions[key]
			fmt.Fprintf(&doc, "question %s count %s weight %s squares %d\n", key, numbers(l.Count), numbers(l.Weight), l.Squares)
		}
	}
	f := Frozen{Service: service, From: from, To: to, Sums: sums, Document: doc.String()}
	f.Hash = FrozenHash(f.Document)
	return f
}

func numbers(all []int64) string {
	words := make([]string, len(all))
	for n, v := range all {
		words[n] = fmt.Sprint(v)
	}
	return strings.Join(words, ",")
}

// FrozenHash is what a document is known by.
func FrozenHash(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// MayFreeze is a fault when the actor may not state what the answers came to,
// or the period is not over.
func MayFreeze(by identity.Actor, institution string, to, now time.Time) error {
	if err := by.Must(identity.IssueStatement, institution); err != nil {
		return err
	}
	if now.Before(to.Add(FrozenSettle)) {
		return fault.At("to", "survey.frozen.fresh", int(FrozenSettle/time.Hour))
	}
	return nil
}

// Quarter is the quarter of the year that a day lies in: its first day, and
// the first day after it, as midnights in UTC.
func Quarter(day time.Time) (from, to time.Time) {
	first := (day.Month()-1)/3*3 + 1
	from = time.Date(day.Year(), first, 1, 0, 0, 0, 0, time.UTC)
	return from, from.AddDate(0, 3, 0)
}

// QuarterBefore is the quarter before the one that a day lies in.
func QuarterBefore(day time.Time) (from, to time.Time) {
	this, _ := Quarter(day)
	return this.AddDate(0, -3, 0), this
}

// QuarterName names a quarter by its first day: 2026-Q3.
func QuarterName(from time.Time) string {
	return fmt.Sprintf("%d-Q%d", from.Year(), (int(from.Month())+2)/3)
}
