package monitorweb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// chainLine is one certificate of a chain.
type chainLine struct {
	Subject, Issuer, Key string
	From, Until          time.Time
	Days                 int  // left; below nothing once it is over
	Over                 bool // or not yet begun
	SHA256               string
}

// chainView is a chain as a page shows it.
type chainView struct {
	web.Page
	Lines []chainLine
}

func chainOf(p web.Page, chain []monitor.Certificate, now time.Time) chainView {
	lines := make([]chainLine, 0, len(chain))
	for _, c := range chain {
		lines = append(lines, chainLine{
			Subject: c.Subject, Issuer: c.Issuer, Key: c.Key, From: c.NotBefore, Until: c.NotAfter,
			Days: int(c.NotAfter.Sub(now) / (24 * time.Hour)), Over: now.After(c.NotAfter) || now.Before(c.NotBefore), SHA256: c.SHA256,
		})
	}
	return chainView{p, lines}
}

// versionLine is a language version of a service, and how it stands.
type versionLine struct {
	Language lang.Tag
	Name     string
	Mark     web.Mark
	Reason   string
}

// versionsOf tells how each language version stands that has checks of its
// own: of several the worst.
func versionsOf(p web.Page, checks []monitor.Check, currents map[int64]monitor.Current, now time.Time) []versionLine {
	var lines []versionLine
	for _, tag := range lang.All() {
		var own []monitor.Check
		for _, c := range checks {
			if w := c.Settings.Web; w != nil && w.Language == tag {
				own = append(own, c)
			}
		}
		if len(own) == 0 {
			continue
		}
		verdict, reason, _ := monitor.Worst(own, currents, now)
		lines = append(lines, versionLine{tag, p.T("checks.language." + string(tag)), verdictMark(p, verdict), reasonWords(p, reason)})
	}
	return lines
}

// fillSecured adds the certificates of the check that is looked at closer, and
// the language versions.
func (p *Pages) fillSecured(ctx context.Context, page *servicePage, currents map[int64]monitor.Current) error {
	page.Versions = versionsOf(page.Page, page.Service.Checks, currents, page.At)
	chain, err := p.store.Chain(ctx, page.Check.ID)
	if err != nil {
		return err
	}
	page.Chain = chainOf(page.Page, chain, page.At)
	return nil
}
