package audit

import (
	"encoding/json"
	"fmt"
	"time"
)

// Flaw says what is wrong at a place of the chain.
type Flaw string

// The flaws.
const (
	Gap         Flaw = "gap"          // lines are missing before this one
	Order       Flaw = "order"        // the line does not come where its position says
	Linked      Flaw = "link"         // it does not carry the hash of the line before
	Changed     Flaw = "changed"      // what it says is not what was sealed
	ActorGone   Flaw = "actor"        // who did it is not what was committed to
	WordsGone   Flaw = "words"        // reason, before or after are not what was committed to
	Unexplained Flaw = "unexplained"  // something was erased, and no line tells of it
	EndMissing  Flaw = "end_missing"  // the chain ends before its head
	EndDiffers  Flaw = "end_differs"  // it ends elsewhere than its head says
	NoStart     Flaw = "start"        // earlier lines left, and no line tells where to
	Elsewhere   Flaw = "anchor"       // what was kept outside is not what the chain holds
	Unreadable  Flaw = "unreadable"   // no line of the trail
	Unknown     Flaw = "unknown_form" // sealed by a newer version
)

// Break is a flaw at a place, told in words. It is an error.
type Break struct {
	Flaw     Flaw   `json:"flaw"`
	Position int64  `json:"position"`
	Line     string `json:"line,omitempty"` // which line it is, for who looks for it in the table
	Says     string `json:"says"`
}

// Error tells the flaw and its place.
func (b *Break) Error() string {
	at := fmt.Sprintf("audit chain, position %d", b.Position)
	if b.Line != "" {
		at += " (" + b.Line + ")"
	}
	return at + ": " + b.Says
}

// Checker reads a chain line by line and finds where it breaks. It needs the
// memory of what was erased, not that of the chain.
type Checker struct {
	last    Head
	base    Head
	loose   bool // lines may be left out
	broken  func(*Break)
	anchors map[int64][]Hash
	hashes  map[Hash]bool // anchors that tell no position
	gone    struct{ who, told Ranges }
	told    struct{ who, told Ranges } // of what erasure lines tell
	moved   map[Head]bool              // where to earlier lines left, as archive lines tell
	lines   int64
	adopted int64
}

// NewChecker returns a Checker of a chain that begins after base: nothing, or
// the last line that left for an archive. Each break is handed to broken.
func NewChecker(base Head, broken func(*Break)) *Checker {
	return &Checker{last: base, base: base, broken: broken, anchors: map[int64][]Hash{}, hashes: map[Hash]bool{}, moved: map[Head]bool{}}
}

// Expect has the checker compare the chain with a place that was kept outside.
// A position of 0 means that only the hash is known.
func (c *Checker) Expect(h Head) {
	if h.Position == 0 {
		c.hashes[h.Hash] = true
		return
	}
	c.anchors[h.Position] = append(c.anchors[h.Position], h.Hash)
}

// Lines tells how many lines were read, and how many of them are from before
// there was a chain.
func (c *Checker) Lines() (all, adopted int64) { return c.lines, c.adopted }

// Last is the place of the line read last.
func (c *Checker) Last() Head { return c.last }

// Line checks the next line. Told are its before and after in canonical form.
func (c *Checker) Line(l *Line) {
	before, err := Canonical(l.Before)
	after, err2 := Canonical(l.After)
	if err != nil || err2 != nil {
		before, after = "unreadable", "unreadable"
	}
	c.line(l, before, after)
}

func (c *Checker) line(l *Line, before, after string) {
	c.lines++
	if l.Adopted {
		c.adopted++
	}
	say := func(f Flaw, format string, args ...any) {
		c.broken(&Break{f, *l.Position, name(l), fmt.Sprintf(format, args...)})
	}
	c.place(l, say)
	if l.Form != Form {
		say(Unknown, "it is sealed in form %d; this version knows form %d", l.Form, Form)
	}
	kept, ok := HashOf(l.Hash)
	sound := ok && kept == l.sum()
	if !sound {
		say(Changed, "what the line says was changed after it was sealed: it no longer gives its own hash")
	}
	c.parts(l, before, after, sound, say)
	c.compare(l, kept)
	c.last = Head{*l.Position, kept}
}

// place checks that the line follows the one before it.
func (c *Checker) place(l *Line, say func(Flaw, string, ...any)) {
	if c.loose && *l.Position > c.last.Position+1 {
		return
	}
	switch missing := *l.Position - c.last.Position - 1; {
	case missing == 1:
		say(Gap, "the line before it, position %d, is missing", *l.Position-1)
		return
	case missing > 1:
		say(Gap, "%d lines before it are missing, positions %d to %d", missing, c.last.Position+1, *l.Position-1)
		return
	case missing < 0:
		say(Order, "it comes after position %d: lines were doubled or put in another order", c.last.Position)
		return
	}
	if prev, ok := HashOf(l.Prev); !ok || prev != c.last.Hash {
		say(Linked, "it does not carry the hash of the line before it, position %d: one of them was replaced", c.last.Position)
	}
}

