package web

import (
	"hash/maphash"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"
)

// Rate is how many requests a minute each caller may make through one kind of
// door. 0 means any number.
type Rate struct {
	Address int // of a network, when nobody said who they are
	Account int // of somebody who signed in
	Token   int // of a program
}

// Door is what one kind of address asks of who comes.
type Door struct {
	Kind string // its name in the configuration and in the RateLimit headers
	Rate Rate
	Time time.Duration // how long an answer may take, statements of the database included; 0: as long as it likes
	Many bool          // programs come by the thousand: they are told what is left only when it is little
}

// window is the time that a rate counts in; a caller who was away may use the
// whole of it at once.
const window = time.Minute

// slots is how many callers are told apart, of each sort: more of them share
// allowances, and memory does not grow.
const slots = 1 << 17

// pace remembers for each caller until when the allowance is spent (a generic
// cell rate algorithm: one number a caller). The table is fixed and callers
// find their place in it by a hash with a secret seed: nobody can fill it up,
// and nobody can choose whose place to share. Strangers have a table of their
// own, so that no number of them costs somebody who is known anything.
type pace struct {
	seed      maphash.Seed
	strangers []atomic.Int64
	known     []atomic.Int64
}

func newPace() *pace {
	return &pace{maphash.MakeSeed(), make([]atomic.Int64, slots), make([]atomic.Int64, slots)}
}

// place is where a caller's number is kept.
func (p *pace) place(table []atomic.Int64, kind string, caller []byte) *atomic.Int64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	_, _ = h.WriteString(kind) // a hash takes everything
	_ = h.WriteByte(0)
	_, _ = h.Write(caller)
	return &table[h.Sum64()%uint64(len(table))]
}

// left is what remains of an allowance.
type left struct {
	of    int           // a minute
	now   int           // that may be had at once
	whole time.Duration // until everything may be had again
	wait  time.Duration // until the next may be had; 0: this one was
}

// spend takes one of n a minute.
func spend(at *atomic.Int64, n int, now time.Time) left {
	each := window / time.Duration(n)
	for {
		was := at.Load()
		spent := max(was, now.UnixNano())
		if spent > now.Add(2*window).UnixNano() {
			spent = now.UnixNano() // the clock was put back
		}
		next := spent + int64(each)
		if ahead := time.Duration(next - now.UnixNano()); ahead > window {
			return left{n, 0, ahead - each, ahead - window}
		} else if at.CompareAndSwap(was, next) {
			return left{n, int((window - ahead) / each), ahead, 0}
		}
	}
}

// partOf is what one of several processes allows, so that together they allow n:
// a balancer brings each caller to all of them.
func partOf(n, processes int) int { return (n + processes - 1) / processes }

// networkOf is whom an address counts as: itself, or with IPv6 the /64 that one
// customer has at least.
func networkOf(address string) []byte {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return []byte(address)
	}
	if a = a.Unmap(); a.Is4() {
		b := a.As4()
		return b[:]
	}
	b := a.As16()
	return b[:8]
}

// seconds are written whole, never too few.
func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }
