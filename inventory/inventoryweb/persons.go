package inventoryweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// personsRoutes adds the page on which signs of persons are answered.
func (p *Pages) personsRoutes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/datasets/:ref/persons", page(p.personsPage))
	r.POST("/desk/datasets/:ref/declaration", page(p.declare))
	r.POST("/desk/datasets/:ref/persons/samples", page(p.lookAtSamples))
	p.personsAPI()
}

// persons is what points to persons in a dataset, and what was declared about
// it. Only who works on the entry, or decides on it, is told.
type persons struct {
	Href     string // the page where it is answered; empty for who may not see it
	Waiting  []signLine
	Answered []signLine
	Records  []record // the latest first
	Stops    bool     // publication waits for the answers
}

// signLine is one sign, in words.
type signLine struct {
	Key, Href, Label, Kind, Detail, Sample string
	Answer                                 string // what was declared about it; empty while it waits
	Ticked                                 bool
}

// record is one declaration, in words.
type record struct {
	At         time.Time
	Who        string
	Answer     string
	Note       string
	Techniques string
	Checked    string
	Covers     []string
}

// told says whether the actor sees signs of persons in the dataset.
func told(by identity.Actor, d *inventory.Dataset) bool {
	return by.May(identity.RecordDataset, d.Institution) || by.May(identity.ReviewDataset, d.Institution)
}

func (w words) persons(d *inventory.Dataset) persons {
	if !told(w.page.Actor, d) || d.State == inventory.Withdrawn {
		return persons{}
	}
	out := persons{Href: deskPath(d.Ref) + "/persons", Stops: w.names.Effect(inventory.RuleSigns) == inventory.Refuse}
	edit := editPath(w.page.Actor, d)
	labels := map[string]string{}
	for _, s := range d.Signs(w.names.Vocabulary) {
		line := w.sign(d, s, edit)
		labels[line.Key] = line.Label + " – " + line.Kind
		if x := d.Answered(s); x != nil {
			line.Answer = w.page.T("screening.answer." + string(x.Answer))
			out.Answered = append(out.Answered, line)
			continue
		}
		line.Ticked = true
		out.Waiting = append(out.Waiting, line)
	}
	for n := len(d.Declarations) - 1; n >= 0; n-- {
		out.Records = append(out.Records, w.record(&d.Declarations[n], labels))
	}
	return out
}

func (w words) sign(d *inventory.Dataset, s inventory.Sign, edit string) signLine {
	line := signLine{Key: s.Key(), Kind: w.page.T("screening.kind." + s.Kind), Sample: s.Sample}
	if s.Column == "" {
		line.Href, line.Label = fieldAt(edit, s.Field), w.label(generic(s.Field))
		if parts := strings.Split(s.Field, "."); len(parts) > 2 { // distributions.0.url
			if n := whole(parts[1]); n < len(d.Content.Distributions) {
				line.Detail = w.fileName(d, d.Content.Distributions[n].ID)
			}
		}
		return line
	}
	line.Label = w.page.T("screening.column_of", s.Column, w.fileName(d, strings.TrimPrefix(s.Field, "distributions.")))
	line.Detail = w.page.T("screening.cells", s.Matches, s.Cells)
	if s.Cells == 0 {
		line.Detail = w.page.T("screening.by_name")
	}
	return line
}

// fileName is what a distribution is called, or its place in the list.
func (w words) fileName(d *inventory.Dataset, id string) string {
	for n, x := range d.Content.Distributions {
		if x.ID != id {
			continue
		}
		if !x.Title.Empty() {
			return w.page.Text(x.Title)
		}
		return w.page.T("screening.file", n+1, x.Format)
	}
	return ""
}

func (w words) record(x *inventory.PersonalRecord, labels map[string]string) record {
	out := record{At: x.At, Answer: w.page.T("screening.answer." + string(x.Answer)), Note: x.Note, Checked: w.day(x.Checked)}
	if x.By == w.page.Actor.Account {
		out.Who = w.page.T("dataset.history.you")
	}
	var techniques []string
	for _, t := range x.Techniques {
		techniques = append(techniques, w.page.T("screening.technique."+t))
	}
	out.Techniques = strings.Join(techniques, " · ")
	for _, key := range x.Covers {
		if label := labels[key]; label != "" { // what it was said about may be gone since
			out.Covers = append(out.Covers, label)
		}
	}
	return out
}

// missing is what the dataset's page says among what a submission lacks.
func (p persons) missing(w words) *missing {
	if !p.Stops || len(p.Waiting) == 0 {
		return nil
	}
	return &missing{p.Href, w.page.T("screening.persons"), w.page.T("screening.waits", len(p.Waiting))}
}

