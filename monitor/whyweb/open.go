package whyweb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

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

// scores are those of frozen editions, of one service or institution when
// asked for.
func (p *Pages) scores(c *gin.Context, editions []assess.Edition) ([]why.Score, error) {
	var out []why.Score
	for _, e := range editions {
		some, err := p.kept.of(c.Request.Context(), p.feed.Editions, &e)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	service, institution := c.Query("service"), c.Query("institution")
	return slices.DeleteFunc(out, func(s why.Score) bool {
		return service != "" && service != s.Service || institution != "" && institution != s.Institution
	}), nil
}

// wanted are the frozen editions that the reader asks for, the newest first.
func (p *Pages) wanted(c *gin.Context) ([]assess.Edition, error) {
	nobody := identity.Actor{} // the same file for whoever asks
	editions, err := p.feed.Editions.Editions(c.Request.Context(), nobody)
	quarter := c.Query("quarter")
	return slices.DeleteFunc(editions, func(e assess.Edition) bool {
		return e.State != assess.Frozen || quarter != "" && quarter != e.Quarter
	}), err
}

// giveScores answers with scores: what was frozen never changes, so that the
// hashes of the editions say whether the reader has the file already, before
// anything of it is read.
func (p *Pages) giveScores(c *gin.Context, kind string, write func([]why.Score) ([]byte, error)) error {
	editions, err := p.wanted(c)
	if err != nil {
		return err
	}
	sum := sha256.New()
	for _, said := range []string{scoresForm, kind, p.feed.Licence, p.shell.URL("/"), c.Query("quarter"), c.Query("service"), c.Query("institution")} {
		_, _ = fmt.Fprintf(sum, "%q\n", said)
	}
	for _, e := range editions {
		_, _ = fmt.Fprintf(sum, "%s %s %d\n", e.Quarter, e.Hash, e.Revision)
	}
	if unchanged(c, tagged(c, sum.Sum(nil))) {
		return nil
	}
	list, err := p.scores(c, editions)
	if err != nil {
		return err
	}
	body, err := write(list)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, kind, body)
	return nil
}

// scoresForm is the version of how scores are written: another one is another file.
const scoresForm = "1"

// keptScores are the scores of frozen editions by their hash.
type keptScores struct {
	sync.Mutex
	by map[string][]why.Score
}

// mostKept bounds how many editions are kept in memory: sixteen years.
const mostKept = 64

// of are the scores of an edition, read once.
func (k *keptScores) of(ctx context.Context, from Editions, e *assess.Edition) ([]why.Score, error) {
	key := e.Quarter + " " + e.Hash + " " + strconv.FormatInt(e.Revision, 10)
	k.Lock()
	known, ok := k.by[key]
	k.Unlock()
	if ok {
		return known, nil
	}
	whole, entries, err := from.Edition(ctx, identity.Actor{}, e.Quarter)
	if err != nil {
		return nil, err
	}
	scores := why.Scores(whole, entries)
	k.Lock()
	defer k.Unlock()
	if k.by == nil || len(k.by) >= mostKept {
		k.by = map[string][]why.Score{}
	}
	k.by[key] = scores
	return scores, nil
}

// scoresCSV answers GET /assessment/scores.csv.
func (p *Pages) scoresCSV(c *gin.Context) error {
	return p.giveScores(c, "text/csv; charset=utf-8", why.CSV)
}

// scoresJSON answers GET /assessment/scores.json.
func (p *Pages) scoresJSON(c *gin.Context) error {
	return p.giveScores(c, "application/json; charset=utf-8", func(list []why.Score) ([]byte, error) {
		return why.JSON(list, p.feed.Licence, p.shell.URL("/assessment/scores.json"))
	})
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
	if !unchanged(c, tagged(c, sum[:])) {
		c.Data(http.StatusOK, kind, body)
	}
	return nil
}

// tagged names a file that anybody may keep by a sum.
func tagged(c *gin.Context, sum []byte) string {
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := c.Writer.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	return tag
}

// unchanged answers that the file is the one that the reader has, if it is.
func unchanged(c *gin.Context, tag string) bool {
	for one := range strings.SplitSeq(c.GetHeader("If-None-Match"), ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			c.Status(http.StatusNotModified)
			return true
		}
	}
	return false
}
