package mandateweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// linter reads the rules as they stand.
func (p *Pages) linter(ctx context.Context) (*naming.Linter, error) {
	rules, err := p.store.Rules(ctx)
	if err != nil {
		return nil, err
	}
	return naming.NewLinter(rules), nil
}

// entry makes an entry of a dataset; on is false when the rules are switched off.
func (p *Pages) entry(ctx context.Context, d *inventory.Dataset) (e naming.Entry, on bool, err error) {
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return e, false, err
	}
	return naming.Of(d.Content, v), v.Effect(naming.RuleCode) != inventory.Ignore, nil
}

// findingView is a finding with what can be done about it.
type findingView struct {
	naming.Finding
	Label, Hash, Reason string // Reason of the exception made; empty when there is none
}

// namingPage lists the rules, and checks a title or names that are pasted.
type namingPage struct {
	web.Page
	Faults              web.Faults
	Rules               []ruleVersion
	TitleText, Columns  string
	Files               bool
	Looked              bool
	Found               []findingView
	Tidy                string
	CanAmend, Recurring bool
}

func (p *Pages) namingPage(c *gin.Context) (*namingPage, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return nil, err
	}
	rules, err := p.store.Rules(c.Request.Context())
	if err != nil {
		return nil, err
	}
	page := &namingPage{Page: p.shell.Page(c, "naming.title"), CanAmend: by.May(identity.KeepCommittee, ""), Recurring: true}
	page.Rules = rulesOf(page.Page, rules)
	return page, nil
}

// namingDesk answers GET /desk/naming.
func (p *Pages) namingDesk(c *gin.Context) error {
	page, err := p.namingPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "naming_desk", page)
}

// mostPasted bounds what one check reads.
const mostPasted = 20_000

// namingCheck answers POST /desk/naming: what is pasted is answered and forgotten.
func (p *Pages) namingCheck(c *gin.Context) error {
	page, err := p.namingPage(c)
	if err != nil {
		return err
	}
	page.TitleText, page.Columns = c.PostForm("title"), c.PostForm("columns")
	page.Files, page.Recurring = c.PostForm("files") == "true", c.PostForm("recurring") == "true"
	var cause error
	switch {
	case strings.TrimSpace(page.TitleText) == "" && strings.TrimSpace(page.Columns) == "":
		cause = fault.At("title", "fault.required")
	case len(page.TitleText) > mostPasted:
		cause = fault.At("title", "fault.too_long", mostPasted)
	case len(page.Columns) > mostPasted:
		cause = fault.At("columns", "fault.too_long", mostPasted)
	}
	if cause != nil {
		page.Faults = p.shell.Faults(c, cause)
		return p.shell.ShowStatus(c, http.StatusUnprocessableEntity, "naming_desk", page)
	}
	l, err := p.linter(c.Request.Context())
	if err != nil {
		return err
	}
	page.check(l)
	return p.shell.Show(c, "naming_desk", page)
}

func (page *namingPage) check(l *naming.Linter) {
	page.Looked = true
	if page.TitleText != "" {
		page.add(page.T("naming.field.title"), l.Titles(page.TitleText, scriptOf(page.TitleText), page.Recurring))
	}
	if strings.TrimSpace(page.Columns) == "" {
		return
	}
	names := split(page.Columns)
	page.add(page.T("naming.field.columns"), l.Names(names, page.Files))
	if !page.Files {
		page.Tidy = strings.Join(l.Tidy(names), ";")
	}
}

func (page *namingPage) add(label string, found []naming.Finding) {
	for _, f := range found {
		page.Found = append(page.Found, findingView{Finding: f, Label: label})
	}
}

// scriptOf guesses the language of a title from its letters.
func scriptOf(s string) lang.Tag {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x0621 && r <= 0x064A }) >= 0 {
		return lang.Arabic
	}
	return lang.French
}

