package exchangeweb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// api adds the exchange's part of the JSON API.
func (p *Pages) api() {
	const all, one = "/api/v1/imports", "/api/v1/imports/{id}"
	propose := operation("propose-import", http.MethodPost, all, "What a file would change: the file as body, or multipart")
	propose.MaxBodyBytes = largest
	propose.Middlewares = huma.Middlewares{p.strangersSendLittle}
	web.Register(p.shell, propose, p.apiPropose)
	web.Register(p.shell, operation("get-import", http.MethodGet, one, "A file handed in, with its rows"), p.apiGet)
	web.Register(p.shell, operation("apply-import", http.MethodPost, one+"/application", "Write what it proposes"), p.apiApply)
	web.Register(p.shell, operation("match-import-columns", http.MethodPost, one+"/columns", "Read it again with its columns matched by hand, which is remembered"), p.apiColumns)
	discard := operation("discard-import", http.MethodDelete, one, "Throw away a file of which nothing is written")
	discard.DefaultStatus = http.StatusNoContent
	web.Register(p.shell, discard, p.apiDiscard)
	web.Register(p.shell, operation("propose-bulk-edit", http.MethodPost, "/api/v1/bulk-edits", "What an edit of many datasets would change, applied as an import is"), p.apiBulk)
	web.Register(p.shell, operation("undo-import", http.MethodPost, one+"/undo", "Take back what it wrote"), p.apiUndo)
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Imports"}}
}

// strangersSendLittle keeps large bodies for who has signed in.
func (p *Pages) strangersSendLittle(ctx huma.Context, next func(huma.Context)) {
	if !web.ActorFrom(ctx.Context()).Known() {
		p.shell.MaxBody(64 << 10)(humagin.Unwrap(ctx))
	}
	next(ctx)
}

type proposeIn struct {
	Institution string `query:"institution" doc:"Slug of the institution" example:"marhp" maxLength:"60"`
	Format      string `query:"format" enum:"auto,xlsx,csv,jsonl,ckan,datajson" default:"auto"`
	Portal      string `query:"portal" doc:"Host of the catalogue a CKAN or data.json file came from" maxLength:"200"`
	Name        string `query:"name" doc:"Name of the file, when it is the body" maxLength:"200"`
	Sheet       string `query:"sheet" doc:"With columns: the sheet to read" maxLength:"100"`
	Header      int    `query:"header" minimum:"0" doc:"With columns: line of the headings; 0 when the data begin at once"`
	Columns     string `query:"columns" doc:"Columns of a table whose headings are not understood" example:"A:ref,C:title" maxLength:"4000"`
	Key         string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again with the same file within a day, nothing is made twice"`
	ContentType string `header:"Content-Type"`
	RawBody     []byte `contentType:"application/octet-stream"`
}

type importAnswer struct {
	Body importOut
}

type importOut struct {
	ID     string         `json:"id"`
	State  string         `json:"state" doc:"proposed, partly (some rows are applied), applied or undone"`
	Done   bool           `json:"applied"`
	Format string         `json:"format"`
	Counts map[string]int `json:"counts" doc:"create, change, unchanged, conflict and refused"`
	Rows   []rowOut       `json:"rows" doc:"In the order of the file"`
}

type rowOut struct {
	N       int                    `json:"n" doc:"Names the row when single rows are applied"`
	Done    bool                   `json:"applied"`
	Sheet   string                 `json:"sheet"`
	Line    int                    `json:"line"`
	Outcome string                 `json:"outcome"`
	Ref     string                 `json:"ref"`
	Title   string                 `json:"title"`
	Twin    string                 `json:"twin" doc:"Ref of a dataset that a new row looks like; empty when none does"`
	Errors  []faultOut             `json:"errors" doc:"Why the row is refused or conflicts"`
	Notes   []faultOut             `json:"notes" doc:"What could not be understood and was left out"`
	Changes []inventory.Difference `json:"changes"`
}

type faultOut struct {
	Cell    string `json:"cell" doc:"In the sheet, such as E12; empty when the fault is about the row"`
	Field   string `json:"field"`
	Key     string `json:"key"`
	Message string `json:"message" doc:"In the caller's language"`
}