// personsPage shows every sign of persons and takes the answer.
type personsPage struct {
	web.Page
	Dataset    *inventory.Dataset
	Persons    persons
	Faults     web.Faults
	CanDeclare bool
	Answers    []web.Option
	Techniques []web.Option
	Answer     string // as typed
	Note       string
	Checked    string
	Samples    *samples
}

// personsPage answers GET /desk/datasets/:ref/persons.
func (p *Pages) personsPage(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	d, err := p.store.Get(c.Request.Context(), by, c.Param("ref"))
	if err != nil {
		return err
	}
	return p.showPersons(c, by, d, nil)
}

func (p *Pages) showPersons(c *gin.Context, by identity.Actor, d *inventory.Dataset, cause error, add ...func(*personsPage, words)) error {
	if !told(by, d) {
		return by.Must(identity.RecordDataset, d.Institution)
	}
	base := p.shell.Page(c, "screening.persons_title", d.Content.Title)
	w, err := p.words(c, base)
	if err != nil {
		return err
	}
	page := personsPage{
		Page: base, Dataset: d, Persons: w.persons(d), Faults: p.shell.Faults(c, cause),
		CanDeclare: by.May(identity.RecordDataset, d.Institution) && d.State != inventory.Withdrawn,
		Answer:     c.PostForm("answer"), Note: c.PostForm("note"), Checked: c.PostForm("checked"),
	}
	page.Samples = w.samples(d, p.beside.Samples == nil, c.PostForm("file"))
	for _, more := range add {
		more(&page, w)
	}
	if cause == nil {
		page.Checked = string(inventory.DateOf(w.now, inventory.Tunis()))
	} else {
		picked := c.PostFormArray("covers")
		for n := range page.Persons.Waiting {
			page.Persons.Waiting[n].Ticked = slices.Contains(picked, page.Persons.Waiting[n].Key)
		}
	}
	for _, a := range inventory.Answers() {
		page.Answers = append(page.Answers, web.Option{
			Value: string(a), Label: base.T("screening.answer." + string(a)), Hint: base.T("screening.answer_hint." + string(a)),
		})
	}
	used := c.PostFormArray("techniques")
	for _, t := range inventory.Techniques() {
		page.Techniques = append(page.Techniques, web.Option{
			Value: t, Label: base.T("screening.technique." + t), Chosen: slices.Contains(used, t),
		})
	}
	c.Header("Cache-Control", "no-store")
	status := http.StatusOK
	if cause != nil {
		status = web.StatusOf(cause)
	}
	return p.shell.ShowStatus(c, status, "inventory_persons", page)
}

// declare answers POST /desk/datasets/:ref/declaration.
func (p *Pages) declare(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	ctx, ref := c.Request.Context(), c.Param("ref")
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	x := inventory.PersonalRecord{
		Answer: inventory.Answer(c.PostForm("answer")), Note: c.PostForm("note"), Techniques: c.PostFormArray("techniques"),
		Checked: date(c.PostForm("checked")), Covers: c.PostFormArray("covers"), Confirmed: c.PostForm("confirmed") == "true",
	}
	_, err = p.store.Change(ctx, by, ref, "dataset.declare", whole(c.PostForm("revision")), func(d *inventory.Dataset) error {
		if len(x.Covers) == 0 && len(d.Unanswered(v)) > 0 {
			return fault.At("covers", "screening.pick") // a form names what it answers
		}
		return d.Declare(by, x, v, p.now())
	})
	if kind, _ := fault.KindOf(err); kind == fault.Invalid || kind == fault.Stale || kind == fault.Conflict {
		d, again := p.store.Get(ctx, by, ref)
		if again != nil {
			return again
		}
		return p.showPersons(c, by, d, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, deskPath(ref)+"/persons", "screening.flash.declared")
}

// waitingSigns is a dataset whose signs wait for an answer.
type waitingSigns struct {
	Href, Ref   string
	Title       lang.Text
	Institution lang.Text
	N           int
	Public      bool
}

func (p *Pages) waitingSigns(c *gin.Context, by identity.Actor) ([]waitingSigns, error) {
	found, err := p.store.Waiting(c.Request.Context(), by)
	if err != nil {
		return nil, err
	}
	names, err := p.names(c.Request.Context())
	if err != nil {
		return nil, err
	}
	list := make([]waitingSigns, 0, len(found))
	for _, d := range found {
		list = append(list, waitingSigns{
			Href: deskPath(d.Ref) + "/persons", Ref: d.Ref, Title: d.Content.Title, Institution: names.institution(d.Institution),
			N: d.SignsWaiting, Public: d.ApprovedRevision > 0,
		})
	}
	return list, nil
}
