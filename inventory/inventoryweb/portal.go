package inventoryweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/web"
)

// portal is what a national portal will display, and what it will refuse or change.
type portal struct {
	quality.Preflight
	View      *catalogue.PortalView // as the feed writes it; nil where nobody wrote it
	Lines     []portalLine
	Consumers []portalConsumer // what single kinds of portals do besides
	Tags      []string
	Frequency string
}

// portalLine is one finding in words.
type portalLine struct {
	Mark        web.Mark
	Href, Label string
	Message     string
}

// portalConsumer is a kind of portal with what it does.
type portalConsumer struct {
	Name  string
	Lines []portalLine
}

// effectKinds are the shapes of what portals do.
var effectKinds = map[quality.Effect]string{quality.Refuses: "down", quality.Changes: "due"}

// portal looks at an entry with the portal's rules; edit is as for score.
func (p *Pages) portal(c *gin.Context, w words, d *inventory.Dataset, edit string) (portal, error) {
	name, view := d.Name, (*catalogue.PortalView)(nil)
	if p.beside.Portal != nil && d.State != inventory.Withdrawn {
		would, err := p.store.WouldPublish(c.Request.Context(), d)
		if err != nil {
			return portal{}, err
		}
		written, err := p.beside.Portal(c.Request.Context(), *would)
		if err != nil {
			return portal{}, err
		}
		name, view = would.Name, &written
	}
	shown := portal{Preflight: quality.NewPreflight(d.Content, name, d.Ref, w.names.Vocabulary), View: view}
	shown.Named(d.Content, d.Name != "")
	seen := map[string]bool{}
	for _, t := range shown.Shown.Tags {
		if t.Tag != "" && !seen[t.Tag] {
			seen[t.Tag] = true
			shown.Tags = append(shown.Tags, t.Tag)
		}
	}
	for _, f := range shown.Findings {
		shown.Lines = append(shown.Lines, w.portalLine(f, edit))
	}
	for _, n := range shown.Notes {
		who := w.page.T("twins.consumer." + string(n.Consumer))
		at := len(shown.Consumers) - 1
		if at < 0 || shown.Consumers[at].Name != who {
			shown.Consumers = append(shown.Consumers, portalConsumer{Name: who})
			at++
		}
		shown.Consumers[at].Lines = append(shown.Consumers[at].Lines, w.portalLine(n.Finding, edit))
	}
	if d.Content.Frequency != "" {
		shown.Frequency = w.names.frequency(d.Content.Frequency).In(w.page.Lang)
	}
	return shown, nil
}

func (w words) portalLine(f quality.Finding, edit string) portalLine {
	return portalLine{
		Mark: w.page.Mark(effectKinds[f.Effect], "quality.effect."+string(f.Effect)), Label: w.label(generic(f.Field)),
		Href: fieldAt(edit, f.Field), Message: w.page.T(f.Key, f.Args...),
	}
}