// apiPropose answers POST /api/v1/imports.
func (p *Pages) apiPropose(ctx context.Context, in *proposeIn) (*importAnswer, error) {
	f := handedIn{institution: in.Institution, name: in.Name, format: in.Format, portal: in.Portal, data: in.RawBody}
	if kind, params, err := mime.ParseMediaType(in.ContentType); err == nil && kind == "multipart/form-data" {
		if err := f.unpack(in.RawBody, params["boundary"]); err != nil {
			return nil, err
		}
	}
	err := p.shell.Scan(ctx, bytes.NewReader(f.data))
	if err != nil {
		return nil, err
	}
	if f.layouts, err = in.layouts(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(in.RawBody)
	request := fmt.Sprintf("import %q %q %q %q %v %x", f.institution, f.format, f.portal, f.name, f.layouts, sum)
	set, err := p.once(ctx, in.Key, request, func(at *Pages) (*inventory.Changeset, error) {
		return at.propose(ctx, web.ActorFrom(ctx), f)
	})
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, set)
}

// layouts reads what the address says of the columns: "A:ref,C:title".
func (in *proposeIn) layouts() ([]sheet.Layout, error) {
	if in.Columns == "" {
		return nil, nil
	}
	l := sheet.Layout{Sheet: in.Sheet, Header: in.Header, Columns: map[string]string{}}
	for part := range strings.SplitSeq(in.Columns, ",") {
		letter, code, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			return nil, fault.At("columns", "import.columns.form")
		}
		l.Columns[strings.ToUpper(letter)] = code
	}
	return []sheet.Layout{l}, nil
}

// unpack takes the first file out of a multipart body.
func (f *handedIn) unpack(body []byte, boundary string) error {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fault.At("file", "import.file.missing")
		}
		if err != nil {
			return fault.New(fault.Invalid, "fault.form")
		}
		if part.FileName() == "" && part.FormName() != "file" {
			continue
		}
		if f.data, err = io.ReadAll(part); err != nil {
			return fault.New(fault.Invalid, "fault.form")
		}
		f.name = path.Base(part.FileName())
		return nil
	}
}

type importIn struct {
	ID string `path:"id" maxLength:"36"`
}

// apiGet answers GET /api/v1/imports/{id}.
func (p *Pages) apiGet(ctx context.Context, in *importIn) (*importAnswer, error) {
	set, err := p.store.Changeset(ctx, web.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, set)
}

// apiUndo answers POST /api/v1/imports/{id}/undo.
func (p *Pages) apiUndo(ctx context.Context, in *importIn) (*importAnswer, error) {
	reason := p.shell.Words().T(web.LangFrom(ctx), "import.undo.reason")
	set, err := p.store.Undo(ctx, web.ActorFrom(ctx), in.ID, reason)
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, set)
}

func (p *Pages) answer(ctx context.Context, set *inventory.Changeset) (*importAnswer, error) {
	rows, err := p.store.ChangesetRows(ctx, set, "", 0, inventorydb.AllRows)
	if err != nil {
		return nil, err
	}
	out := &importAnswer{Body: importOut{
		ID: set.ID, State: string(set.State), Done: set.State == inventory.Applied, Format: set.Format, Counts: map[string]int{}, Rows: make([]rowOut, 0, len(rows)),
	}}
	for _, o := range inventory.Outcomes() {
		out.Body.Counts[string(o)] = set.Counts[o]
	}
	for _, row := range rows {
		out.Body.Rows = append(out.Body.Rows, p.rowOut(web.LangFrom(ctx), row))
	}
	return out, nil
}

func (p *Pages) rowOut(tag lang.Tag, row inventorydb.ChangesetRow) rowOut {
	out := rowOut{
		N: row.N, Done: row.Done,
		Sheet: row.Sheet, Line: row.Line, Outcome: string(row.Outcome), Ref: row.Ref, Title: row.Title, Twin: row.Twin,
		Errors: []faultOut{}, Notes: []faultOut{}, Changes: row.Changes,
	}
	for _, m := range row.Remarks {
		said := faultOut{m.Cell, m.Field, m.Key, p.shell.Words().T(tag, m.Key, m.Words()...)}
		if m.Note {
			out.Notes = append(out.Notes, said)
			continue
		}
		out.Errors = append(out.Errors, said)
	}
	return out
}
