package file

import (
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Change says what a look found of the content.
type Change string

// The changes.
const (
	Unseen    Change = "unseen"    // the file could not be had, or not whole
	First     Change = "first"     // seen for the first time: nothing to compare with
	Identical Change = "identical" // the same content
	Changed   Change = "changed"
)

// Flag says that what was declared and what was seen do not fit.
type Flag string

// The flags.
const (
	NoFlag   Flag = ""
	Touched  Flag = "touched"  // the site dates it anew, and it is the same
	Repeated Flag = "repeated" // an update was declared, and the file is the same
	Silent   Flag = "silent"   // it changed, and nobody declared an update
	Short    Flag = "short"    // it changed, and its newest date does not reach the period that is owed
)

// Flags lists the flags that say something.
func Flags() []Flag { return []Flag{Touched, Repeated, Silent, Short} }

// compare says what became of the content between what is known and s.
func (f *File) compare(s *Sight) Change {
	switch {
	case s.NotModified && f.Hash != "":
		return Identical
	case s.NotModified, !s.Whole, s.Hash == "":
		return Unseen
	case f.Hash == "":
		return First
	case f.Hash == s.Hash, f.Digest != "" && f.Digest == s.Digest:
		return Identical
	}
	return Changed
}

// Declared is what the entry says at the time of a look.
type Declared struct {
	Day    inventory.Date // on which the data changed last
	Oldest inventory.Date // first day of the oldest open period that has begun; empty when nothing is owed
}

// Weigh settles the flag after a change and returns what it proves; nil when
// nothing. before is how the file stood. The first sight of a file proves
// nothing, for it may have been there for years; nor does one that is not what
// was declared.
func (f *File) Weigh(before *File, change Change, d Declared, now time.Time) *inventory.Evidence {
	declared := before.SeenAt != nil && d.Day > before.Declaring
	switch change {
	case Unseen:
		return nil // what was declared meanwhile is compared when there is something to compare
	case First, Identical:
		if change == Identical {
			f.flag(f.sameFlag(before, declared), now)
		}
		f.Declaring = d.Day
		return nil
	case Changed:
	}
	f.Declaring = d.Day
	at := now
	f.ChangedAt = &at
	flag := Silent
	if declared || before.Flag == Repeated {
		flag = NoFlag // the declaration, or the file, came a little before the other
	}
	if f.Draft || f.State != OK && f.State != Moved {
		f.flag(flag, now)
		return nil
	}
	e := f.evidence(now)
	if d.Oldest != "" && e.Day < d.Oldest {
		f.flag(Short, now)
		return nil
	}
	f.flag(flag, now)
	return e
}

// sameFlag is the flag of content that did not change.
func (f *File) sameFlag(before *File, declared bool) Flag {
	switch {
	case declared && (before.Flag == Silent || before.Flag == Short):
		return NoFlag // the declaration that was missing
	case declared:
		return Repeated
	case before.LastModified != "" && f.LastModified != before.LastModified:
		if before.Flag == NoFlag {
			return Touched
		}
	}
	return before.Flag
}

// evidence is what the content proves: that the data reach the newest date of
// the column that dates the rows, or, without one, the day of the look.
func (f *File) evidence(now time.Time) *inventory.Evidence {
	e := &inventory.Evidence{Kind: inventory.Observed, Day: inventory.DateOf(now, inventory.Tunis()), Hash: f.Digest, Rows: f.Rows}
	if e.Hash == "" {
		e.Hash = f.Hash
	}
	if f.DateColumn != "" && f.Newest < e.Day { // a forecast of next year proves nothing of next year
		e.Day = f.Newest
	}
	return e
}

func (f *File) flag(flag Flag, now time.Time) {
	if f.Flag == flag {
		return
	}
	f.Flag, f.FlaggedAt = flag, nil
	if flag != NoFlag {
		f.FlaggedAt = &now
	}
}