// parts checks what may be erased, and remembers what was.
func (c *Checker) parts(l *Line, before, after string, sound bool, say func(Flaw, string, ...any)) {
	if l.WhoErased() {
		c.gone.who.Add(*l.Position)
		if l.Actor != "" {
			say(ActorGone, "who did it was erased, and something else written in its place")
		}
	} else if mark, ok := HashOf(l.WhoMark); !ok || mark != l.who() {
		say(ActorGone, "who did it was changed after it was sealed")
	}
	if l.ToldErased() {
		c.gone.told.Add(*l.Position)
		if l.Reason != "" || before != "null" || after != "null" {
			say(WordsGone, "its reason and values were erased, and something else written in their place")
		}
		return
	}
	if mark, ok := HashOf(l.ToldMark); !ok || mark != told(l.ToldSalt, l.Reason, before, after) {
		say(WordsGone, "its reason or its values before and after were changed after it was sealed")
		return
	}
	if sound {
		c.remember(l, after)
	}
}

// remember takes note of lines that the trail writes about itself.
func (c *Checker) remember(l *Line, after string) {
	if l.Subject != Subject {
		return
	}
	switch l.Act {
	case ActErase:
		var e Erasure
		if json.Unmarshal([]byte(after), &e) != nil {
			return
		}
		at := &c.told.told
		if e.Part == Who {
			at = &c.told.who
		}
		for _, r := range e.Positions {
			if r.To < *l.Position {
				at.add(r)
			}
		}
	case ActArchive:
		var a Archived
		if json.Unmarshal([]byte(after), &a) == nil {
			if h, err := ParseHash(a.Hash); err == nil {
				c.moved[Head{a.To, h}] = true
			}
		}
	}
}

// compare holds a line against what was kept outside.
func (c *Checker) compare(l *Line, kept Hash) {
	for _, h := range c.anchors[*l.Position] {
		if h != kept {
			c.broken(&Break{Elsewhere, *l.Position, name(l), fmt.Sprintf(
				"its hash is %s, but %s was kept outside: the chain was written anew from here or before", kept, h)})
		}
	}
	delete(c.anchors, *l.Position)
	delete(c.hashes, kept)
}

// Loose is what a part of a chain cannot prove by itself.
type Loose struct {
	Erased  int64 // lines erased that no line read tells of
	Anchors int64 // places kept outside that lie before or after what was read
}

// Part ends the check of a part of a chain, such as an export.
func (c *Checker) Part() Loose {
	return Loose{
		Erased:  c.gone.who.Without(c.told.who).Len() + c.gone.told.Without(c.told.told).Len(),
		Anchors: int64(len(c.anchors) + len(c.hashes)),
	}
}

// End ends the check of a whole chain, which must end at head.
func (c *Checker) End(head Head) {
	say := func(f Flaw, at int64, format string, args ...any) {
		c.broken(&Break{Flaw: f, Position: at, Says: fmt.Sprintf(format, args...)})
	}
	switch {
	case c.last.Position < head.Position:
		say(EndMissing, c.last.Position+1, "the chain ends at position %d, but its head is position %d: lines at the end are missing",
			c.last.Position, head.Position)
	case c.last.Position > head.Position:
		say(EndDiffers, head.Position, "the chain goes on to position %d after its head", c.last.Position)
	case c.last.Hash != head.Hash:
		say(EndDiffers, head.Position, "its head says %s, the last line %s", head.Hash, c.last.Hash)
	}
	if c.base.Position > 0 && !c.moved[c.base] {
		say(NoStart, c.base.Position+1, "the lines before it are said to have left for an archive, but no line tells of that")
	}
	for _, r := range c.gone.who.Without(c.told.who) {
		say(Unexplained, r.From, "who did it is gone from positions %s, and no line tells of an erasure", r)
	}
	for _, r := range c.gone.told.Without(c.told.told) {
		say(Unexplained, r.From, "reason and values are gone from positions %s, and no line tells of an erasure", r)
	}
	for at, kept := range c.anchors {
		if at > c.base.Position || at < 1 {
			say(Elsewhere, at, "%s was kept outside, but the chain has no such position: lines at the end are missing", kept[0])
		}
	}
	for h := range c.hashes {
		say(Elsewhere, 0, "%s was kept outside, but no line of the chain has it", h)
	}
}

// name tells which line it is.
func name(l *Line) string {
	return fmt.Sprintf("line %d, %s %s %s of %s", l.ID, l.Act, l.Subject, l.Ref, l.At.UTC().Format(time.RFC3339))
}
