package monitorweb

import (
	"context"
	"strconv"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

type gapsIn struct {
	PeriodIn
	Check  string `query:"check" doc:"Name of a check; gaps of every check come with it. All by default" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string `query:"cursor" maxLength:"200"`
}

// gapOut is a stretch in which nobody looked, or nothing could be seen.
type gapOut struct {
	Check  string    `json:"check" doc:"Empty: every check"`
	Cause  string    `json:"cause" doc:"blind: looks happened, and our own connection was gone"`
	From   time.Time `json:"from" doc:"When the first look was due"`
	To     time.Time `json:"to" doc:"When the last one was"`
	Missed int64     `json:"missed" doc:"Looks"`
}

type gapsOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []gapOut `json:"items"`
		Next  string   `json:"next" doc:"Cursor of the next page; empty at the end"`
	}
}

// apiGaps answers GET /api/v1/services/{slug}/gaps, as the page of what was measured:
// neighbouring gaps of one cause are one.
func (p *Pages) apiGaps(ctx context.Context, in *gapsIn) (*gapsOut, error) {
	by := web.ActorFrom(ctx)
	v, err := p.store.Service(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ReadServices, v.Institution); err != nil {
		return nil, err
	}
	from, to, err := p.period(in.PeriodIn)
	if err != nil {
		return nil, err
	}
	only, ok := checkNamed(v, in.Check)
	if !ok && in.Check != "" {
		return nil, fault.At("check", "check.unknown", in.Check)
	}
	gaps, err := p.gapsOf(ctx, v, from, to)
	if err != nil {
		return nil, err
	}
	until := int64(1<<63 - 1)
	if in.Cursor != "" {
		if until, err = readNumber(in.Cursor); err != nil {
			return nil, err
		}
	}
	names := map[int64]string{}
	for _, c := range v.Checks {
		names[c.ID] = c.Name
	}
	out := &gapsOut{Cache: "no-store"}
	out.Body.Items = []gapOut{}
	last := int64(0)
	for _, g := range gaps {
		at := g.StartedAt.UnixMicro()
		if at > until || in.Check != "" && g.CheckID != 0 && g.CheckID != only.ID {
			continue
		}
		if len(out.Body.Items) >= in.Limit && at != last { // those of one moment stay together
			out.Body.Next = cursor(strconv.FormatInt(at, 10))
			break
		}
		last = at
		out.Body.Items = append(out.Body.Items, shapeGap(&g, names[g.CheckID]))
	}
	return out, nil
}

func shapeGap(g *monitor.Gap, check string) gapOut {
	return gapOut{Check: check, Cause: string(g.Cause), From: g.StartedAt.UTC(), To: g.EndedAt.UTC(), Missed: g.Missed}
}
