package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
)

// licenceOfScores is the licence of the scores of services, and its code in the
// register's list.
const (
	licenceOfScores     = "https://data.gov.tn/fr/licences-de-r%C3%A9utilisation-des-donn%C3%A9es-publiques-ouvertes/"
	licenceOfScoresCode = "LNDPO-TN"
)

// ownData keeps the scores of services in the register, as any other body's
// dataset: recorded as a draft that an officer submits and the operator reviews,
// with a duty to update it each quarter. What the machine does is to record it
// once, and to declare the update when an edition is frozen.
type ownData struct {
	register    *inventorydb.Store
	editions    *assessdb.Store
	institution string
	url         func(path string) string
	contact     string
	log         *slog.Logger
}

// keep is the daily job.
func (o ownData) keep(ctx context.Context) error {
	by := identity.System("keep the dataset of scores")
	newest, err := o.newest(ctx)
	if err != nil {
		return err
	}
	d, err := o.find(ctx, by)
	if errors.Is(err, fault.NotFound) {
		if d, err = o.register.Create(ctx, by, o.institution, o.content(newest)); err == nil {
			o.log.Info("the scores of services were recorded as a dataset", "room", "why", "ref", d.Ref)
		}
	}
	if err != nil {
		return err
	}
	if newest == "" || newest <= d.Content.DataModified || d.State == inventory.Withdrawn {
		return nil // withdrawn by somebody: it stays so
	}
	_, err = o.register.Change(ctx, by, d.Ref, "dataset.refresh", 0, func(d *inventory.Dataset) error {
		return d.Refresh(by, newest, time.Now())
	})
	return err
}

// find looks for the dataset by the address of its table.
func (o ownData) find(ctx context.Context, by identity.Actor) (*inventory.Dataset, error) {
	address := o.url("/assessment/scores.csv")
	for cursor := ""; ; {
		page, err := o.register.List(ctx, by, inventorydb.Filter{Institution: o.institution, Limit: 500, Cursor: cursor})
		if err != nil {
			return nil, err
		}
		for n := range page.Items {
			d := &page.Items[n]
			if slices.ContainsFunc(d.Content.Distributions, func(x inventory.Distribution) bool { return x.DownloadURL == address }) {
				return d, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil, fault.New(fault.NotFound, "fault.not_found") // not recorded yet
		}
	}
}

// newest is the day on which an edition was last frozen; empty before the first.
func (o ownData) newest(ctx context.Context) (inventory.Date, error) {
	all, err := o.editions.Editions(ctx, identity.Actor{})
	day := inventory.Date("")
	for _, e := range all {
		if e.State == assess.Frozen && e.FrozenAt != nil {
			day = max(day, inventory.DateOf(*e.FrozenAt, inventory.Tunis()))
		}
	}
	return day, err
}

func (o ownData) content(newest inventory.Date) inventory.Content {
	const csv, json = "/assessment/scores.csv", "/assessment/scores.json"
	return inventory.Content{
		Title: lang.Text{
			"fr": "Notes, satisfaction et disponibilité des services en ligne", "ar": "تقييم الخدمات على الخط ورضا مستعمليها ومدى توفرها",
			"en": "Scores, satisfaction and availability of online services",
		},
		Description: lang.Text{
			"fr": "Une ligne par service et par trimestre : note sur cent et part connue de cette note, satisfaction sur dix et disponibilité, " +
				"avec leurs intervalles à 95 % et le nombre d'observations, la version des critères et l'empreinte de l'édition publiée.",
			"ar": "سطر لكل خدمة وثلاثي: العدد من مائة والنسبة المعلومة منه، والرضا من عشرة ونسبة التوفر مع مجال الثقة (95 %) وعدد الملاحظات، " +
				"ونسخة المعايير وبصمة الإصدار المنشور.",
			"en": "One line for each service and quarter: score on a hundred and how much of it is known, satisfaction on ten and availability with " +
				"their 95 % intervals and the number of observations, the version of the criteria and the fingerprint of the edition.",
		},
		Keywords: lang.Words{
			"fr": {"services en ligne", "satisfaction", "disponibilité", "évaluation"}, "ar": {"خدمات على الخط", "رضا", "توفر", "تقييم"},
			"en": {"online services", "satisfaction", "availability", "assessment"},
		},
		Theme: "administration", Frequency: "quarterly", Licence: licenceOfScoresCode, Openness: inventory.Open, ContactEmail: o.contact,
		DataModified: newest,
		Distributions: []inventory.Distribution{
			{Title: lang.Text{"fr": "Table CSV", "ar": "جدول CSV", "en": "CSV table"}, URL: o.url(csv), DownloadURL: o.url(csv), Format: "CSV", MediaType: "text/csv"},
			{Title: lang.Text{"fr": "Fichier JSON", "ar": "ملف JSON", "en": "JSON file"}, URL: o.url(json), DownloadURL: o.url(json), Format: "JSON", MediaType: "application/json"},
		},
	}
}
