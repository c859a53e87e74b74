package catalogue

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// resourcesOf are the resources as package_show answers them.
func resourcesOf(t *testing.T, p inventory.Publication) []ckanResource {
	t.Helper()
	var got ckanPackage
	ask(t, build(t, p), "package_show", Args{"id": p.DatasetID}, &got)
	return got.Resources
}

func TestResourcesTellWhatLooksAtFilesFound(t *testing.T) {
	p := sample(1)
	p.Files = nil
	plain := resourcesOf(t, p)[0]
	if plain.Hash != "" || plain.HashAlgorithm != "" || *plain.Size != 1234 || *plain.LastModified != "2026-07-01T00:00:00.000000" || plain.Created != naiveTime(p.Issued) {
		t.Errorf("never looked at: %+v", plain)
	}
	sum := strings.Repeat("ab", 32)
	p.Files = []inventory.FileFact{{
		ID: p.Content.Distributions[0].ID, Issued: now.Add(-time.Hour), Changed: now.Add(-time.Minute), Format: "CSV", Bytes: 99, SHA256: sum,
	}}
	seen := resourcesOf(t, p)[0]
	if seen.Hash != sum || !strings.HasSuffix(seen.HashAlgorithm, "checksumAlgorithm_sha256") || *seen.Size != 99 ||
		*seen.LastModified != "2026-08-20T08:59:00.000000" || seen.Created != "2026-08-20T08:00:00.000000" {
		t.Errorf("looked at: %+v", seen)
	}
	p.Files[0].SHA256 = "nonsense"
	if got := resourcesOf(t, p)[0]; got.Hash != "" {
		t.Errorf("hash %q", got.Hash)
	}
}

// The national portal's names for Arabic, and French first where CKAN has one
// language only.
func TestBothLanguagesOfThePortal(t *testing.T) {
	p := sample(1)
	p.Content.Title = lang.Text{"ar": "إنتاج الزيتون", "fr": "Production d'olives", "en": "Olives"}
	p.Content.Keywords = lang.Words{"ar": {"الصحّة"}, "fr": {"eau & assainissement", "prix (TND)"}}
	var got map[string]any
	ask(t, build(t, p), "package_show", Args{"id": p.Name}, &got)
	keywords := got["keywords"].(map[string]any)
	for what, pair := range map[string][2]any{
		"title": {got["title"], "Production d'olives"}, "title_ar": {got["title_ar"], "إنتاج الزيتون"},
		"notes_ar": {got["notes_ar"], "الإنتاج الشهري حسب الولاية"}, "frequency_update": {got["frequency_update"], "monthly"},
		"keyword ar": {keywords["ar"].([]any)[0], "الصحّة"}, "keyword fr": {keywords["fr"].([]any)[0], "eau & assainissement"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v; want %v", what, pair[0], pair[1])
		}
	}
	var tags []string
	for _, tag := range got["tags"].([]any) {
		tags = append(tags, tag.(map[string]any)["name"].(string))
	}
	if strings.Join(tags, "|") != "eau assainissement|prix TND|الصحة" {
		t.Errorf("tags %q", tags)
	}
	p.Content.Title = lang.Text{"ar": "إنتاج الزيتون"}
	if ask(t, build(t, p), "package_show", Args{"id": p.Name}, &got); got["title"] != "إنتاج الزيتون" {
		t.Errorf("Arabic alone: title %v", got["title"])
	}
}
