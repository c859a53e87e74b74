package inventoryweb

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// fileRoutes adds the pages and the API of the files behind distributions.
func (p *Pages) fileRoutes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/files", page(p.fileList))
	r.GET("/desk/files.csv", page(p.fileCSV))
	r.GET("/desk/datasets/:ref/files/:id", page(p.filePage))
	r.POST("/desk/datasets/:ref/files/:id/check", page(p.checkFile))
	r.POST("/desk/datasets/:ref/files/:id/date", page(p.dateFile))
	p.shell.AddNav(web.NavItem{Path: "/desk/files", Key: "file.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavRegister, Rank: 13})
	p.fileAPI()
}

// filePage is all about one file.
type filePage struct {
	web.Page
	Dataset  *inventory.Dataset
	File     fileLine
	Declared string
	Changed  *time.Time
	Seen     *time.Time
	Next     *time.Time
	Hash     string
	Looks    []lookLine
	May      bool // have it looked at now
	MayDate  bool
	Dates    []web.Option
	Guess    string
	Dated    string
	Faults   web.Faults
}

// lookLine is one look of the history in words.
type lookLine struct {
	At                 time.Time
	Mark               web.Mark
	Why, Change, Bytes string
	Rows               string
	Took               string
}

// filePage answers GET /desk/datasets/:ref/files/:id.
func (p *Pages) filePage(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	page, err := p.fileOf(c, by, c.Param("ref"), c.Param("id"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "inventory_file", page)
}

// fileOf makes the page of a file: that of the draft when it differs from the
// public one, for that is what is worked on.
func (p *Pages) fileOf(c *gin.Context, by identity.Actor, ref, id string) (*filePage, error) {
	ctx := c.Request.Context()
	d, err := p.store.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	seen, err := p.store.Files(ctx, by, d.Ref)
	if err != nil {
		return nil, err
	}
	f, x, n := pickFile(d, seen, id)
	if f == nil {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	looks, err := p.store.FileLooks(ctx, by, d.Ref, id, f.Draft)
	if err != nil {
		return nil, err
	}
	base := p.shell.Page(c, "file.page.title", d.Content.Title)
	w, err := p.words(c, base)
	if err != nil {
		return nil, err
	}
	page := &filePage{
		Page: base, Dataset: d, File: w.file(f, x, n, ""), Declared: f.Declared, Changed: f.ChangedAt, Seen: f.SeenAt,
		Hash: f.Hash, May: p.beside.Check != nil && f.MayAsk(by) == nil, MayDate: w.mayDate(f.Institution), Dated: f.DateColumn,
	}
	if !f.Draft && p.beside.Check != nil && f.State != file.Implausible {
		page.Next = &f.NextAt
	}
	page.Dates = w.dates(f, &page.Guess)
	for n := range looks {
		page.Looks = append(page.Looks, w.look(&looks[n]))
	}
	return page, nil
}

// dates lists the columns that may date the rows.
func (w words) dates(f *file.File, guess *string) []web.Option {
	names := f.Profile.Dates()
	if len(names) == 0 {
		return nil
	}
	*guess = names[0]
	options := []web.Option{{Label: w.page.T("file.date.none"), Chosen: f.DateColumn == ""}}
	for _, name := range names {
		options = append(options, web.Option{Value: name, Label: name, Chosen: name == f.DateColumn})
	}
	return options
}

// pickFile finds a file among those of a dataset; what is worked on before
// what is public.
func pickFile(d *inventory.Dataset, seen []file.File, id string) (f *file.File, x inventory.Distribution, n int) {
	for k := range seen {
		if seen[k].DistributionID == id && (f == nil || seen[k].Draft) {
			f = &seen[k]
		}
	}
	for k, one := range d.Content.Distributions {
		if one.ID == id {
			x, n = one, k
		}
	}
	if f != nil && f.Draft && file.Of(x, f.Since).URL != f.URL { // the draft was changed again
		for k := range seen {
			if seen[k].DistributionID == id && !seen[k].Draft {
				f = &seen[k]
			}
		}
	}
	return f, x, n
}

func (w words) look(l *file.Look) lookLine {
	line := lookLine{At: l.At, Mark: w.fileMark(l.State), Change: w.page.T("file.change." + string(l.Change))}
	if l.Reason != file.None {
		line.Why = w.page.T("file.reason." + string(l.Reason))
	}
	if l.Bytes > 0 {
		line.Bytes = w.page.Bytes(l.Bytes)
	}
	if l.Rows != nil {
		line.Rows = w.page.Number(*l.Rows)
	}
	line.Took = w.page.Duration(time.Duration(l.TookMs) * time.Millisecond)
	return line
}

// checkFile answers POST /desk/datasets/:ref/files/:id/check.
func (p *Pages) checkFile(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	if p.beside.Check == nil {
		return fault.New(fault.Unavailable, "file.ask.off")
	}
	ref, id := c.Param("ref"), c.Param("id")
	_, done, err := p.beside.Check(c.Request.Context(), by, ref, id)
	at := deskPath(ref) + "/files/" + id
	if kind, _ := fault.KindOf(err); kind == fault.Throttled || kind == fault.Conflict {
		return p.shell.Redirect(c, at, fault.All(err)[0].Key)
	}
	if err != nil {
		return err
	}
	if !done {
		return p.shell.Redirect(c, at, "file.flash.going_on")
	}
	return p.shell.Redirect(c, at, "file.flash.looked")
}

// dateFile answers POST /desk/datasets/:ref/files/:id/date.
func (p *Pages) dateFile(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	ref, id := c.Param("ref"), c.Param("id")
	_, err = p.store.DateFile(c.Request.Context(), by, ref, id, c.PostForm("column"))
	if web.Correctable(err) {
		page, again := p.fileOf(c, by, ref, id)
		if again != nil {
			return again
		}
		page.Dated, page.Faults = c.PostForm("column"), p.shell.Faults(c, err)
		return p.shell.ShowFault(c, err, "inventory_file", page)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, deskPath(ref)+"/files/"+id, "file.flash.dated")
}

// fileListPage is the files that somebody has to mend, what matters most first.
type fileListPage struct {
	web.Page
	Institutions []web.Option
	States       []choice
	Items        []fileItem
	Total        int
	CSV          string
	Nothing      web.Empty
}

// fileItem is a file in the list.
type fileItem struct {
	fileLine
	Title       lang.Text
	Ref         string
	Institution lang.Text
}

// mostFiles bounds the list on a page; institutions and states narrow it down.
const mostFiles = 200

// fileList answers GET /desk/files.
func (p *Pages) fileList(c *gin.Context) error {
	list, f, err := p.filesFor(c, mostFiles)
	if err != nil {
		return err
	}
	base := p.shell.Page(c, "file.list.title")
	w, err := p.words(c, base)
	if err != nil {
		return err
	}
	page := fileListPage{
		Page: base, Total: list.Total, CSV: "/desk/files.csv?" + c.Request.URL.Query().Encode(),
		Nothing: base.Empty("file.list.empty", "file.list.empty_text"), States: w.fileStates(list.Counts, f),
	}
	if options := w.readable(base.Actor); len(options) > 2 {
		page.Institutions = options
		for n := range options {
			options[n].Chosen = options[n].Value == f.Institution
		}
	}
	for n := range list.Items {
		page.Items = append(page.Items, w.fileItem(&list.Items[n]))
	}
	return p.shell.Show(c, "inventory_file_list", page)
}

// filesFor reads the list that a request asks for.
func (p *Pages) filesFor(c *gin.Context, limit int) (inventorydb.FileList, inventorydb.FileFilter, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return inventorydb.FileList{}, inventorydb.FileFilter{}, err
	}
	f := inventorydb.FileFilter{
		Institution: c.Query("institution"), State: file.State(c.Query("state")), Flag: file.Flag(c.Query("flag")),
		All: c.Query("all") != "", Limit: limit,
	}
	list, err := p.store.FileList(c.Request.Context(), by, f)
	return list, f, err
}

func (w words) fileItem(l *inventorydb.FileLine) fileItem {
	x, n := inventory.Distribution{}, 0
	for k, one := range l.Dataset.Content.Distributions {
		if one.ID == l.DistributionID {
			x, n = one, k
		}
	}
	return fileItem{
		fileLine: w.file(&l.File, x, n, deskPath(l.Ref)+"/files/"), Title: l.Dataset.Content.Title, Ref: l.Ref,
		Institution: w.names.institution(l.Institution),
	}
}

// fileStates are the choices of states with their counts, what to mend first.
func (w words) fileStates(counts []inventorydb.FileCount, f inventorydb.FileFilter) []choice {
	sums, mend := map[file.State]int{}, 0
	under := map[string]bool{}
	for _, slug := range w.names.tree.Under(f.Institution, w.now) {
		under[slug] = true
	}
	for _, c := range counts {
		if f.Institution != "" && !under[c.Institution] {
			continue
		}
		sums[c.State] += c.N
		if c.State.Faulty() {
			mend += c.N
		}
	}
	at := func(state file.State) string {
		href := "/desk/files?state=" + string(state)
		if f.Institution != "" {
			href += "&institution=" + escape(f.Institution)
		}
		return href
	}
	all := []choice{{Href: at(""), Name: w.page.T("file.list.to_mend"), N: mend, Active: f.State == "" && !f.All && f.Flag == ""}}
	for _, s := range file.States() {
		if sums[s] > 0 {
			all = append(all, choice{Href: at(s), Name: w.fileMark(s).Word, N: sums[s], Active: f.State == s})
		}
	}
	return all
}
