package resultsweb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// listsPage is /desk/services/{slug}/lists: answers gathered elsewhere.
type listsPage struct {
	web.Page
	Tabs    tabs
	Faults  web.Faults
	Service *monitor.Service
	Modes   []web.Option
	Mode    string
	Rows    []listRow
}

type listRow struct {
	ID, Name, Mode, By string
	At                 time.Time
	Sound, Faulty      string
	Mark               web.Mark
}

// lists answers GET /desk/services/{slug}/lists.
func (p *Pages) lists(c *gin.Context) error { return p.showLists(c, "", nil) }

func (p *Pages) showLists(c *gin.Context, mode string, failed error) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	page := &listsPage{
		Page: p.shell.Page(c, "surveydesk.lists.title", v.Name.In(web.LangFrom(c.Request.Context()))), Tabs: tabsOf(by, v, "lists"), Service: v,
		Faults: p.shell.Faults(c, failed), Mode: mode,
	}
	for _, m := range []survey.Mode{survey.Interviewer, survey.FaceToFace} {
		page.Modes = append(page.Modes, web.Option{Value: string(m), Label: page.T("surveydesk.mode." + string(m))})
	}
	all, err := p.store.HandedLists(c.Request.Context(), by, v.Slug)
	if err != nil {
		return err
	}
	for n := range all {
		h := &all[n]
		page.Rows = append(page.Rows, listRow{
			ID: h.ID, Name: h.Name, Mode: page.T("surveydesk.mode." + string(h.Mode)), At: h.MadeAt, Sound: page.Number(h.Sound),
			Faulty: page.Number(h.Faulty), Mark: listMark(page.Page, h.State),
		})
	}
	if failed != nil {
		return p.shell.ShowFault(c, failed, "survey_desk_lists", page)
	}
	return p.shell.Show(c, "survey_desk_lists", page)
}

func listMark(p web.Page, s survey.HandedState) web.Mark {
	kinds := map[survey.HandedState]string{
		survey.HandedProposed: "review", survey.HandedApplied: "open", survey.HandedUndone: "withdrawn", survey.HandedDiscarded: "withdrawn",
	}
	return p.Mark(kinds[s], "surveydesk.list.state."+string(s))
}

// handIn answers POST /desk/services/{slug}/lists.
func (p *Pages) handIn(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	mode := c.PostForm("mode")
	name, data, err := fileOf(c)
	var made *survey.Handed
	if err == nil {
		made, err = p.propose(c.Request.Context(), by, v.Slug, mode, name, data)
	}
	if kind, ok := fault.KindOf(err); ok && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.TooLarge) {
		return p.showLists(c, mode, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/lists/"+made.ID, "")
}

func (p *Pages) propose(ctx context.Context, by identity.Actor, slug, mode, name string, data []byte) (*survey.Handed, error) {
	lines, err := p.sheets.Read(ctx, name, data)
	if err != nil {
		return nil, err
	}
	return p.store.Propose(ctx, by, surveydb.HandIn{Service: slug, Mode: survey.Mode(mode), Name: name, Data: data, Lines: lines})
}

// fileOf reads the file of a form.
func fileOf(c *gin.Context) (name string, data []byte, err error) {
	header, err := c.FormFile("file")
	if err != nil {
		return "", nil, fault.At("file", "survey.import.no_file")
	}
	if header.Size > maxFile {
		return "", nil, fault.At("file", "survey.import.large", maxFile>>20)
	}
	f, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	return header.Filename, data, err
}

// listPage is /desk/services/{slug}/lists/{id}: what each row would add.
type listPage struct {
	web.Page
	Tabs     tabs
	Faults   web.Faults
	Service  *monitor.Service
	List     *survey.Handed
	Mark     web.Mark
	ModeWord string
	Header   []string
	Rows     []sheetRow
	More     int
	Proposed bool
	Applied  bool
}

// sheetRow is a row of the list.
type sheetRow struct {
	Line  int
	Cells []sheetCell
	Wrong []string
}

type sheetCell struct {
	Name, Text string
	Faulty     bool
}

// rowsShown is how many rows of a list a page shows; faulty ones stand first.
const rowsShown = 200

// list answers GET /desk/services/{slug}/lists/{id}.
func (p *Pages) list(c *gin.Context) error { return p.showList(c, nil) }

func (p *Pages) showList(c *gin.Context, failed error) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	h, judged, err := p.store.HandedIn(c.Request.Context(), by, v.Slug, c.Param("id"))
	if err != nil {
		return err
	}
	page := &listPage{
		Page: p.shell.Page(c, "surveydesk.list.title", h.Name), Tabs: tabsOf(by, v, "lists"), Service: v, List: h, Header: h.Sheet.Header,
		Mark: listMark(p.shell.Page(c, "surveydesk.lists.nav"), h.State), Proposed: h.State == survey.HandedProposed, Applied: h.State == survey.HandedApplied,
		Faults: p.shell.Faults(c, failed),
	}
	page.ModeWord = page.T("surveydesk.mode." + string(h.Mode))
	for _, faulty := range []bool{true, false} {
		for n := range judged {
			if (judged[n].Answer == nil) != faulty {
				continue
			}
			if len(page.Rows) == rowsShown {
				page.More++
				continue
			}
			page.Rows = append(page.Rows, page.row(h.Sheet, &h.Sheet.Rows[n], &judged[n]))
		}
	}
	if failed != nil {
		return p.shell.ShowFault(c, failed, "survey_desk_list", page)
	}
	return p.shell.Show(c, "survey_desk_list", page)
}

