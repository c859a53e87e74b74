package assessweb

import (
	"context"
	"io"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/web"
)

// maxSetBytes bounds an uploaded set: the one that Jard comes with has 35 kB.
const maxSetBytes = 512 << 10

// setsPage is /desk/assessment/sets.
type setsPage struct {
	web.Page
	Sets     []setLine
	Body     string
	Problems []problemLine
	Preview  *preview // of what was uploaded; nil when nothing was, or it is wrong
	Faults   web.Faults
	CanWrite bool
}

// setLine is one set of a list.
type setLine struct {
	assessdb.SetRow
	InForce bool
}

// problemLine is one fault of a document.
type problemLine struct {
	Line    int
	Field   string
	Message string
}

// preview is what another set would change.
type preview struct {
	Set     *assess.Set
	Before  *assess.Set // that it would take the place of
	Diff    []diffLine
	Effect  effect
	InForce bool // it would be in force at once
}

// effect is what another set would do to the scores of today.
type effect struct {
	Title        string
	Up, Down     int
	Gained, Lost int // scores
	Lines        []effectLine
	Same         int
}

// effectLine is a service whose letter would change.
type effectLine struct {
	Slug     string
	Name     lang.Text
	From, To string
	Mark     web.Mark
}

// sets answers GET /desk/assessment/sets.
func (p *Pages) sets(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadServices); err != nil {
		return err
	}
	return p.showSets(c, &setsPage{}, nil)
}

// upload answers POST /desk/assessment/sets: shows what a set would change, and
// adopts it when that was seen.
func (p *Pages) upload(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.WriteQuestions)
	if err != nil {
		return err
	}
	body, err := bodyOf(c)
	if err != nil {
		return err
	}
	page := &setsPage{Body: body}
	set, problems := assess.Read([]byte(body))
	if len(problems) > 0 {
		base := p.shell.Page(c, "assessdesk.sets.title")
		page.Problems = problemLines(base, problems)
		return p.showSets(c, page, fault.New(fault.Invalid, "assessdesk.sets.refused", len(problems)))
	}
	ctx := c.Request.Context()
	if c.PostForm("do") != "adopt" {
		page.Preview, err = p.previewOf(ctx, p.shell.Page(c, "assessdesk.sets.title"), &set)
		if err != nil {
			return err
		}
		return p.showSets(c, page, nil)
	}
	if err := p.store.Adopt(ctx, by, &set); err != nil {
		if !again(err) {
			return err
		}
		return p.showSets(c, page, err)
	}
	return p.shell.Redirect(c, "/desk/assessment/sets/"+set.Name, "assessdesk.flash.adopted")
}

// bodyOf reads the set from the file, or from what stands in the field.
func bodyOf(c *gin.Context) (string, error) {
	if head, err := c.FormFile("file"); err == nil && head.Size > 0 {
		f, err := head.Open()
		if err != nil {
			return "", fault.New(fault.Invalid, "fault.form")
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxSetBytes+1))
		if err != nil {
			return "", fault.New(fault.Invalid, "fault.form")
		}
		if len(data) > maxSetBytes {
			return "", fault.New(fault.TooLarge, "assessdesk.sets.large", maxSetBytes>>10)
		}
		return string(data), nil
	}
	body := c.PostForm("body")
	if len(body) > maxSetBytes {
		return "", fault.New(fault.TooLarge, "assessdesk.sets.large", maxSetBytes>>10)
	}
	return body, nil
}

func problemLines(p web.Page, problems []document.Problem) []problemLine {
	const shown = 100
	lines := make([]problemLine, 0, min(len(problems), shown))
	for _, one := range problems[:min(len(problems), shown)] {
		lines = append(lines, problemLine{one.Line, one.Field, p.T(one.Key, one.Args...)})
	}
	return lines
}

func (p *Pages) showSets(c *gin.Context, page *setsPage, wrong error) error {
	ctx := c.Request.Context()
	page.Page, page.Faults = p.shell.Page(c, "assessdesk.sets.title"), p.shell.Faults(c, wrong)
	page.CanWrite = page.May(string(identity.WriteQuestions))
	force, err := p.store.InForce(ctx)
	if err != nil {
		return err
	}
	rows, err := p.store.Sets(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		page.Sets = append(page.Sets, setLine{row, row.Name == force.Name})
	}
	if wrong != nil {
		return p.shell.ShowFault(c, wrong, "assess_sets", page)
	}
	return p.shell.Show(c, "assess_sets", page)
}

// previewOf tells what a set differs in from the one it would replace, and what
// it would do to the scores of today.
func (p *Pages) previewOf(ctx context.Context, page web.Page, set *assess.Set) (*preview, error) {
	force, err := p.store.InForce(ctx)
	if err != nil {
		return nil, err
	}
	out := &preview{Set: set, Before: force, InForce: force.Name == set.Name}
	if newest, err := p.store.Set(ctx, set.Name, 0); err == nil {
		out.Before = newest
	}
	out.Diff = diffOf(page, out.Before, set)
	out.Effect, err = p.effectOf(ctx, page, force, set)
	return out, err
}