// split takes pasted names apart, whatever stands between them.
func split(s string) []string {
	mark := "\n"
	for _, one := range []string{"\t", ";", "\n", ","} {
		if strings.Contains(strings.TrimSpace(s), one) {
			mark = one
			break
		}
	}
	names := strings.Split(strings.TrimRight(strings.ReplaceAll(s, "\r", ""), "\n"), mark)
	for n := range names {
		names[n] = strings.TrimSpace(names[n])
	}
	return names
}

// rulePage is one rule with its versions, and the form of the next one.
type rulePage struct {
	web.Page
	form
	Rule     naming.Rule
	Versions []ruleVersion
	CanAmend bool
}

type ruleVersion struct {
	naming.Rule
	On string
}

// rulesOf is the latest version of each rule, with its day in words.
func rulesOf(p web.Page, all []naming.Rule) []ruleVersion {
	var list []ruleVersion
	for _, r := range naming.Current(all) {
		list = append(list, ruleVersion{r, dayOf(p, r.AdoptedOn)})
	}
	return list
}

// Value is what stands in a field: as typed, else as in force.
func (page *rulePage) Value(name string) string {
	if s, ok := page.typed[name]; ok {
		return s
	}
	stored := map[string]string{"params": page.Rule.Params, "active": "true"}
	for _, tag := range lang.All() {
		stored["name."+string(tag)], stored["text."+string(tag)] = page.Rule.Name[string(tag)], page.Rule.Text[string(tag)]
	}
	return stored[name]
}

// Ticked tells whether the rule stays in use.
func (page *rulePage) Ticked() bool {
	if page.typed != nil {
		return page.typed["active"] == "true"
	}
	return page.Rule.Active
}

func (p *Pages) rulePage(c *gin.Context) (*rulePage, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return nil, err
	}
	rules, err := p.store.Rules(c.Request.Context())
	if err != nil {
		return nil, err
	}
	page := &rulePage{Page: p.shell.Page(c, "naming.rule.title"), CanAmend: by.May(identity.KeepCommittee, "")}
	for _, r := range rules {
		if r.Code == c.Param("code") {
			page.Versions = append(page.Versions, ruleVersion{r, dayOf(page.Page, r.AdoptedOn)})
		}
	}
	if len(page.Versions) == 0 {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	page.Rule = page.Versions[0].Rule
	return page, nil
}

// namingRule answers GET /desk/naming/:code.
func (p *Pages) namingRule(c *gin.Context) error {
	page, err := p.rulePage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "naming_rule", page)
}

// namingAmend answers POST /desk/naming/:code.
func (p *Pages) namingAmend(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.KeepCommittee)
	if err != nil {
		return err
	}
	seen, _ := strconv.Atoi(c.PostForm("version"))
	_, err = p.store.Amend(c.Request.Context(), by, c.Param("code"), seen, naming.Amendment{
		Params: c.PostForm("params"), Name: texts(c, "name"), Text: texts(c, "text"), Active: c.PostForm("active") == "true",
		AdoptedOn: day(c, "adopted_on"), Advice: c.PostForm("advice"),
	})
	if err == nil {
		return p.shell.Redirect(c, "/desk/naming/"+c.Param("code"), "naming.flash.amended")
	}
	if !tellable(err) {
		return err
	}
	page, broken := p.rulePage(c)
	if broken != nil {
		return broken
	}
	page.form = p.formOf(c, "amend", err)
	return p.shell.ShowFault(c, err, "naming_rule", page)
}

// namingAct answers POST /desk/datasets/:ref/naming/{fix|exception|nomenclature}.
func (p *Pages) namingAct(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	ctx, ref := c.Request.Context(), c.Param("ref")
	d, err := p.register.Get(ctx, by, ref)
	if err != nil {
		return err
	}
	back := "/desk/datasets/" + d.Ref
	switch c.Param("act") {
	case "fix":
		return p.then(c, back, "naming.flash.fixed", p.fix(ctx, by, d, c.PostForm("rule"), c.PostForm("field"), c.PostForm("hash")))
	case "exception":
		return p.except(c, by, d)
	case "nomenclature":
		return p.then(c, back, "naming.flash.nomenclature", p.use(ctx, by, d, c.PostForm("nomenclature")))
	}
	return fault.New(fault.NotFound, "fault.no_page")
}