func (page *listPage) row(s *survey.Sheet, r *survey.SheetRow, j *survey.Judged) sheetRow {
	row := sheetRow{Line: r.Line}
	wrong := map[string]bool{}
	for _, f := range j.Faults {
		wrong[f.Field] = true
		row.Wrong = append(row.Wrong, page.T("surveydesk.list.wrong", f.Field, page.T(f.Key, f.Args...)))
	}
	for n, cell := range r.Cells {
		row.Cells = append(row.Cells, sheetCell{s.Header[n], clip(cell), wrong[s.Header[n]]})
	}
	return row
}

func clip(cell string) string {
	if r := []rune(cell); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return cell
}

// apply answers POST /desk/services/{slug}/lists/{id}/apply.
func (p *Pages) apply(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	_, err = p.store.Apply(c.Request.Context(), by, v.Slug, c.Param("id"), c.PostForm("sound") == "true")
	if kind, _ := fault.KindOf(err); kind == fault.Conflict {
		return p.showList(c, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/lists/"+c.Param("id"), "surveydesk.list.applied")
}

// undo answers POST /desk/services/{slug}/lists/{id}/undo.
func (p *Pages) undo(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	done, err := p.store.UndoHanded(c.Request.Context(), by, v.Slug, c.Param("id"))
	if kind, _ := fault.KindOf(err); kind == fault.Conflict {
		return p.showList(c, err)
	}
	if err != nil {
		return err
	}
	said := "surveydesk.list.undone"
	if done.State == survey.HandedDiscarded {
		said = "surveydesk.list.discarded"
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/lists", said)
}

// template answers GET /desk/services/{slug}/lists/template: the columns of the
// questions that the service asks now, in a language.
func (p *Pages) template(c *gin.Context) error {
	ctx := c.Request.Context()
	_, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	asking, err := p.store.Asking(ctx, v.Slug)
	if err != nil {
		return err
	}
	set, err := p.store.Set(ctx, asking.Set, asking.Pinned)
	if err != nil {
		return err
	}
	tag := web.LangFrom(ctx)
	if asked := lang.Tag(c.Query("in")); asked.Valid() {
		tag = asked
	}
	words := func(key string) string { return p.shell.Words().T(tag, key) }
	lines := survey.Template(set, tag, words)
	return p.book(c, "jard-"+v.Slug+"-"+string(tag)+".xlsx", words("surveydesk.list.tab"), lines[0], lines[1:])
}

func (p *Pages) book(c *gin.Context, name, title string, header []string, rows [][]string) error {
	var out bytes.Buffer
	if err := p.sheets.Write(&out, title, header, each(rows)); err != nil {
		return err
	}
	return sendBook(c, name, out.Bytes())
}

func each(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func sendBook(c *gin.Context, name string, data []byte) error {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Header("Cache-Control", "no-store")
	c.Data(200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", data)
	return nil
}

// comments answers GET /desk/services/{slug}/lists/{id}/comments.xlsx: the
// list, masked as it is kept, with what is wrong in the cells where it is.
func (p *Pages) comments(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	h, judged, err := p.store.HandedIn(c.Request.Context(), by, v.Slug, c.Param("id"))
	if err != nil {
		return err
	}
	tag := web.LangFrom(c.Request.Context())
	words := p.shell.Words()
	title := words.T(tag, "surveydesk.list.tab")
	var rows [][]string
	var remarks []Remark
	for n := range h.Sheet.Rows {
		rows = append(rows, h.Sheet.Rows[n].Cells)
		for _, f := range judged[n].Faults {
			column := max(0, slices.Index(h.Sheet.Header, f.Field))
			remarks = append(remarks, Remark{n + 2, column + 1, words.T(tag, "surveydesk.list.line", strconv.Itoa(h.Sheet.Rows[n].Line), words.T(tag, f.Key, f.Args...))})
		}
	}
	var plain, out bytes.Buffer
	if err := p.sheets.Write(&plain, title, h.Sheet.Header, each(rows)); err != nil {
		return err
	}
	if err := p.sheets.Comment(plain.Bytes(), title, remarks, &out); err != nil {
		return err
	}
	return sendBook(c, "jard-"+h.ID+".xlsx", out.Bytes())
}
