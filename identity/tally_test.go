package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jard-odi/jard/fault"
)

func TestOutcomesOfTries(t *testing.T) {
	for _, one := range []struct {
		err  error
		want Outcome
	}{
		{nil, OutcomeIn},
		{fault.New(fault.Unauthenticated, "identity.login.wrong"), OutcomeRefused},
		{fault.At("code", "account.code.wrong"), OutcomeRefused},
		{fault.New(fault.Conflict, "signin.again"), OutcomeRefused},
		{fault.New(fault.Forbidden, "signin.no_rule"), OutcomeUnadmitted},
		{fmt.Errorf("try: %w", fault.New(fault.Throttled, "identity.login.throttled", 1)), OutcomeThrottled},
		{fault.New(fault.Unavailable, "signin.down"), OutcomeUnavailable},
		{errors.New("the disk is full"), OutcomeUnavailable},
		{fmt.Errorf("read: %w", context.Canceled), ""},
	} {
		if got := OutcomeOf(one.err); got != one.want {
			t.Errorf("%v is %q; want %q", one.err, got, one.want)
		}
	}
}

func TestATallyCountsWhatThereIsAndNothingElse(t *testing.T) {
	tally := NewTally()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				tally.Count(WayProvider, OutcomeUnavailable)
				tally.Count("by hand", OutcomeIn)
				tally.Count(WayToken, "")
			}
		})
	}
	all.Wait()
	numbers := tally.Numbers()
	if len(numbers) != 30 || numbers[Try{WayProvider, OutcomeUnavailable}] != 800 || numbers[Try{WayToken, OutcomeIn}] != 0 {
		t.Errorf("counted %v", numbers)
	}
}
