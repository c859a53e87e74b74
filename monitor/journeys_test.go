package monitor

import (
	"strings"
	"testing"
)

func journeyCases() []kindCase {
	with := func(source string) Check {
		return Check{Kind: Journey, Settings: Settings{Journey: &JourneySettings{Source: source}}}
	}
	return []kindCase{
		{"two steps", with("steps: [{name: a, get: /}, {name: b, form: form}]"), ""},
		{"lines as a browser sends them", with("steps:\r\n- name: a\r\n  get: /\r\n"), ""},
		{"without steps", Check{Kind: Journey}, "fault.required (settings.journey.source)"},
		{"with empty steps", with(" "), "fault.required (settings.journey.source)"},
		{
			"two faults", with("steps:\n- {name: a, get: 'ftp://a'}\n- {name: a, get: /}"),
			"journey.address (settings.journey.source) 2 ftp://a; journey.same_name (settings.journey.source) 3 a",
		},
		{"no address to begin at", Check{Kind: Journey, Target: "b3", Settings: with("steps: [{name: a, get: /}]").Settings}, "service.url.invalid (target)"},
		{"too long", with(strings.Repeat("#", 20_001)), "fault.too_long (settings.journey.source) 20000"},
	}
}

func browserCases() []kindCase {
	with := func(s BrowserSettings) Check { return Check{Kind: Browser, Settings: Settings{Browser: &s}} }
	return []kindCase{
		{"without settings", Check{Kind: Browser}, ""},
		{"all of it", with(BrowserSettings{WaitFor: "main > h1, #app", MaxBytes: 1 << 20, MaxLCP: 2500}), ""},
		{"no selector", with(BrowserSettings{WaitFor: "main["}), "check.browser.selector (settings.browser.wait_for)"},
		{"a selector that is too long", with(BrowserSettings{WaitFor: strings.Repeat("a", MaxText+1)}), "check.browser.selector (settings.browser.wait_for)"},
		{"less than nothing", with(BrowserSettings{MaxBytes: -1, MaxLCP: -1}), "check.browser.bytes (settings.browser.max_bytes) 1073741824; " +
			"check.browser.paint (settings.browser.max_lcp_ms) 60000"},
		{"an address that is none", Check{Kind: Browser, Target: "b3.example.tn"}, "service.url.invalid (target)"},
	}
}

func FuzzBrowserSettings(f *testing.F) {
	f.Add("main > h1", int64(1), int64(1))
	f.Add("a[", int64(-1), int64(1<<40))
	f.Fuzz(func(t *testing.T, selector string, weight, paint int64) {
		s := BrowserSettings{WaitFor: selector, MaxBytes: weight, MaxLCP: paint}
		if len(s.faults("")) == 0 && (s.MaxBytes < 0 || s.MaxLCP < 0 || len(s.WaitFor) > MaxText) {
			t.Errorf("%+v is taken", s)
		}
	})
}
