package monitor

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

func TestBadDescriptions(t *testing.T) {
	long := strings.Repeat("x", MaxDescription+1)
	for name, c := range map[string]struct {
		d    Description
		want string
	}{
		"too long":          {Description{Text: lang.Text{"ar": long}}, "d.text.ar fault.too_long"},
		"control":           {Description{CostNote: lang.Text{"fr": "a\x00b"}}, "d.cost_note.fr fault.utf8"},
		"audience":          {Description{Audience: []string{"citizens", "dogs"}}, "d.audience describe.audience"},
		"negative":          {Description{Cost: new(-1.0)}, "d.cost describe.cost"},
		"no number":         {Description{Cost: new(math.NaN())}, "d.cost describe.cost"},
		"days":              {Description{Days: 1001}, "d.days describe.days"},
		"telephone":         {Description{Phone: "call me"}, "d.phone describe.phone"},
		"mail":              {Description{Email: "a@b"}, "d.email describe.email"},
		"page":              {Description{Page: "javascript:alert(1)"}, "d.page service.url.invalid"},
		"nothing":           {Description{}, ""},
		"all of it":         {Description{Text: lang.Text{"fr": "a"}, Audience: Audiences(), Cost: new(0.0), Days: 3, Phone: "+216 71 000 000", Email: "a@b.tn", Page: "https://b.tn/"}, ""},
		"spaces are nobody": {Description{Phone: "  "}, ""},
	} {
		var got []string
		for _, err := range c.d.faults("d.") {
			if f, ok := errors.AsType[*fault.Error](err); ok {
				got = append(got, f.Field+" "+f.Key)
			}
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	var s ServiceSettings
	if s.Describe(Description{Phone: " "}); s.Description != nil {
		t.Errorf("%+v", s.Description)
	}
	if s.Describe(Description{Cost: new(0.0)}); s.Description == nil || *s.Description.Cost != 0 {
		t.Errorf("%+v", s.Description)
	}
}
