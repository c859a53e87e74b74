package mandateweb

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// keywordsPage lists concepts that different datasets write differently.
type keywordsPage struct {
	web.Page
	Concepts []conceptView
	Read     int
}

type conceptView struct {
	Tag       lang.Tag
	Spellings []spellingView
}

type spellingView struct {
	Word  string
	Count int
	Refs  []string // some of them
	More  int
}

// What one page reads and names.
const (
	mostRead     = 20 // pages of 500 datasets
	mostRefs     = 5
	mostConcepts = 200
)

// keywords answers GET /desk/keywords, over every dataset the actor may read.
func (p *Pages) keywords(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	page := keywordsPage{Page: p.shell.Page(c, "naming.keywords.title")}
	concepts, read, err := p.variants(c.Request.Context(), by)
	if err != nil {
		return err
	}
	page.Read = read
	for _, one := range concepts[:min(len(concepts), mostConcepts)] {
		view := conceptView{Tag: lang.Tag(one.Tag)}
		for _, s := range one.Spellings {
			shown := s.Refs[:min(len(s.Refs), mostRefs)]
			view.Spellings = append(view.Spellings, spellingView{s.Word, len(s.Refs), shown, len(s.Refs) - len(shown)})
		}
		page.Concepts = append(page.Concepts, view)
	}
	return p.shell.Show(c, "naming_keywords", page)
}

func (p *Pages) variants(ctx context.Context, by identity.Actor) (concepts []naming.Concept, read int, err error) {
	l, err := p.linter(ctx)
	if err != nil {
		return nil, 0, err
	}
	gathered, f := l.NewVariants(), inventorydb.Filter{Limit: 500}
	for range mostRead {
		list, err := p.register.List(ctx, by, f)
		if err != nil {
			return nil, 0, err
		}
		for _, d := range list.Items {
			if d.State != inventory.Withdrawn {
				gathered.Add(d.Ref, d.Content)
				read++
			}
		}
		if f.Cursor = list.Next; f.Cursor == "" {
			break
		}
	}
	return gathered.Concepts(), read, nil
}
