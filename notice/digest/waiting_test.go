package digest

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/notice"
)

// letterOf is the text of the last mail to an account.
func (h *house) letterOf(account string) string {
	h.Helper()
	text := ""
	for _, l := range h.letters() {
		if l.Account == account {
			text = l.Text
		}
	}
	return strings.ReplaceAll(text, "\u00a0", " ")
}

func (h *house) forgetLetters() {
	h.Helper()
	h.ok(h.db.Where("1 = 1").Delete(&mail.Letter{}).Error)
}

func (h *house) holds(account string, want bool, parts ...string) {
	h.Helper()
	for _, part := range parts {
		if text := h.letterOf(account); strings.Contains(text, part) != want {
			h.Errorf("the mail to %s holds %q: %t\n%s", account, part, !want, text)
		}
	}
}

func TestTheHeadIsToldOfWhatWaitsForThem(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d := h.published("Barrages")
		h.on("2026-11-17")
		h.ok(db.Model(&inventory.Dataset{}).Where("id = ?", d.ID).Updates(map[string]any{
			"state": inventory.Submitted, "first_step": inventory.Waiting, "submitted_at": h.now.Add(-time.Hour),
		}).Error)
		h.run()
		h.holds("head", true, "Attend votre première approbation (1)", d.Ref)
		h.holds("operator", false, d.Ref)

		h.forgetLetters()
		h.on("2026-11-18")
		h.ok(db.Model(&inventory.Dataset{}).Where("id = ?", d.ID).Updates(map[string]any{
			"first_step": inventory.Endorsed, "submitted_at": h.now.Add(-time.Hour),
		}).Error)
		h.run()
		h.holds("head", false, "première approbation")
		h.holds("operator", true, d.Ref)

		h.forgetLetters()
		h.on("2026-11-19")
		h.ok(db.Model(&inventory.Dataset{}).Where("id = ?", d.ID).Updates(map[string]any{
			"first_step": inventory.Waiting, "submitted_at": h.now.Add(-time.Hour), "submitted_by": "head",
		}).Error)
		h.run()
		h.holds("head", false, "première approbation") // nobody approves their own
	})
}

func TestSignsOfPersonsAreToldToOfficers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d := h.published("Barrages")
		h.on("2026-11-17").run()
		h.forgetLetters()
		h.on("2026-11-18")
		sign := inventory.Sign{Kind: "phone", Column: "Téléphone", Matches: 9, Cells: 10}
		h.ok(h.register.Found(t.Context(), d.ID, d.Content.Distributions[0].ID, []inventory.Sign{sign}))
		h.run()
		h.holds("officer", true, "Donnée personnelle possible, à vérifier (1)", "1 indice attend votre réponse.", "/desk/datasets/"+d.Ref+"/persons")
		for _, account := range []string{"head", "operator", "stranger", "member"} {
			h.holds(account, false, "personnelle")
		}
		h.forgetLetters()
		h.on("2026-11-19").run()
		h.holds("officer", false, "indice") // told once, as long as nothing is new
	})
}

func TestAnswersAreNewWhenTheyComeAndWhenTheirTermPasses(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.on("2026-11-17")
		line := notice.Line{Ref: "FB-2026-0001", Last: h.now.Add(-time.Hour), Due: h.now.AddDate(0, 0, 1), Path: "/desk/requests/FB-2026-0001"}
		h.maker.Answers = func(_ context.Context, by identity.Actor) ([]notice.Line, error) {
			if by.Account != "officer" {
				return nil, nil
			}
			return []notice.Line{line}, nil
		}
		for _, day := range []struct {
			on   string
			told bool
		}{{"2026-11-17", true}, {"2026-11-18", true}, {"2026-11-19", false}} {
			h.forgetLetters()
			h.on(day.on).run()
			h.holds("officer", day.told, "réponse attendue au plus tard le", "https://jard.test/desk/requests/FB-2026-0001")
		}
	})
}

func TestOnlyWhoIsChargedIsTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.published("Barrages")
		h.maker.Charge = func(context.Context) (func(account, institution string) bool, error) {
			return func(account, _ string) bool { return account == "arabic" }, nil
		}
		h.on("2026-12-15").run()
		if h.letterOf("arabic") == "" || h.letterOf("officer") != "" {
			t.Error("another than the designated officer was told")
		}
	})
}