// effectOf compares today's scores by two sets.
func (p *Pages) effectOf(ctx context.Context, page web.Page, from, to *assess.Set) (effect, error) {
	names, err := p.names(ctx)
	if err != nil {
		return effect{}, err
	}
	before, err := p.store.StandingsBy(ctx, from)
	if err != nil {
		return effect{}, err
	}
	after, err := p.store.StandingsBy(ctx, to)
	if err != nil {
		return effect{}, err
	}
	var e effect
	for n := range min(len(before), len(after)) {
		e.add(page, from, to, &before[n], &after[n], names[before[n].Service])
	}
	switch {
	case e.Down == 0 && e.Up == 0 && e.Lost == 0 && e.Gained == 0:
		e.Title = page.T("assessdesk.effect.none")
	case e.Down > 0:
		e.Title = page.T("assessdesk.effect.fall", e.Down)
	default:
		e.Title = page.T("assessdesk.effect.nobody_falls")
	}
	if e.Lost > 0 {
		e.Title += " " + page.T("assessdesk.effect.lose", e.Lost)
	}
	return e, nil
}

// add counts one service.
func (e *effect) add(p web.Page, from, to *assess.Set, was, is *assessdb.Standing, name lang.Text) {
	a, b := &was.Score, &is.Score
	line := effectLine{
		Slug: was.Service, Name: name, From: p.T("assessdesk.scored", orMark(a.Band), points(p, a.Value)),
		To: p.T("assessdesk.scored", orMark(b.Band), points(p, b.Value)),
	}
	switch {
	case a.Value == nil && b.Value == nil:
		return
	case b.Value == nil:
		e.Lost++
		line.Mark = p.Mark("unknown", "assessdesk.effect.lost")
	case a.Value == nil:
		e.Gained++
		line.Mark = p.Mark("open", "assessdesk.effect.gained")
	default:
		switch x, y := rankOf(from, a.Band), rankOf(to, b.Band); {
		case x == y:
			e.Same++
			return
		case y > x:
			e.Down++
			line.Mark = p.Mark("late", "assessdesk.moved.down")
		default:
			e.Up++
			line.Mark = p.Mark("open", "assessdesk.moved.up")
		}
	}
	e.Lines = append(e.Lines, line)
}

// orMark is a letter, or the sign for none.
func orMark(letter string) string {
	if letter == "" {
		return "?"
	}
	return letter
}

// rankOf is where a band stands among those of its set, from 0 to 1: sets with
// other bands can be compared by it.
func rankOf(set *assess.Set, band string) float64 {
	for n := range set.Bands {
		if set.Bands[n].Code == band {
			return float64(n) / float64(max(1, len(set.Bands)-1))
		}
	}
	return 0
}

// setPage is /desk/assessment/sets/{name}: its versions, what changed between
// two of them, and what it would do if it were used.
type setPage struct {
	web.Page
	Name     string
	Title    lang.Text
	Set      *assess.Set
	Versions []assessdb.SetRow
	From, To int
	Diff     []diffLine
	InForce  bool
	Effect   effect
	CanWrite bool
}

// set answers GET /desk/assessment/sets/{name}.
func (p *Pages) set(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	ctx, name := c.Request.Context(), c.Param("name")
	versions, err := p.store.Versions(ctx, name)
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	force, err := p.store.InForce(ctx)
	if err != nil {
		return err
	}
	page := &setPage{
		Page: p.shell.Page(c, "assessdesk.sets.title"), Name: name, Title: versions[0].Body.Title, Set: versions[0].Body, Versions: versions,
		InForce: force.Name == name, CanWrite: by.MayAnywhere(identity.WriteQuestions), To: asVersion(c.Query("to"), versions[0].Version),
	}
	page.Page.Title = page.Text(page.Title)
	page.From = asVersion(c.Query("from"), versions[min(1, len(versions)-1)].Version)
	if page.From != page.To {
		from, err := p.store.Set(ctx, name, page.From)
		if err != nil {
			return err
		}
		to, err := p.store.Set(ctx, name, page.To)
		if err != nil {
			return err
		}
		page.Diff = diffOf(page.Page, from, to)
	}
	if !page.InForce {
		if page.Effect, err = p.effectOf(ctx, page.Page, force, page.Set); err != nil {
			return err
		}
	}
	return p.shell.Show(c, "assess_set", page)
}

// asVersion reads a version; another when it is none.
func asVersion(typed string, otherwise int) int {
	if n, err := strconv.Atoi(typed); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// use answers POST /desk/assessment/sets/{name}: has it in force.
func (p *Pages) use(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.WriteQuestions)
	if err != nil {
		return err
	}
	if err := p.store.Use(c.Request.Context(), by, c.Param("name")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/assessment/sets/"+c.Param("name"), "assessdesk.flash.used")
}
