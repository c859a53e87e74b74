package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/identity"
)

// spoken writes a menu as one line: "a b [c*: d e*]", a star at the current entries.
func spoken(links []NavLink) string {
	words := make([]string, 0, len(links))
	for _, l := range links {
		word := strings.TrimPrefix(l.Name, "web.nav.group.")
		if l.Current {
			word += "*"
		}
		if l.Links != nil {
			word = "[" + word + ": " + spoken(l.Links) + "]"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// TestMenus sees that entries stand by rank whatever the order of wiring, that
// groups open only when they hold several, and that nobody sees what they may not.
func TestMenus(t *testing.T) {
	items := []NavItem{
		{Path: "/desk/mail", Key: "mail", Act: identity.ManageMail, Desk: true},
		{Path: "/open", Key: "open"},
		{Path: "/desk/plan", Key: "plan", Act: identity.ReadRegister, Desk: true, Group: NavRegister, Rank: 11},
		{Path: "/desk/committee", Key: "committee", Act: identity.Advise, Desk: true, Rank: 32},
		{Path: "/desk/committee", Key: "committee", Act: identity.KeepCommittee, Desk: true, Rank: 32},
		{Path: "/desk/datasets", Key: "datasets", Act: identity.ReadRegister, Desk: true, Group: NavBar, Rank: 3},
		{Path: "/desk/services", Key: "services", Act: identity.ReadServices, Desk: true, Group: NavFollow, Rank: 24},
		{Path: "/desk", Key: "desk", Desk: true, Group: NavBar, Rank: 1},
		{Path: "/desk/figures", Key: "figures", Act: identity.ReadRegister, Desk: true, Group: NavFollow, Rank: 21},
	}
	for range 2 {
		s := &Shell{nav: publicNav()}
		for _, item := range items {
			s.AddNav(item)
		}
		for _, c := range []struct {
			role               identity.Role
			path, public, desk string
		}{
			{identity.Public, "/datasets/TN-1", "web.nav.datasets* web.nav.status open web.nav.api", ""},
			{identity.Officer, "/desk/figures/late", "web.nav.datasets web.nav.status open web.nav.api", "desk datasets plan [follow*: figures* services]"},
			{identity.ServiceOwner, "/desk", "web.nav.datasets web.nav.status open web.nav.api", "desk* services"},
			{identity.MCD, "/desk/bulk", "web.nav.datasets web.nav.status open web.nav.api", "desk* datasets plan [follow: figures services] [house: mail committee]"},
		} {
			r := &request{}
			if c.role != identity.Public {
				r.actor = identity.Actor{Account: "a", Role: c.role, Institution: "marhp", Institutions: []string{"marhp"}}
			}
			public, desk := s.menus(r, c.path)
			if got := spoken(public); got != c.public {
				t.Errorf("%s at %s: the public menu is %q; want %q", c.role, c.path, got, c.public)
			}
			if got := spoken(desk); got != c.desk {
				t.Errorf("%s at %s: the working menu is %q; want %q", c.role, c.path, got, c.desk)
			}
		}
		slices.Reverse(items[2:]) // wired the other way round
	}
}
