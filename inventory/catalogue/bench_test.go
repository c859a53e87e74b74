package catalogue

import (
	"fmt"
	"testing"

	"github.com/jard-odi/jard/lang"
)

// BenchmarkBuild writes and reads back a whole register, and then the same
// with one dataset changed.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{525, 10_000} {
		r := register(samples(n)...)
		b.Run(fmt.Sprintf("whole/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Build(settings(), r, nil, now); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("oneChanged/%d", n), func(b *testing.B) {
			before, err := Build(settings(), r, nil, now)
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				r.Publications[n/2].Content.Title = lang.Text{"fr": fmt.Sprint("édition ", i)}
				if before, err = Build(settings(), r, before, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
