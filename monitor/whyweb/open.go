package whyweb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/cpsv"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/why"
)

// Editions knows the assessment's editions.
type Editions interface {
	Editions(ctx context.Context, by identity.Actor) ([]assess.Edition, error)
	Edition(ctx context.Context, by identity.Actor, quarter string) (assess.Edition, []assess.Entry, error)
}

// Feed says what scores are given away, and under which licence.
type Feed struct {
	Editions Editions
	Licence  string // IRI
}

// scores are those of every frozen edition, the newest quarter first; of one
// quarter, service or institution when asked for.
func (p *Pages) scores(c *gin.Context) ([]why.Score, error) {
	ctx := c.Request.Context()
	nobody := identity.Actor{} // the same file for whoever asks
	editions, err := p.feed.Editions.Editions(ctx, nobody)
	if err != nil {
		return nil, err
	}
	var out []why.Score
	for _, e := range editions {
		if quarter := c.Query("quarter"); e.State != assess.Frozen || quarter != "" && quarter != e.Quarter {
			continue
		}
		whole, entries, err := p.feed.Editions.Edition(ctx, nobody, e.Quarter)
		if err != nil {
			return nil, err
		}
		out = append(out, why.Scores(whole, entries)...)
	}
	return slices.DeleteFunc(out, func(s why.Score) bool {
		service, institution := c.Query("service"), c.Query("institution")
		return service != "" && service != s.Service || institution != "" && institution != s.Institution
	}), nil
}

// scoresCSV answers GET /assessment/scores.csv.
func (p *Pages) scoresCSV(c *gin.Context) error {
	list, err := p.scores(c)
	if err != nil {
		return err
	}
	body, err := why.CSV(list)
	if err != nil {
		return err
	}
	return p.give(c, "text/csv; charset=utf-8", body)
}

// scoresJSON answers GET /assessment/scores.json.
func (p *Pages) scoresJSON(c *gin.Context) error {
	list, err := p.scores(c)
	if err != nil {
		return err
	}
	body, err := why.JSON(list, p.feed.Licence, p.shell.URL("/assessment/scores.json"))
	if err != nil {
		return err
	}
	return p.give(c, "application/json; charset=utf-8", body)
}

// described answers GET /services.jsonld.
func (p *Pages) described(c *gin.Context) error {
	ctx := c.Request.Context()
	services, err := p.services.Names(ctx, identity.Actor{}, monitordb.Filter{Limit: -1}) // all that everybody may see
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	names := make(map[string]lang.Text, len(tree))
	for slug, i := range tree {
		names[slug] = i.Name
	}
	services = slices.DeleteFunc(services, func(v monitor.Service) bool { return !v.Public() })
	body, err := cpsv.Write(cpsv.Source{URL: p.shell.URL, Institutions: names, Services: services, Word: p.word, Plain: p.plain})
	if err != nil {
		return err
	}
	return p.give(c, "application/ld+json; charset=utf-8", body)
}

// word is a sentence of ours in every language; empty when there is none.
func (p *Pages) word(key string) lang.Text {
	words := p.shell.Words()
	if !words.Has(key) {
		return nil
	}
	out := lang.Text{}
	for _, tag := range lang.All() {
		out[string(tag)] = words.T(tag, key)
	}
	return out
}

// plain says of a service what its name and its body say.
func (p *Pages) plain(of, by lang.Text) lang.Text {
	out := lang.Text{}
	for _, tag := range lang.All() {
		if of[string(tag)] != "" {
			out[string(tag)] = p.shell.Words().T(tag, "why.described", of[string(tag)], by.In(tag))
		}
	}
	return out
}

// give answers with a file that anybody may keep, or says that it is the one
// that the reader has.
func (p *Pages) give(c *gin.Context, kind string, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := c.Writer.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	for has := range strings.SplitSeq(c.GetHeader("If-None-Match"), ",") {
		if has = strings.TrimPrefix(strings.TrimSpace(has), "W/"); has == tag || has == "*" {
			c.Status(http.StatusNotModified)
			return nil
		}
	}
	c.Data(http.StatusOK, kind, body)
	return nil
}
