package mandateweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func (p *Pages) namingAPI() {
	const rules, lists, dataset, tag = "/api/v1/naming-rules", "/api/v1/nomenclatures", "/api/v1/datasets/{ref}/naming", "Naming"
	web.Register(p.shell, open(operation("list-naming-rules", http.MethodGet, rules, "Every version of every rule, the newest first", tag)), p.apiRules)
	web.Register(p.shell, operation("amend-naming-rule", http.MethodPost, rules+"/{code}/versions", "Adopt a new version of a rule", tag), p.apiAmend)
	web.Register(p.shell, open(operation("list-nomenclatures", http.MethodGet, lists, "Every version of every common list", tag)), p.apiLists)
	web.Register(p.shell, open(operation("get-nomenclature", http.MethodGet, lists+"/{code}", "One list with its codes", tag)), p.apiList)
	web.Register(p.shell, operation("adopt-nomenclature", http.MethodPost, lists, "Adopt a version of a list", tag), p.apiAdoptList)
	web.Register(p.shell, operation("dataset-naming", http.MethodGet, dataset, "Where a description differs from the common rules", tag), p.apiNaming)
	web.Register(p.shell, operation("except-naming", http.MethodPost, dataset+"/exceptions", "Keep a finding as it is, saying why", tag), p.apiExcept)
}

// namingRuleOut is one version of one rule.
type namingRuleOut struct {
	Code      string    `json:"code" example:"title.year"`
	Version   int       `json:"version"`
	Scope     string    `json:"scope" doc:"title, keyword, column, file or format"`
	Name      lang.Text `json:"name"`
	Text      lang.Text `json:"text"`
	Params    string    `json:"params"`
	Active    bool      `json:"active"`
	AdoptedOn string    `json:"adopted_on"`
	Advice    string    `json:"advice" doc:"Number of the committee's advice"`
	Certainty string    `json:"certainty"`
	Source    string    `json:"source"`
}

func ruleOut(r naming.Rule) namingRuleOut {
	return namingRuleOut{
		r.Code, r.Version, string(r.Scope), r.Name, r.Text, r.Params, r.Active, string(r.AdoptedOn), r.Advice, r.Certainty, r.Source,
	}
}

type namingRulesOut struct {
	Body struct {
		Items []namingRuleOut `json:"items"`
	}
}

// apiRules answers GET /api/v1/naming-rules.
func (p *Pages) apiRules(ctx context.Context, _ *struct{}) (*namingRulesOut, error) {
	all, err := p.store.Rules(ctx)
	if err != nil {
		return nil, err
	}
	out := &namingRulesOut{}
	out.Body.Items = []namingRuleOut{}
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, ruleOut(r))
	}
	return out, nil
}

type namingAmendIn struct {
	Code    string `path:"code" maxLength:"100" example:"title.year"`
	IfMatch string `header:"If-Match" doc:"The version that the new one follows"`
	Body    struct {
		Name      lang.Text `json:"name,omitempty"`
		Text      lang.Text `json:"text,omitempty"`
		Params    string    `json:"params,omitempty"`
		Active    bool      `json:"active,omitempty"`
		AdoptedOn string    `json:"adopted_on,omitempty"`
		Advice    string    `json:"advice,omitempty"`
	}
}

type namingRuleAnswer struct {
	ETag string `header:"ETag"`
	Body namingRuleOut
}

// apiAmend answers POST /api/v1/naming-rules/{code}/versions.
func (p *Pages) apiAmend(ctx context.Context, in *namingAmendIn) (*namingRuleAnswer, error) {
	seen, err := web.IfMatch(in.IfMatch, "naming.tag")
	if err != nil {
		return nil, err
	}
	b := in.Body
	r, err := p.store.Amend(ctx, web.ActorFrom(ctx), in.Code, seen, naming.Amendment{
		Params: b.Params, Name: b.Name, Text: b.Text, Active: b.Active, AdoptedOn: inventory.Date(b.AdoptedOn), Advice: b.Advice,
	})
	if err != nil {
		return nil, err
	}
	return &namingRuleAnswer{strconv.Quote(strconv.Itoa(r.Version)), ruleOut(*r)}, nil
}

// namingListOut is one version of one common list.
type namingListOut struct {
	Code      string          `json:"code" example:"governorates"`
	Version   string          `json:"version"`
	Name      lang.Text       `json:"name"`
	Keeper    string          `json:"keeper"`
	URL       string          `json:"url"`
	AdoptedOn string          `json:"adopted_on"`
	Advice    string          `json:"advice"`
	Certainty string          `json:"certainty"`
	Entries   int             `json:"entries" doc:"How many codes are loaded"`
	Codes     []namingItemOut `json:"codes,omitempty"`
}

type namingItemOut struct {
	Code string    `json:"code"`
	Name lang.Text `json:"name"`
}

func listOut(n naming.Nomenclature, v *inventory.Vocabulary) namingListOut {
	return namingListOut{
		Code: n.Code, Version: n.Version, Name: n.Name, Keeper: n.Keeper, URL: n.URL, AdoptedOn: string(n.AdoptedOn), Advice: n.Advice,
		Certainty: n.Certainty, Entries: len(n.Items(v)),
	}
}

type namingListsOut struct {
	Body struct {
		Items []namingListOut `json:"items"`
	}
}

