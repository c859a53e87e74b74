package monitorweb

import (
	"context"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// lookStep is one part of the last look.
type lookStep struct {
	Name, Took, Fault string
	X, W              float64 // of its bar, in per cent
}

// fillSteps tells what the last look of the check was made of. What was wrong
// in technical words, and what was said on a port, is for who keeps services.
func (p *Pages) fillSteps(ctx context.Context, page *servicePage) error {
	inside := page.Actor.May(identity.ReadServices, page.Service.Institution)
	public := page.Check.Kind == monitor.Journey || page.Check.Kind == monitor.DNS || page.Check.Kind == monitor.Browser
	if !page.Looked || !inside && !public {
		return nil
	}
	steps, err := p.store.Steps(ctx, page.Check.ID)
	if err != nil {
		return err
	}
	// Name servers are asked all at once and a browser's clock begins anew for
	// none of its marks; the others follow each other.
	follow := page.Check.Kind != monitor.DNS && page.Check.Kind != monitor.Browser
	var total, longest, at int64
	for _, s := range steps {
		total += s.TookUs
		longest = max(longest, s.TookUs)
	}
	if !follow {
		total = longest
	}
	for _, s := range steps {
		line := lookStep{Name: s.Name, Took: millis(page.Page, s.Took()), Fault: s.Fault}
		if s.Fault != "" && !inside {
			line.Fault = page.T("kinds.steps.failed")
		}
		if total > 0 {
			line.X, line.W = round1(100*float64(at)/float64(total)), max(0.5, round1(100*float64(s.TookUs)/float64(total)))
		}
		if follow {
			at += s.TookUs
		}
		page.Steps = append(page.Steps, line)
	}
	return nil
}
