package catalogueweb

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/web"
)

// goneProblem is a problem with what a reader of the dataset wants to know.
type goneProblem struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Status      int    `json:"status"`
	Detail      string `json:"detail"` // the reason, as it was given
	Identifier  string `json:"identifier"`
	IRI         string `json:"iri"`
	Withdrawn   string `json:"withdrawn"`
	Replacement string `json:"replacement,omitempty"`
}

// gonePage is the page for people, as the register has it.
type gonePage struct {
	web.Page
	Dataset     inventory.Publication
	Institution web.Link
	Replacement *inventory.Publication
	IRI         string
}

// gone answers 410 with the reason and what takes the dataset's place: as RDF
// to who asked for RDF, as a page to people, as a problem to everybody else.
func (p *Pages) gone(c *gin.Context, s *catalogue.Snapshot, t catalogue.Tombstone, f catalogue.Format, named bool) error {
	if t.Replacement != "" {
		c.Writer.Header().Add("Link", "<"+t.Replacement+`>; rel="successor-version"`)
	}
	switch {
	case named || asksRDF(c.GetHeader("Accept"), f):
		return p.send(c, http.StatusGone, s, s.Tombstone(t, f))
	case f == htmlPage:
		return p.goneForPeople(c, s, t)
	}
	problem := goneProblem{
		Type: "urn:jard:problem:gone", Title: p.shell.Words().T(web.LangFrom(c.Request.Context()), "catalogue.dataset.gone"),
		Status: http.StatusGone, Detail: t.WithdrawalReason, Identifier: t.Ref, IRI: t.IRI, Replacement: t.Replacement,
		Withdrawn: t.Withdrawn().UTC().Format(time.RFC3339),
	}
	c.Writer.Header().Add("Vary", "Accept-Language, Cookie")
	b, err := json.Marshal(problem)
	if err != nil {
		return err
	}
	return p.send(c, http.StatusGone, s, catalogue.NewDocument("application/problem+json", b))
}

// asksRDF tells whether the format was named, and is not only what we answer
// to whoever takes anything or plain JSON.
func asksRDF(accept string, f catalogue.Format) bool {
	for part := range strings.SplitSeq(accept, ",") {
		if name, _ := weighted(part); name != "application/json" && !strings.Contains(name, "*") && offers[name] == f {
			return f != htmlPage
		}
	}
	return false
}

// goneForPeople answers a browser: the same page as at the dataset's old address.
func (p *Pages) goneForPeople(c *gin.Context, s *catalogue.Snapshot, t catalogue.Tombstone) error {
	next, err := p.successor(c.Request.Context(), s, t)
	if err != nil {
		return err
	}
	page := gonePage{
		Page: p.shell.Page(c, "dataset.page.title", t.Content.Title), Dataset: t.Publication, IRI: t.IRI, Replacement: next,
	}
	page.Institution = page.LinkTo("/institutions/"+t.Institution, s.InstitutionName(t.Institution))
	return p.shell.ShowStatus(c, http.StatusGone, "inventory_gone", page)
}

// successors bounds how many replacements of replacements are followed.
const successors = 10

// successor is what takes the place of t today: its replacement, or what has
// replaced that since; nil when nothing public does.
func (p *Pages) successor(ctx context.Context, s *catalogue.Snapshot, t catalogue.Tombstone) (*inventory.Publication, error) {
	for range successors {
		id := strings.TrimPrefix(t.Replacement, p.settings.DatasetIRI(""))
		live, ok, err := s.Live(ctx, id)
		if err != nil {
			return nil, unavailable(err)
		}
		if ok {
			return &live, nil
		}
		next, ok := s.Gone(id)
		if !ok {
			break
		}
		t = next
	}
	return nil, nil //nolint:nilnil // having none is an ordinary answer inside this file
}
