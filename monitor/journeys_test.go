package monitor

import "strings"

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
