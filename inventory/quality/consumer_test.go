package quality

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// TestEachConsumerHasItsOwnWays: what one kind of portal refuses or changes, and the others do not.
func TestEachConsumerHasItsOwnWays(t *testing.T) {
	v := vocabulary()
	for _, tt := range []struct {
		name  string
		write func(*inventory.Content)
		want  []string
	}{
		{"everything there", func(c *inventory.Content) { c.Title["ar"] = "زيتون" }, nil},
		{"no Arabic title", func(c *inventory.Content) { c.Title = lang.Text{"fr": "Olives"} }, []string{"ckan changes title.ar twins.portal.no_arabic"}},
		{"no Latin letters", func(c *inventory.Content) { c.Title = lang.Text{"ar": "زيتون"} }, []string{"dcat_rdf changes title.fr twins.portal.dcat_name"}},
		{
			"nothing to get", func(c *inventory.Content) { c.Title["ar"] = "زيتون"; c.Distributions = nil },
			[]string{"udata refuses distributions twins.portal.udata_no_resource"},
		},
		{"no keyword", func(c *inventory.Content) { c.Title["ar"] = "زيتون"; c.Keywords = nil }, []string{"gsa changes keywords.fr twins.portal.gsa_keyword"}},
		{
			"a long ground", func(c *inventory.Content) { c.Title["ar"] = "زيتون"; c.LegalGround = strings.Repeat("é", 256) },
			[]string{"gsa changes legal_ground twins.portal.gsa_rights"},
		},
		{"a file of no known type", func(c *inventory.Content) {
			c.Title["ar"] = "زيتون"
			c.Distributions = []inventory.Distribution{{URL: "https://data.example/f", DownloadURL: "https://data.example/f"}}
		}, []string{"gsa changes distributions.0.media_type twins.portal.gsa_media"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := full()
			c.Title = lang.Text{"fr": c.Title["fr"], "ar": c.Title["ar"]}
			tt.write(&c)
			var got []string
			for _, n := range NewPreflight(c, "olives", "TN-MARHP-2026-0001", v).Notes {
				got = append(got, fmt.Sprintf("%s %s %s %s", n.Consumer, n.Effect, n.Field, n.Key))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("notes %q; want %q", got, tt.want)
			}
		})
	}
}

func TestANameThatIsTakenIsTold(t *testing.T) {
	c := full()
	c.Title = lang.Text{"fr": "Olives"}
	for name, want := range map[string]int{"olives": 0, "olives-2": 1} {
		p := NewPreflight(c, name, "TN-MARHP-2026-0001", vocabulary())
		before := len(p.Findings)
		p.Named(c, false)
		if got := len(p.Findings) - before; got != want {
			t.Errorf("the name %s makes %d findings; want %d", name, got, want)
		}
		p.Named(c, true) // fixed by an earlier approval: the title may have changed since
		if got := len(p.Findings) - before; got != want {
			t.Errorf("a fixed name makes %d findings", got)
		}
	}
}
