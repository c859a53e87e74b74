package auditweb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

const perPage = 50

// linesPage is the list of lines.
type linesPage struct {
	web.Page
	Faults       web.Faults
	Asked        asked
	Everywhere   bool
	Kinds        []web.Option
	Institutions []web.Option
	Lines        []line
	Pager        web.Pager
	Nothing      web.Empty
	CSV, JSONL   string
	Head         audit.Head
	Anchor       string
	Waiting      int64
}

// line is a line in words.
type line struct {
	ID, Position int64
	At           time.Time
	Who, Role    string
	WhoErased    bool
	What         string // what was done
	Act          string // as the trail calls it
	Thing        string
	Href         string // where the thing is seen; empty: nowhere
	Institution  lang.Text
	Reason       string
	Changes      []change
	ToldErased   bool
	Adopted      bool
	Hash         string
}

// change is a field before and after.
type change struct{ Field, Before, After string }

// askedOf reads the form.
func askedOf(c *gin.Context) asked {
	get := func(name string) string { return strings.TrimSpace(c.Query(name)) }
	return asked{get("who"), get("act"), get("subject"), get("ref"), get("institution"), get("from"), get("to"), get("cursor")}
}

// query writes what was asked as an address has it.
func (a asked) query(cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": a.Who, "act": a.Act, "subject": a.Subject, "ref": a.Ref, "institution": a.Institution, "from": a.From, "to": a.To, "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// lines answers GET /desk/audit.
func (p *Pages) lines(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadAudit)
	if err != nil {
		return err
	}
	ctx, a := c.Request.Context(), askedOf(c)
	page := linesPage{Page: p.shell.Page(c, "audit.title"), Asked: a, Everywhere: by.Everywhere(identity.ReadAudit)}
	page.Nothing = page.Empty("audit.none", "audit.none_text").With(page.Link("/desk/audit", "audit.all"))
	page.Kinds = kinds(page.Page, a.Act)
	tree, err := p.people.Institutions(ctx)
	if err != nil {
		return err
	}
	page.Institutions = institutions(page.Page, tree, by, a.Institution)
	if page.Head, page.Waiting, err = p.store.Standing(ctx); err != nil {
		return err
	}
	if page.Everywhere && page.Head.Position > 0 {
		page.Anchor = audit.Anchor(page.Head, p.now())
	}
	f, err := p.filter(ctx, by, a)
	if errors.Is(err, fault.Invalid) {
		page.Faults = p.shell.Faults(c, err)
		return p.shell.ShowFault(c, err, "audit_lines", page)
	}
	if err != nil {
		return err
	}
	if err := p.fill(ctx, by, f, tree, &page); err != nil {
		return err
	}
	return p.shell.Show(c, "audit_lines", page)
}

// fill adds the lines, and where the next ones are.
func (p *Pages) fill(ctx context.Context, by identity.Actor, f auditdb.Filter, tree identity.Tree, page *linesPage) error {
	f.Limit = perPage
	found, more, err := p.store.Search(ctx, by, f)
	if err != nil {
		return err
	}
	names, err := p.people.PersonNames(ctx, by, actors(found))
	if err != nil {
		return err
	}
	for n := range found {
		page.Lines = append(page.Lines, lineOf(page.Page, &found[n], names, tree))
	}
	first, next := "", ""
	if page.Asked.Cursor != "" {
		first = "/desk/audit" + page.Asked.query("")
	}
	if more {
		next = "/desk/audit" + page.Asked.query(strconv.FormatInt(found[len(found)-1].ID, 10))
	}
	page.Pager = page.Cursor(first, next)
	page.CSV, page.JSONL = "/desk/audit/lines.csv"+page.Asked.query(""), "/desk/audit/lines.jsonl"+page.Asked.query("")
	return nil
}

func actors(lines []audit.Line) (ids []string) {
	for _, l := range lines {
		if l.Actor != "" && !slices.Contains(ids, l.Actor) {
			ids = append(ids, l.Actor)
		}
	}
	return ids
}

// lineOf says a line in words.
func lineOf(page web.Page, l *audit.Line, names map[string]string, tree identity.Tree) line {
	made := line{
		ID: l.ID, At: l.At, What: page.T("audit.act.other", l.Act), Act: l.Act, Thing: l.Ref, Href: address(l), Institution: tree[l.Institution].Name,
		Reason: l.Reason, Adopted: l.Adopted, WhoErased: l.WhoErased(), ToldErased: l.ToldErased(),
	}
	if key := "audit.act." + l.Act; page.Has(key) {
		made.What = page.T(key)
	}
	made.Who, made.Role = who(page, l, names)
	if l.Sealed() {
		h, _ := audit.HashOf(l.Hash)
		made.Position, made.Hash = *l.Position, h.String()
	}
	made.Changes = changes(page, l.Subject, l.Before, l.After)
	return made
}

