package inventoryweb

import (
	"context"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// names says codes in words: what the vocabulary and the institutions call them.
type names struct {
	*inventory.Vocabulary
	tree identity.Tree
}

// names reads the vocabulary and the institutions once for a request.
func (p *Pages) names(ctx context.Context) (names, error) {
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return names{}, err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return names{}, err
	}
	return names{v, tree}, nil
}

func (n names) institution(slug string) lang.Text {
	if i, ok := n.tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}

func (n names) theme(code string) lang.Text {
	t, ok := n.Theme(code)
	return named(t.Name, code, ok)
}

func (n names) frequency(code string) lang.Text {
	f, ok := n.Frequency(code)
	return named(f.Name, code, ok)
}

func (n names) licence(code string) lang.Text {
	l, ok := n.Licence(code)
	return named(l.Name, code, ok)
}

func (n names) governorate(code string) lang.Text {
	g, ok := n.Governorate(code)
	return named(g.Name, code, ok)
}

// named is a code's name, or the code itself when the vocabulary has lost it.
func named(name lang.Text, code string, ok bool) lang.Text {
	if ok && !name.Empty() {
		return name
	}
	if code == "" {
		return lang.Text{}
	}
	return lang.Text{"fr": code}
}
