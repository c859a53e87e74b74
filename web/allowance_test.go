package web_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/web"
)

func TestAnAllowanceIsOfOneCaller(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	a := &web.Allowance{Within: time.Minute, AtMost: 2, AtOnce: 3, Throttled: "throttled", Busy: "busy"}
	begin := func(caller, want string) func() {
		t.Helper()
		end, err := a.Begin(caller, now)
		got := ""
		if told, ok := errors.AsType[*fault.Error](err); ok {
			got = told.Error()
		}
		if got != want {
			t.Errorf("%s is told %q; want %q", caller, got, want)
		}
		return end
	}
	first := begin("a", "")
	now = now.Add(20 * time.Second)
	second := begin("a", "")
	begin("a", "throttled 40s")
	third := begin("b", "")
	begin("c", "busy")
	first()
	second()
	third()
	now = now.Add(40 * time.Second)
	begin("a", "")()
	begin("a", "throttled 20s")
	now = now.Add(-24 * time.Hour) // a clock set back holds nobody up
	begin("a", "")()
	a.Processes = func() int { return 2 } // another serves, too: each allows half
	begin("shared", "")()
	begin("shared", "throttled 1m0s")
	a.Processes = nil
	for n := range 25_000 { // and no crowd fills the memory
		begin(fmt.Sprint(n), "")()
	}
}
