// Package searchtest makes up text for benchmarks of search: words as unevenly
// frequent as those of a language, in French and Arabic.
package searchtest

import (
	"math/rand/v2"
	"strings"
)

// Words draws words as people use them: few very often, most hardly ever.
type Words struct {
	zipf   *rand.Zipf
	fr, ar []string
}

// NewWords returns words that are the same every time.
func NewWords() *Words {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same words every time are what is wanted
	w := &Words{zipf: rand.NewZipf(r, 1.15, 8, 30_000)}
	w.fr = strings.Fields("production céréales barrages gouvernorat eau potable prix marché exportations importations " +
		"élèves enseignants hôpitaux lits population emploi chômage transport routes énergie électricité tourisme nuitées budget")
	w.ar = strings.Fields("إنتاج الحبوب السدود الولاية الماء أسعار السوق صادرات واردات التلاميذ المستشفيات السكان التشغيل النقل الطاقة السياحة الميزانية")
	for len(w.fr) < 30_001 {
		w.fr = append(w.fr, made(r, "bcdfglmnprstv", "aeiouéè"))
		w.ar = append(w.ar, made(r, "بتجحدرسشعفقكلمن", "اوي"))
	}
	return w
}

func made(r *rand.Rand, hard, soft string) string {
	h, s := []rune(hard), []rune(soft)
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteRune(h[r.IntN(len(h))])
		b.WriteRune(s[r.IntN(len(s))])
	}
	b.WriteRune(h[r.IntN(len(h))])
	return b.String()
}

// French draws n words.
func (w *Words) French(n int) string { return w.some(w.fr, n) }

// Arabic draws n words.
func (w *Words) Arabic(n int) string { return w.some(w.ar, n) }

func (w *Words) some(from []string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = from[min(int(w.zipf.Uint64()), len(from)-1)]
	}
	return strings.Join(list, " ")
}
