package requestweb

import (
	"context"

	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// voicesShown is how many messages the page of a dataset shows.
const voicesShown = 5

// voices are what people say about a dataset, on its page.
type voices struct {
	Form    string // where to say something
	Dataset string // ref
	Items   []voice
	Total   int
}

type voice struct {
	line
	Text    string
	Answer  lang.Text
	Request bool
}

// Voices returns what the page of a dataset shows of what people say about it:
// the template "voices" takes it.
func (p *Pages) Voices(ctx context.Context, page web.Page, dataset string) (any, error) {
	w, err := p.words(ctx, page)
	if err != nil {
		return nil, err
	}
	found, err := p.store.Voices(ctx, dataset, voicesShown)
	if err != nil {
		return nil, err
	}
	all := voices{Form: "/datasets/" + dataset + "/feedback", Dataset: dataset, Total: found.Total}
	for n := range found.Items {
		r := &found.Items[n]
		v := voice{w.line(r), r.PublicText, r.Answer, r.Kind == request.Data}
		if v.Request {
			v.Text = r.PublicTitle
		}
		all.Items = append(all.Items, v)
	}
	return all, nil
}
