package catalogueweb

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// oai answers GET and POST /oai, OAI-PMH 2.0. What is wrong with a question is
// told in the protocol's own words and with 200, as it wants; only that there
// is no catalogue at all is a status of HTTP.
func (p *Pages) oai(c *gin.Context) error {
	values, err := oaiValues(c.Request)
	if err != nil {
		return err
	}
	q, refused := catalogue.ParseOAI(values)
	now := p.feed.now()
	if refused != nil {
		c.Data(http.StatusOK, catalogue.OAIType, catalogue.OAIRefuse(p.settings, q, refused, now))
		return nil
	}
	s, err := p.named(c.Request.Context(), q.Snapshot)
	if err != nil {
		return err
	}
	if s == nil {
		c.Data(http.StatusOK, catalogue.OAIType, catalogue.OAIRefuse(p.settings, q, catalogue.OAIGone(), now))
		return nil
	}
	s.MarkServed()
	answered := p.followOAI(c, q, values, s)
	// Readers take the date of this answer for the beginning of their next question.
	b, err := s.OAI(c.Request.Context(), q, p.feed.upTo(s))
	if err != nil {
		return unavailable(err)
	}
	answered(b)
	return p.send(c, http.StatusOK, s, catalogue.NewDocument(catalogue.OAIType, b))
}

// named is the snapshot of that id, the current one when none is named, and nil
// when it is no longer held.
func (p *Pages) named(ctx context.Context, id string) (*catalogue.Snapshot, error) {
	if id == "" {
		return p.feed.current(ctx)
	}
	s, err := p.feed.find(ctx, id)
	if kind, _ := fault.KindOf(err); kind == fault.Gone {
		return nil, nil //nolint:nilnil // no longer held is an ordinary answer inside this file
	}
	return s, err
}

// oaiValues reads the arguments: of a POST from its body alone.
func oaiValues(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil { // told as an argument that is none
			return url.Values{"verb": values["verb"], r.URL.RawQuery: {""}}, nil
		}
		return values, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return url.Values{}, nil // the protocol knows no other form of a question
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxArguments+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxArguments {
		return nil, fault.New(fault.TooLarge, "fault.body_too_large", maxArguments>>20)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return url.Values{"verb": values["verb"], string(body): {""}}, nil
	}
	return values, nil
}
