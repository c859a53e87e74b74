package survey

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

func TestSmallOfficesAreNotToldApart(t *testing.T) {
	of := func(n ...int64) []OfficeSums {
		var all []OfficeSums
		for i, one := range n {
			all = append(all, OfficeSums{Code: string(rune('a' + i)), Sums: Sums{}, N: one})
		}
		return all
	}
	for name, tt := range map[string]struct {
		all  []OfficeSums
		told string
		rest int64
		few  int
	}{
		"none":                         {nil, "", 0, 0},
		"all large":                    {of(20, 50), "ba", 0, 0},
		"two small":                    {of(60, 12, 15), "a", 27, 0},
		"one small would be found":     {of(60, 30, 12), "a", 42, 0},
		"two that are too few":         {of(60, 3, 4), "a", 0, 2},
		"one alone":                    {of(5), "", 0, 1},
		"one large, one small":         {of(60, 5), "", 65, 0},
		"one small and one just large": {of(20, 19), "", 39, 0},
	} {
		told, few := Offices(tt.all)
		codes, rest := "", int64(0)
		for _, o := range told {
			if codes += o.Code; o.Code == "" {
				rest = o.N
			} else if o.N < OfficeLeast {
				t.Errorf("%s: %s is told with %d", name, o.Code, o.N)
			}
		}
		if codes != tt.told || rest != tt.rest || few != tt.few {
			t.Errorf("%s: told %q, %d together, %d too few; want %q, %d, %d", name, codes, rest, few, tt.told, tt.rest, tt.few)
		}
	}
}

func TestWhoMakesScreens(t *testing.T) {
	a, now := NewAsking("cin", "interior"), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	places := []Branch{{Service: "cin", Code: "tunis", Name: lang.Text{"fr": "Tunis"}}}
	for role, may := range map[identity.Role]bool{
		identity.ServiceOwner: true, identity.MCD: true, identity.Admin: true, identity.Officer: false, identity.Supervisor: false, identity.Committee: false, identity.Public: false,
	} {
		by := identity.Actor{Account: "a", Role: role, Institution: "interior", Institutions: []string{"interior"}}
		k, token, err := NewScreen(by, &a, places, "tunis", "Hall", 60, now)
		if (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
		if err != nil {
			continue
		}
		id, secret, ok := ReadScreen(token)
		if !ok || id != k.ID || !k.Holds("cin", secret) || k.Holds("passport", secret) {
			t.Errorf("%s reads as %q, %v", token, id, ok)
		}
	}
}

func FuzzReadScreen(f *testing.F) {
	for _, s := range []string{"", "k1.a.b", "k1..AAAAAAAAAAAAAAAAAAAAAA", "k1.a.AAAAAAAAAAAAAAAAAAAAAA", "v1.a.b.c.d", "k1.a.AAAAAAAAAAAAAAAAAAAAA="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, secret, ok := ReadScreen(s)
		if ok && (id == "" || len(secret) != secretBytes) {
			t.Errorf("%q reads as %q, %x", s, id, secret)
		}
	})
}