// who names the person, or the role of one whom the reader may not know, or
// what the program did by itself.
func who(page web.Page, l *audit.Line, names map[string]string) (name, role string) {
	if l.Role != "" && l.Role != identity.Public {
		role = page.T("account.role." + string(l.Role))
	}
	switch {
	case l.WhoErased():
		return page.T("audit.who_erased"), role
	case names[l.Actor] != "":
		return names[l.Actor], role
	case l.Actor == "" || l.Role == "":
		return page.T("audit.program"), ""
	case len(l.Actor) < 30: // no id of an account: a command
		return page.T("audit.command", l.Actor), ""
	}
	return cmp.Or(role, page.T("audit.somebody")), ""
}

// address is where the thing of a line is seen.
func address(l *audit.Line) string {
	switch l.Subject {
	case "dataset":
		return "/desk/datasets/" + url.PathEscape(l.Ref)
	case "service":
		return "/services/" + url.PathEscape(l.Ref)
	case "institution":
		return "/institutions/" + url.PathEscape(l.Ref)
	case "incident":
		return "/incidents/" + url.PathEscape(l.Ref)
	}
	return ""
}

// changes are the fields that differ, side by side, by their names.
func changes(page web.Page, subject string, before, after json.RawMessage) (all []change) {
	was, is := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	_ = json.Unmarshal(before, &was) // what is no object tells of no fields
	_ = json.Unmarshal(after, &is)
	var fields []string
	for name := range was {
		fields = append(fields, name)
	}
	for name := range is {
		if _, both := was[name]; !both {
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	for _, name := range fields {
		c := change{name, shown(page, was[name]), shown(page, is[name])}
		if key := "audit.field." + name; page.Has(key) {
			c.Field = page.T(key)
		}
		if name == "state" {
			c.Before, c.After = state(page, subject, c.Before), state(page, subject, c.After)
		}
		if c.Before != c.After {
			all = append(all, c)
		}
	}
	return all
}

// state is a state of a dataset in words; what else has states is shown as kept.
func state(page web.Page, subject, name string) string {
	if key := "dataset.state." + name; subject == "dataset" && page.Has(key) {
		return page.T(key)
	}
	return name
}

// mostShown is how much of a value a page shows; files have all of it.
const mostShown = 600

// shown writes a value for people: text as it is, lists with commas, the rest
// as the trail keeps it.
func shown(page web.Page, raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	text := []rune(spoken(page, v))
	if len(text) > mostShown {
		return string(text[:mostShown]) + " …"
	}
	return string(text)
}

func spoken(page web.Page, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return page.DateTime(at)
		}
		return v
	case bool:
		if v {
			return page.T("audit.yes")
		}
		return page.T("audit.no")
	case []any:
		words := make([]string, 0, len(v))
		for _, one := range v {
			words = append(words, spoken(page, one))
		}
		return strings.Join(words, ", ")
	case map[string]any:
		words := make([]string, 0, len(v))
		for name, one := range v {
			if said := spoken(page, one); said != "" {
				words = append(words, name+": "+said)
			}
		}
		slices.Sort(words)
		return strings.Join(words, "\n")
	}
	text, _ := json.Marshal(v) // a number
	return string(text)
}

// kinds are what can be done, by the room it is done in.
func kinds(page web.Page, chosen string) []web.Option {
	all := []web.Option{{Value: "", Label: page.T("audit.any"), Chosen: chosen == ""}}
	for _, kind := range audit.Kinds() {
		all = append(all, web.Option{Value: kind + ".", Label: page.T("audit.kind." + kind), Chosen: chosen == kind+"."})
	}
	if chosen != "" && !strings.HasSuffix(chosen, ".") {
		all = append(all, web.Option{Value: chosen, Label: chosen, Chosen: true})
	}
	return all
}

// institutions are those whose lines the reader may read.
func institutions(page web.Page, tree identity.Tree, by identity.Actor, chosen string) []web.Option {
	all := []web.Option{{Value: "", Label: page.T("audit.any"), Chosen: chosen == ""}}
	for slug, i := range tree {
		if by.May(identity.ReadAudit, slug) {
			all = append(all, web.Option{Value: slug, Label: page.Text(i.Name), Chosen: slug == chosen})
		}
	}
	slices.SortFunc(all[1:], func(a, b web.Option) int { return cmp.Compare(a.Label, b.Label) })
	return all
}
