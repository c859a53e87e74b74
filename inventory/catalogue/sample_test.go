package catalogue

import (
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// now is the moment every test happens at.
var now = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

func settings() Settings {
	return Settings{
		BaseURL:     "https://jard.example",
		Title:       lang.Text{"fr": "Registre", "ar": "السجل"},
		Publisher:   lang.Text{"fr": "Unité", "ar": "وحدة"},
		Contact:     "contact@jard.example",
		Licence:     "https://jard.example/licence",
		Legislation: []string{"https://jard.example/decret"},
	}
}

func vocabulary() *inventory.Vocabulary {
	return &inventory.Vocabulary{
		Frequencies: []inventory.Frequency{
			{Code: "monthly", CKAN: "monthly", EU: "MONTHLY", ISO8601: "P1M", Accrual: "R/P1M"},
			{Code: "never", CKAN: "never", EU: "NEVER"},
		},
		Themes: []inventory.Theme{
			{Code: "agriculture", Name: lang.Text{"fr": "Agriculture", "ar": "الفلاحة"}, EU: "AGRI"},
			{Code: "sante", Name: lang.Text{"fr": "Santé", "ar": "الصحة"}, EU: "HEAL"},
		},
		Licences: []inventory.Licence{
			{Code: "LNDPO-TN", PortalID: "licence-nationale", Name: lang.Text{"fr": "Licence nationale"}, URL: "https://data.gov.tn/licence", Approvable: "default"},
			{Code: "CC-BY-4.0", PortalID: "cc-by", Name: lang.Text{"fr": "Creative Commons Attribution"}, URL: "https://creativecommons.org/licenses/by/4.0/", SPDX: "CC-BY-4.0", Approvable: "yes"},
			{Code: "CC-BY-ALT", PortalID: "cc-by-long", Name: lang.Text{"fr": "CC BY"}, AliasOf: "CC-BY-4.0"},
		},
		Governorates: []inventory.Governorate{{Code: "TN-61", Name: lang.Text{"fr": "Sfax", "ar": "صفاقس"}, URI: "https://sws.geonames.org/2467450/"}},
	}
}

func tree() identity.Tree {
	return identity.Tree{
		"marhp":  {Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Agriculture", "ar": "وزارة الفلاحة"}, Site: "https://agriculture.example"},
		"onagri": {Slug: "onagri", Kind: identity.Establishment, Parent: "marhp", Name: lang.Text{"fr": "Observatoire", "ar": "المرصد"}},
	}
}

// sample is the nth dataset of a register that has everything.
func sample(n int) inventory.Publication {
	modified := now.Add(-time.Duration(n%700) * time.Hour).Add(time.Duration(n) * time.Microsecond)
	return inventory.Publication{
		DatasetID: fmt.Sprintf("00000000-0000-4000-8000-%012x", n), Ref: fmt.Sprintf("TN-MARHP-2026-%04d", n),
		Name: fmt.Sprintf("production-%d", n), Institution: []string{"marhp", "onagri"}[n%2], Revision: 1 + n%3,
		Issued: modified.Add(-24 * time.Hour), Modified: modified,
		Files: []inventory.FileFact{{
			ID: fmt.Sprintf("10000000-0000-4000-8000-%012x", n), Issued: modified.Add(-24 * time.Hour), Changed: modified,
			Format: "ZIP", Bytes: int64(2000 + n), SHA256: fmt.Sprintf("%064x", n),
		}},
		Content: inventory.Content{
			Title:       lang.Text{"fr": fmt.Sprintf("Production d'olives %d", n), "ar": fmt.Sprintf("إنتاج الزيتون %d", n)},
			Description: lang.Text{"fr": "Production mensuelle par gouvernorat, en tonnes.", "ar": "الإنتاج الشهري حسب الولاية"},
			Keywords:    lang.Words{"fr": {"olives", "qualité de l'air"}, "ar": {"زيتون", "الصحّة"}},
			Theme:       []string{"agriculture", "sante"}[n%2], Frequency: "monthly", Licence: []string{"LNDPO-TN", "CC-BY-ALT"}[n%2],
			Openness: inventory.Open, TemporalStart: "2020-01-01", TemporalEnd: "2025-12-31", Spatial: []string{"TN-61"},
			ContactName: "Chargé des données", ContactEmail: "donnees@agriculture.example", DataModified: "2026-07-01",
			Distributions: []inventory.Distribution{{
				ID: fmt.Sprintf("10000000-0000-4000-8000-%012x", n), Title: lang.Text{"fr": "Fichier", "ar": "ملف"},
				URL: "https://data.example/page", DownloadURL: fmt.Sprintf("https://data.example/f%d.csv", n), Format: "CSV", Bytes: 1234,
			}},
		},
	}
}

func samples(n int) []inventory.Publication {
	all := make([]inventory.Publication, 0, n)
	for i := 1; i <= n; i++ {
		all = append(all, sample(i))
	}
	return all
}

func register(live ...inventory.Publication) Register {
	return Register{Version: 1, Publications: live, Vocabulary: vocabulary(), Institutions: tree()}
}

func build(tb testing.TB, live ...inventory.Publication) *Snapshot {
	tb.Helper()
	s, err := Build(settings(), register(live...), nil, now)
	if err != nil {
		tb.Fatalf("Build: %v", err)
	}
	return s
}
