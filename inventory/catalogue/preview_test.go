package catalogue

import (
	"testing"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// unlike are entries that lack things, each in its own way.
func unlike() []inventory.Publication {
	var all []inventory.Publication
	for n, write := range []func(*inventory.Content){
		func(*inventory.Content) {},
		func(c *inventory.Content) { c.Theme, c.Licence, c.ContactEmail = "", "", "" },
		func(c *inventory.Content) { c.Theme, c.Licence, c.ContactEmail = "?", "?", "?" },
		func(c *inventory.Content) { c.Keywords, c.Description = nil, nil },
		func(c *inventory.Content) { c.Title = lang.Text{"ar": "زيتون"} },
		func(c *inventory.Content) { c.Keywords = lang.Words{"fr": {"(x)", "a", "l'eau"}} },
		func(c *inventory.Content) { c.TemporalStart, c.TemporalEnd = "", "" },
		func(c *inventory.Content) { c.Distributions[0].URL, c.Distributions[0].DownloadURL = "x", "" },
		func(c *inventory.Content) { c.Distributions[0].DownloadURL, c.Distributions[0].Bytes = "", 0 },
		func(c *inventory.Content) { c.Distributions[0].URL, c.Distributions[0].Format = "", "???" },
		func(c *inventory.Content) { c.Distributions[0].Format, c.Distributions[0].MediaType = "", "text/csv" },
	} {
		p := sample(n + 1)
		write(&p.Content)
		all = append(all, p)
	}
	return all
}

// TestPreviewIsWhatThePackageSays: what an officer is shown before approval is
// what the portal reads after it.
func TestPreviewIsWhatThePackageSays(t *testing.T) {
	w := newWriter(settings(), vocabulary(), tree())
	for n, p := range unlike() {
		p.Files = nil // what a look at the file adds is not known while it is written
		pkg, shown := w.ckanPackage(p), NewPreview(p.Content, p.Name, vocabulary())
		if pkg.Name != shown.Name || pkg.Title != shown.Title || pkg.Notes != shown.Notes || pkg.LicenseID != shown.LicenceID {
			t.Errorf("%d: preview %+v; package %s, %q, %q, %q", n, shown, pkg.Name, pkg.Title, pkg.Notes, pkg.LicenseID)
		}
		tags := map[string]bool{}
		for _, tag := range shown.Tags {
			if tag.Tag != "" {
				tags[tag.Tag] = true
			}
		}
		for _, tag := range pkg.Tags {
			if !tags[tag.Name] {
				t.Errorf("%d: the preview lacks the tag %q", n, tag.Name)
			}
		}
		if len(tags) != len(pkg.Tags) {
			t.Errorf("%d: preview %v; package %v", n, tags, pkg.Tags)
		}
		kept := 0
		for _, r := range shown.Resources {
			if r.Left {
				continue
			}
			if got := pkg.Resources[kept]; got.Name != r.Name || got.Format != r.Format || got.URL != r.URL {
				t.Errorf("%d: preview %+v; resource %+v", n, r, got)
			}
			kept++
		}
		if kept != len(pkg.Resources) {
			t.Errorf("%d: preview keeps %d; package %d", n, kept, len(pkg.Resources))
		}
	}
}

// TestClaimsAreWhatTheFeedSays compares each claim with the statements written.
func TestClaimsAreWhatTheFeedSays(t *testing.T) {
	w := newWriter(settings(), vocabulary(), tree())
	for n, p := range unlike() {
		p.Files = nil // the claims are those of what was written; a look at the file only adds to them
		said := map[string]bool{}
		for _, node := range w.describe(p) {
			for _, property := range node.properties {
				said[node.types[0]+" "+property.name] = true
			}
		}
		claims, ok := ClaimsOf(p.Content.Distributions[0])
		licence, licensed := vocabulary().Licence(p.Content.Licence)
		theme, themed := vocabulary().Theme(p.Content.Theme)
		for name, holds := range map[string]bool{
			"dcat:Dataset dcat:keyword": KeywordsClaimed(p.Content.Keywords), "dcat:Dataset dct:title": Titled(p.Content),
			"dcat:Dataset dcat:theme": themed && ThemeClaimed(theme), "dcat:Dataset dcat:distribution": ok,
			"dcat:Dataset dct:spatial": true, "dcat:Dataset dct:accessRights": true, "dcat:Dataset dct:publisher": true,
			"dcat:Dataset dct:issued": true, "dcat:Dataset dct:modified": true,
			"dcat:Distribution dcat:accessURL": claims.Access != "", "dcat:Distribution dcat:downloadURL": claims.Download != "",
			"dcat:Distribution dct:format": claims.FileType != "", "dcat:Distribution dcat:mediaType": claims.MediaType != "",
			"dcat:Distribution dcat:byteSize": ok && claims.Bytes, "dcat:Distribution dct:license": ok && licensed,
			"dcat:Distribution dct:rights": ok,
		} {
			if said[name] != holds {
				t.Errorf("%d: %s said %v; claimed %v", n, name, said[name], holds)
			}
		}
		if licensed && ListedLicence(licence) != (licence.SPDX != "") {
			t.Errorf("%d: %s listed %v", n, licence.Code, ListedLicence(licence))
		}
	}
}
