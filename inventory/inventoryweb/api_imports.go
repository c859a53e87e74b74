package inventoryweb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

type importIn struct {
	Institution string `query:"institution" required:"true" doc:"Slug of the body whose datasets these are"`
	Format      string `query:"format" enum:"auto,jsonl,ckan" default:"auto"`
	Portal      string `query:"portal" maxLength:"253" doc:"Host of the catalogue that a CKAN list came from"`
	ContentType string `header:"Content-Type"`
	RawBody     []byte
}

type applyIn struct {
	ID string `path:"id" maxLength:"36"`
}

type importOut struct {
	Body importReport
}

type importReport struct {
	ID      string         `json:"id" doc:"Names the list; apply it under this name"`
	Applied bool           `json:"applied"`
	Counts  map[string]int `json:"counts"`
	Rows    []importRow    `json:"rows" doc:"In the order of the list"`
}

type importRow struct {
	Line    int                `json:"line"`
	Outcome string             `json:"outcome" doc:"create, change, unchanged, conflict or refused"`
	Ref     string             `json:"ref" doc:"Empty for a row that is not recorded yet"`
	Title   string             `json:"title"`
	Errors  []web.ProblemField `json:"errors" doc:"Why the row is refused or conflicts"`
	Notes   []web.ProblemField `json:"notes" doc:"What could not be understood and was left out"`
}

// maxList bounds a list that is imported through the API: some 30,000 entries.
const maxList = 32 << 20

func (p *Pages) importAPI() {
	const all = "/api/v1/imports"
	preview := operation("preview-import", http.MethodPost, all, "See what importing a list would change; nothing is written")
	preview.Description = "The list is the body, or the first file of a multipart form: JSON Lines, or CKAN's JSON."
	preview.MaxBodyBytes = maxList
	apply := operation("apply-import", http.MethodPost, all+"/{id}/application", "Import the list that was looked at")
	preview.Tags, apply.Tags = []string{"Imports"}, []string{"Imports"}
	web.Register(p.shell, preview, p.apiPreview)
	web.Register(p.shell, apply, p.apiApply)
}

// apiPreview answers POST /api/v1/imports.
func (p *Pages) apiPreview(ctx context.Context, in *importIn) (*importOut, error) {
	list, err := uploaded(in.RawBody, in.ContentType)
	if err != nil {
		return nil, err
	}
	format := in.Format
	if format == "auto" {
		format = guess(list)
	}
	u := inventorydb.Upload{Institution: in.Institution, Format: format, Portal: in.Portal, Body: list}
	// Looked at first: a list that cannot be imported at all is not worth keeping.
	report, err := p.imported(ctx, u, false)
	if err != nil {
		return nil, err
	}
	if u, err = p.store.Keep(ctx, web.ActorFrom(ctx), u); err != nil {
		return nil, err
	}
	return p.importAnswer(ctx, u.ID, report), nil
}

// apiApply answers POST /api/v1/imports/{id}/application. Applying twice
// changes nothing the second time.
func (p *Pages) apiApply(ctx context.Context, in *applyIn) (*importOut, error) {
	u, err := p.store.Kept(ctx, web.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	report, err := p.imported(ctx, *u, true)
	if err != nil {
		return nil, err
	}
	return p.importAnswer(ctx, u.ID, report), nil
}

func (p *Pages) imported(ctx context.Context, u inventorydb.Upload, apply bool) (inventory.Report, error) {
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return inventory.Report{}, err
	}
	var rows iter.Seq[inventory.Row]
	if u.Format == "ckan" {
		rows = sheet.ReadCKAN(bytes.NewReader(u.Body), v, u.Portal)
	} else {
		rows = sheet.ReadJSONL(bytes.NewReader(u.Body), v)
	}
	return p.store.Import(ctx, web.ActorFrom(ctx), u.Institution, rows, apply)
}

// uploaded is the list itself: the body, or the first file of a form.
func uploaded(body []byte, contentType string) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return filledBody(body)
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, "fault.body_required")
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "fault.form")
		}
		if part.FileName() == "" {
			continue
		}
		list, err := io.ReadAll(part)
		if err != nil {
			return nil, fault.New(fault.Invalid, "fault.form")
		}
		return filledBody(list)
	}
}

func filledBody(b []byte) ([]byte, error) {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, fault.New(fault.Invalid, "fault.body_required")
	}
	return b, nil
}

// guess tells JSON Lines from a CKAN answer, which is one value over many lines
// or one that holds a result.
func guess(list []byte) string {
	first, rest, _ := bytes.Cut(bytes.TrimSpace(list), []byte("\n"))
	first = bytes.TrimSpace(first)
	whole := bytes.HasPrefix(first, []byte("{")) && bytes.HasSuffix(first, []byte("}"))
	if whole && (len(rest) > 0 || !bytes.Contains(first, []byte(`"result"`))) {
		return "jsonl"
	}
	return "ckan"
}

func (p *Pages) importAnswer(ctx context.Context, id string, report inventory.Report) *importOut {
	out := &importOut{Body: importReport{ID: id, Applied: report.Applied, Counts: map[string]int{}, Rows: []importRow{}}}
	for _, outcome := range inventory.Outcomes() {
		out.Body.Counts[string(outcome)] = report.Counts[outcome]
	}
	for _, row := range report.Rows {
		out.Body.Rows = append(out.Body.Rows, importRow{
			Line: row.Line, Outcome: string(row.Outcome), Ref: row.Ref, Title: row.Title,
			Errors: p.said(ctx, fault.All(row.Err)), Notes: p.said(ctx, row.Notes),
		})
	}
	return out
}

// said puts faults into the caller's language.
func (p *Pages) said(ctx context.Context, faults []*fault.Error) []web.ProblemField {
	fields := make([]web.ProblemField, 0, len(faults))
	for _, f := range faults {
		fields = append(fields, web.ProblemField{
			Field: f.Field, Key: f.Key, Message: p.shell.Words().T(web.LangFrom(ctx), f.Key, f.Args...),
		})
	}
	return fields
}
