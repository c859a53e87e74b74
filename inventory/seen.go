package inventory

import (
	"strings"

	"github.com/jard-odi/jard/fault"
)

// Seen is what somebody looked at before deciding: a revision, the hash of a
// content, or both. An approval names it, so that nothing is approved unseen.
type Seen struct {
	Revision int
	Hash     string // or the beginning of it, from ShortHash on
}

// Given tells whether anything was said of what was seen.
func (s Seen) Given() bool { return s.Revision != 0 || strings.TrimSpace(s.Hash) != "" }

// shortHash is how much of a hash pages show, and the least that names a content.
const shortHash = 12

// ShortHash is the beginning of a hash, as pages and people name it.
func ShortHash(hash string) string { return hash[:min(len(hash), shortHash)] }

// MustBe refuses an act decided on another revision than the stored one, and
// one that does not say on which.
func (d *Dataset) MustBe(s Seen) error {
	hash := strings.ToLower(strings.TrimSpace(s.Hash))
	switch {
	case !s.Given():
		return fault.At("revision", "dataset.seen.missing")
	case hash != "" && len(hash) < shortHash:
		return fault.At("hash", "dataset.seen.short", shortHash)
	case s.Revision != 0 && s.Revision != d.Revision, hash != "" && !strings.HasPrefix(d.Content.Hash(), hash):
		return fault.New(fault.Stale, "dataset.stale", d.Revision)
	}
	return nil
}

// Decide lets a rule decide on d as it was seen. What was seen is compared
// first; that nothing was said of it is held against the act last, when it
// would otherwise have succeeded.
func (s Seen) Decide(d *Dataset, needed bool, rule func() error) error {
	if s.Given() {
		if err := d.MustBe(s); err != nil {
			return err
		}
	}
	if err := rule(); err != nil {
		return err
	}
	if needed && !s.Given() {
		return d.MustBe(s)
	}
	return nil
}
