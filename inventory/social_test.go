package inventory_test

import (
	"testing"

	"github.com/jard-odi/jard/inventory"
)

func TestPagesOfSocialNetworksAreNoPlaceForData(t *testing.T) {
	for address, want := range map[string]bool{
		"https://www.facebook.com/commune/": true, "https://m.facebook.com/p": true, "https://FB.com/x": true, "https://x.com/a": true,
		"https://notfacebook.com/a.csv": false, "https://www.agriculture.tn/facebook.com.csv": false, "": false, "://": false,
	} {
		if got := inventory.Social(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	c := inventory.Content{Openness: inventory.Open, Distributions: []inventory.Distribution{
		{URL: "https://www.facebook.com/commune", Format: "CSV"}, {URL: "https://www.agriculture.tn/a.csv", Format: "CSV"},
	}}
	var warned []string
	for _, f := range c.Warnings(&inventory.Vocabulary{}) {
		if f.Key == "file.social" {
			warned = append(warned, f.Field)
		}
	}
	if len(warned) != 1 || warned[0] != "distributions.0.url" {
		t.Errorf("warned at %v", warned)
	}
}
