package inventory

import (
	"slices"
	"time"
)

// FileFact is what is known of a public file besides what was approved: it is
// observed, never written by hand, and needs no review.
type FileFact struct {
	ID      string    `json:"id"`               // of the distribution
	Issued  time.Time `json:"issued,omitzero"`  // when it was public first; zero for what was public before this was kept
	Changed time.Time `json:"changed,omitzero"` // when its content was last seen to be new
	Format  string    `json:"format,omitempty"` // by its bytes, as the EU list names it
	Bytes   int64     `json:"bytes,omitempty"`  // 0 when not known
	SHA256  string    `json:"sha256,omitempty"` // empty when the file was not read whole
}

// same tells whether both say the same of the bytes.
func (f FileFact) same(x FileFact) bool {
	return f.Format == x.Format && f.Bytes == x.Bytes && f.SHA256 == x.SHA256 && f.Changed.Equal(x.Changed)
}

// Fact returns what is known of the file of a distribution.
func (p *Publication) Fact(distribution string) FileFact {
	if n := p.factAt(distribution); n >= 0 {
		return p.Files[n]
	}
	return FileFact{ID: distribution}
}

func (p *Publication) factAt(distribution string) int {
	return slices.IndexFunc(p.Files, func(f FileFact) bool { return f.ID == distribution })
}

// Observe takes what a look saw of a public file, and tells whether that is
// news. News is a change of the entry as a harvester sees it: one that skips
// what is not newer would keep the checksum of a file that is no longer there.
func (p *Publication) Observe(f FileFact, now time.Time) bool {
	if f.ID == "" || !p.Live() {
		return false
	}
	n := p.factAt(f.ID)
	switch {
	case n < 0 && f.same(FileFact{}):
		return false
	case n < 0:
		p.Files = append(slices.Clone(p.Files), f)
	case p.Files[n].same(f):
		return false
	default:
		f.Issued = p.Files[n].Issued
		p.Files = slices.Clone(p.Files)
		p.Files[n] = f
	}
	p.Modified = after(p.Modified, now)
	return true
}

// factsOf carries over what is known of the files that the new content still
// has. A file at another address is another file, of which nothing is known yet.
func factsOf(c Content, was *Publication, now time.Time) []FileFact {
	facts := make([]FileFact, 0, len(c.Distributions))
	for _, x := range c.Distributions {
		if x.ID == "" {
			continue
		}
		f := FileFact{ID: x.ID, Issued: now}
		if was != nil {
			f = was.carried(x, f)
		}
		facts = append(facts, f)
	}
	return facts
}

func (p *Publication) carried(x Distribution, fresh FileFact) FileFact {
	for _, old := range p.Content.Distributions {
		switch {
		case old.ID != x.ID:
		case old.URL == x.URL && old.DownloadURL == x.DownloadURL:
			return p.Fact(x.ID)
		default:
			return FileFact{ID: x.ID, Issued: p.Fact(x.ID).Issued}
		}
	}
	return fresh
}