// apiLists answers GET /api/v1/nomenclatures.
func (p *Pages) apiLists(ctx context.Context, _ *struct{}) (*namingListsOut, error) {
	all, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return nil, err
	}
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	out := &namingListsOut{}
	out.Body.Items = []namingListOut{}
	for _, n := range all {
		out.Body.Items = append(out.Body.Items, listOut(n, v))
	}
	return out, nil
}

type namingListIn struct {
	Code    string `path:"code" maxLength:"40"`
	Version string `query:"version" maxLength:"40" doc:"The one adopted last when left out"`
}

type namingListAnswer struct{ Body namingListOut }

// apiList answers GET /api/v1/nomenclatures/{code}.
func (p *Pages) apiList(ctx context.Context, in *namingListIn) (*namingListAnswer, error) {
	all, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return nil, err
	}
	n, ok := naming.Pick(all, in.Code, in.Version)
	if !ok {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	out := &namingListAnswer{listOut(n, v)}
	for _, item := range n.Items(v) {
		out.Body.Codes = append(out.Body.Codes, namingItemOut(item))
	}
	return out, nil
}

type namingAdoptIn struct {
	Body struct {
		Code      string          `json:"code,omitempty"`
		Version   string          `json:"version,omitempty"`
		Name      lang.Text       `json:"name,omitempty"`
		Keeper    string          `json:"keeper,omitempty"`
		URL       string          `json:"url,omitempty"`
		Codes     []namingItemOut `json:"codes,omitempty"`
		AdoptedOn string          `json:"adopted_on,omitempty"`
		Advice    string          `json:"advice,omitempty"`
	}
}

// apiAdoptList answers POST /api/v1/nomenclatures. The same list sent twice is
// refused: a version is adopted once.
func (p *Pages) apiAdoptList(ctx context.Context, in *namingAdoptIn) (*namingListAnswer, error) {
	b, lines := in.Body, []string{}
	for n, item := range b.Codes {
		cells := []string{item.Code, item.Name["fr"], item.Name["ar"], item.Name["en"]}
		if strings.ContainsAny(strings.Join(cells, ""), ";\t\r\n") {
			return nil, fault.At("codes."+strconv.Itoa(n), "fault.one_line")
		}
		lines = append(lines, strings.Join(cells, ";"))
	}
	made, err := p.store.AdoptNomenclature(ctx, web.ActorFrom(ctx), naming.Adoption{
		Code: b.Code, Version: b.Version, Name: b.Name, Keeper: b.Keeper, URL: b.URL, Entries: strings.Join(lines, "\n"),
		AdoptedOn: inventory.Date(b.AdoptedOn), Advice: b.Advice,
	})
	if err != nil {
		return nil, err
	}
	v, err := p.register.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	return &namingListAnswer{listOut(*made, v)}, nil
}

// namingFindingOut is one place where a description differs from a rule.
type namingFindingOut struct {
	Rule      string    `json:"rule"`
	Version   int       `json:"version"`
	Field     string    `json:"field" example:"title.fr"`
	Text      string    `json:"text" doc:"What stands there"`
	Hash      string    `json:"hash" doc:"Names the text, to make an exception of it"`
	Why       lang.Text `json:"why"`
	Proposal  string    `json:"proposal" doc:"What to write instead; empty when a person must decide"`
	Removes   bool      `json:"removes" doc:"The proposal is to drop the text"`
	Exception string    `json:"exception" doc:"The reason it is kept; empty when there is none"`
}

type namingFindingsOut struct {
	Body struct {
		Items []namingFindingOut `json:"items"`
	}
}

// NamingRefIn names a dataset in the path.
type NamingRefIn struct {
	Ref string `path:"ref" maxLength:"60" example:"TN-MARHP-2026-0001"`
}

// apiNaming answers GET /api/v1/datasets/{ref}/naming.
func (p *Pages) apiNaming(ctx context.Context, in *NamingRefIn) (*namingFindingsOut, error) {
	d, err := p.register.Get(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := &namingFindingsOut{}
	out.Body.Items = []namingFindingOut{}
	e, on, err := p.entry(ctx, d)
	if err != nil || !on {
		return out, err
	}
	l, err := p.linter(ctx)
	if err != nil {
		return nil, err
	}
	made, err := p.store.Exceptions(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range l.Check(e) {
		one := namingFindingOut{f.Rule, f.Version, f.Field, f.Text, f.Hash(), f.Why, f.Proposal, f.Removes, ""}
		if at := slices.IndexFunc(made, func(x naming.Exception) bool { return x.Covers(f) }); at >= 0 {
			one.Exception = made[at].Reason
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

type namingExceptIn struct {
	NamingRefIn
	Body struct {
		Rule   string `json:"rule,omitempty"`
		Field  string `json:"field,omitempty"`
		Hash   string `json:"hash,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
}

// apiExcept answers POST /api/v1/datasets/{ref}/naming/exceptions. Sent again
// it makes no second one.
func (p *Pages) apiExcept(ctx context.Context, in *namingExceptIn) (*namingFindingsOut, error) {
	by, b := web.ActorFrom(ctx), in.Body
	d, err := p.register.Get(ctx, by, in.Ref)
	if err != nil {
		return nil, err
	}
	f, err := p.find(ctx, d, b.Rule, b.Field, b.Hash)
	if err != nil {
		return nil, err
	}
	if err := p.store.Except(ctx, by, d, f, b.Reason); err != nil {
		return nil, err
	}
	return p.apiNaming(ctx, &in.NamingRefIn)
}