// exceptionPage is a refused exception: what it was about, and its reason as typed.
type exceptionPage struct {
	web.Page
	form
	Dataset web.Link
	Ref     string
	Found   *naming.Finding // nil when the text has changed since
}

// except keeps a finding as it is. What was refused comes back on a page of
// its own, with the reason as it was typed.
func (p *Pages) except(c *gin.Context, by identity.Actor, d *inventory.Dataset) error {
	ctx := c.Request.Context()
	f, err := p.find(ctx, d, c.PostForm("rule"), c.PostForm("field"), c.PostForm("hash"))
	found := &f
	if err != nil {
		found = nil
	} else if err = p.store.Except(ctx, by, d, f, c.PostForm("reason")); err == nil {
		return p.shell.Redirect(c, "/desk/datasets/"+d.Ref, "naming.flash.excepted")
	}
	if !tellable(err) {
		return err
	}
	page := exceptionPage{Page: p.shell.Page(c, "naming.except"), form: p.formOf(c, "exception", err), Ref: d.Ref, Found: found}
	page.Dataset = page.LinkTo("/desk/datasets/"+d.Ref, d.Content.Title)
	return p.shell.ShowFault(c, err, "naming_exception", page)
}

// then leads back to the dataset's page. What moved on meanwhile is said there too.
func (p *Pages) then(c *gin.Context, back, flash string, err error) error {
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, back, flash)
}

func (p *Pages) find(ctx context.Context, d *inventory.Dataset, rule, field, hash string) (naming.Finding, error) {
	l, err := p.linter(ctx)
	if err != nil {
		return naming.Finding{}, err
	}
	e, _, err := p.entry(ctx, d)
	if err != nil {
		return naming.Finding{}, err
	}
	return l.Find(e, rule, field, hash)
}

// fix writes the proposal as an edit of the entry: same rules, same trail.
func (p *Pages) fix(ctx context.Context, by identity.Actor, d *inventory.Dataset, rule, field, hash string) error {
	f, err := p.find(ctx, d, rule, field, hash)
	if err != nil {
		return err
	}
	return p.edit(ctx, by, d, func(c inventory.Content) (inventory.Content, error) {
		fixed, ok := naming.Apply(c, f)
		if !ok {
			return c, fault.New(fault.Conflict, "naming.moved")
		}
		return fixed, nil
	})
}

// use writes which nomenclature the data are coded in; none takes it away.
func (p *Pages) use(ctx context.Context, by identity.Actor, d *inventory.Dataset, code string) error {
	all, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(all, func(n naming.Nomenclature) bool { return n.Code+" "+n.Version == code })
	if code != "" && !known {
		return fault.At("nomenclature", "naming.nomenclature.unknown")
	}
	return p.edit(ctx, by, d, func(c inventory.Content) (inventory.Content, error) {
		c = c.Clean()
		if c.Extra == nil {
			c.Extra = inventory.Extra{}
		}
		c.Extra["nomenclature"] = code
		c.Extra = c.Extra.Clean()
		return c, nil
	})
}

func (p *Pages) edit(ctx context.Context, by identity.Actor, d *inventory.Dataset, change func(inventory.Content) (inventory.Content, error)) error {
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	_, err = p.register.Change(ctx, by, d.Ref, "dataset.edit", d.Revision, func(d *inventory.Dataset) error {
		c, err := change(d.Content)
		if err != nil {
			return err
		}
		return d.Edit(by, c, v, p.now())
	})
	return err
}
