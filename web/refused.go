package web

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// Refusal is why somebody was turned away, and at which kind of door. There are
// only so many of both: strangers choose neither.
type Refusal struct{ Reason, Kind string }

// Why requests are refused.
const (
	RefusedRate    = "rate"    // more often than the door allows
	RefusedTries   = "tries"   // more often than a room allows: passwords, messages, trials
	RefusedBody    = "body"    // a body larger than its bound
	RefusedPacked  = "packed"  // a packed body
	RefusedSlow    = "slow"    // a body that dripped; of connections: a head or an answer that did
	RefusedTime    = "time"    // the time of the door was up
	RefusedSite    = "site"    // another site made a browser send it
	RefusedFound   = "found"   // the scanner found something in a file
	RefusedScanner = "scanner" // the scanner gave no verdict
	RefusedFull    = "full"    // too many connections in all
	RefusedNetwork = "network" // too many connections of one network
)

// The kinds that are no kind of door.
const (
	kindFree       = "free"       // what is never limited
	kindConnection = "connection" // nothing was asked yet
)

// Refusals are all that there can be, where the doors are of these kinds.
func Refusals(kinds ...string) []Refusal {
	all := []Refusal{{RefusedFull, kindConnection}, {RefusedNetwork, kindConnection}, {RefusedSlow, kindConnection}}
	for _, kind := range append([]string{kindFree}, kinds...) {
		for _, reason := range []string{
			RefusedRate, RefusedTries, RefusedBody, RefusedPacked, RefusedSlow, RefusedTime, RefusedSite, RefusedFound, RefusedScanner,
		} {
			all = append(all, Refusal{reason, kind})
		}
	}
	return all
}

// refusals count who was turned away.
type refusals struct{ of sync.Map } // from Refusal to *atomic.Int64

func (n *refusals) add(reason, kind string) {
	key := Refusal{reason, kind}
	count, ok := n.of.Load(key)
	if !ok {
		count, _ = n.of.LoadOrStore(key, new(atomic.Int64))
	}
	count.(*atomic.Int64).Add(1) //nolint:forcetypeassert // nothing else is kept there
}

// Refused tells how often each refusal happened since the start.
func (s *Shell) Refused() map[Refusal]int64 {
	all := map[Refusal]int64{}
	s.refused.of.Range(func(key, count any) bool {
		all[key.(Refusal)] = count.(*atomic.Int64).Load() //nolint:forcetypeassert // as above
		return true
	})
	return all
}

// refusedFor notes why the request is refused, for who counts that at its end.
// What a room tells somebody on a page of its own is counted as well.
func refusedFor(ctx context.Context, reason string) { requestOf(ctx).refused.Reason = reason }

// counted counts the request when it was refused: by what was noted, else by
// the status that says it.
func (s *Shell) counted(c *gin.Context) {
	refused := requestOf(c.Request.Context()).refused
	if refused.Reason == "" {
		switch c.Writer.Status() {
		case http.StatusTooManyRequests:
			refused.Reason = RefusedTries
		case http.StatusRequestEntityTooLarge:
			refused.Reason = RefusedBody
		case http.StatusRequestTimeout:
			refused.Reason = RefusedSlow
		default:
			return
		}
	}
	if d := s.doorOf(c); d != nil && refused.Kind == "" {
		refused.Kind = d.Kind
	}
	s.refused.add(refused.Reason, cmp.Or(refused.Kind, kindFree))
}
