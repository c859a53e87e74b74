package catalogueweb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// History is what the change feed reads of the register. The store satisfies
// it; it is an interface because a lost database must be tried, too.
type History interface {
	Changes(ctx context.Context, since inventory.Mark, upTo int64, limit int) ([]inventory.Publication, bool, error)
	LatestChanges(ctx context.Context, before inventory.Mark, upTo int64, limit int) ([]inventory.Publication, bool, error)
	PublicIDs(ctx context.Context, refs []string) (map[string]string, error)
}

// changesPath is the address of the change feed for programs.
const changesPath = "/api/v1/catalogue/changes"

// changesAPI adds the change feed to the JSON API. It asks nobody's name: what
// it tells is public.
func (p *Pages) changesAPI() {
	web.Register(p.shell, huma.Operation{
		OperationID: "catalogue-changes", Method: http.MethodGet, Path: changesPath,
		Summary: "What changed in the public catalogue since a cursor",
		Description: "Each dataset once, in its present state, in the order in which changes became visible. Begin " +
			"without a cursor for everything (or with `since=now` after taking a copy), keep `cursor`, and ask with it next " +
			"time: no change is missed. A cursor this register never gave is answered 410: take a full copy again.",
		Tags: []string{"Catalogue"}, Security: web.PublicOperation(),
	}, p.apiChanges)
}

type changesIn struct {
	Since       string `query:"since" maxLength:"200" doc:"The cursor of an earlier answer; empty begins with everything, \"now\" with nothing"`
	Limit       int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	IfNoneMatch string `header:"If-None-Match"`
}

type changesOut struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Anyone       string `header:"Access-Control-Allow-Origin"`
	Link         string `header:"Link"`
	Body         changesBody
}

type changesBody struct {
	Items    []changeOut `json:"items" doc:"In the order in which they became visible"`
	Next     string      `json:"next" doc:"Cursor of the next page; empty on the last"`
	Cursor   string      `json:"cursor" doc:"Where this answer ends: ask with it next time"`
	Snapshot string      `json:"snapshot" doc:"The edition of the catalogue that these changes have reached"`
	HeldBack bool        `json:"held_back" doc:"An operator went back to this edition: later changes are told once the newest is served again"`
}

type changeOut struct {
	Cursor      string                 `json:"cursor" doc:"Everything up to this change"`
	Kind        inventory.PublicChange `json:"kind" enum:"created,updated,withdrawn,restored" doc:"For a reader who knows what is before the cursor; store what comes in whatever it is called"`
	ID          string                 `json:"id" doc:"UUID"`
	Ref         string                 `json:"ref"`
	Name        string                 `json:"name"`
	IRI         string                 `json:"iri"`
	Institution string                 `json:"institution"`
	At          time.Time              `json:"at" doc:"metadata_modified; of a withdrawal, when it was decided"`
	Revision    int                    `json:"revision"`
	Reason      string                 `json:"reason,omitempty" doc:"Of a withdrawal"`
	ReplacedBy  string                 `json:"replaced_by,omitempty" doc:"Ref of what takes its place"`
	Replacement string                 `json:"replacement,omitempty" doc:"IRI of what takes its place"`
}

// sinceNow asks for a cursor and no changes.
const sinceNow = "now"

// apiChanges answers GET /api/v1/catalogue/changes. It tells of nothing that
// the catalogue we serve does not hold yet.
func (p *Pages) apiChanges(ctx context.Context, in *changesIn) (*changesOut, error) {
	s, err := p.feed.current(ctx)
	if err != nil {
		return nil, err
	}
	var since inventory.Mark
	if in.Since == sinceNow {
		since = inventory.MarkOf(s.Version)
	} else if since, err = inventory.ParseMark("since", in.Since); err != nil {
		return nil, err
	}
	changed, more, err := p.history.Changes(ctx, since, s.Version, in.Limit)
	if err != nil {
		return nil, err
	}
	body := changesBody{Items: []changeOut{}, Cursor: since.String(), Snapshot: s.ID, HeldBack: p.Pinned()}
	ids, err := p.replacements(ctx, changed)
	if err != nil {
		return nil, err
	}
	for _, d := range changed {
		body.Items = append(body.Items, p.changeOf(d, since, ids))
		body.Cursor = d.Mark().String()
	}
	if more {
		body.Next = body.Cursor
	}
	return p.changesAnswer(in, body)
}

// replacements finds the UUIDs of what takes the place of the withdrawn.
func (p *Pages) replacements(ctx context.Context, changed []inventory.Publication) (map[string]string, error) {
	var refs []string
	for _, d := range changed {
		if d.ReplacedBy != "" {
			refs = append(refs, d.ReplacedBy)
		}
	}
	return p.history.PublicIDs(ctx, refs)
}

func (p *Pages) changeOf(d inventory.Publication, since inventory.Mark, ids map[string]string) changeOut {
	out := changeOut{
		Cursor: d.Mark().String(), Kind: d.ChangeSince(since), ID: d.DatasetID, Ref: d.Ref, Name: d.Name,
		IRI: p.settings.DatasetIRI(d.DatasetID), Institution: d.Institution, At: d.Modified.UTC(), Revision: d.Revision,
	}
	if !d.Live() {
		out.At, out.Reason, out.ReplacedBy = d.WithdrawnAt.UTC(), d.WithdrawalReason, d.ReplacedBy
		if id := ids[d.ReplacedBy]; id != "" {
			out.Replacement = p.settings.DatasetIRI(id)
		}
	}
	return out
}

// changesAnswer gives the body its validator and the link to the next page.
func (p *Pages) changesAnswer(in *changesIn, body changesBody) (*changesOut, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	out := &changesOut{Body: body, CacheControl: "no-cache", Anyone: "*", ETag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	if body.Next != "" {
		out.Link = "<" + p.shell.URL(changesPath) + "?since=" + body.Next + `>; rel="next"`
	}
	for tag := range strings.SplitSeq(in.IfNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == out.ETag {
			return nil, huma.Status304NotModified()
		}
	}
	return out, nil
}
