package auditweb

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

// take reads what is asked for and hands the lines out; nothing is written to
// the answer before the first of them is there, so that a refusal is a page.
func (p *Pages) take(c *gin.Context, name, kind string, begin func(w io.Writer, after audit.Head, complete bool) error,
	line func(*audit.Line) error, end func() error,
) error {
	by, err := web.SignedIn(c, identity.ReadAudit)
	if err != nil {
		return err
	}
	ctx, a := c.Request.Context(), askedOf(c)
	f, err := p.filter(ctx, by, a)
	if err != nil {
		return err
	}
	f.Before = 0
	out := bufio.NewWriterSize(c.Writer, 64<<10)
	err = p.store.Export(ctx, by, f, map[string]string{"file": name, "query": a.query("")}, func(after audit.Head, complete bool) error {
		c.Header("Content-Type", kind)
		c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
		c.Header("Cache-Control", "no-store")
		return begin(out, after, complete)
	}, line)
	if err != nil {
		return err
	}
	return errors.Join(end(), out.Flush())
}

// jsonl answers GET /desk/audit/lines.jsonl: a file that proves itself.
func (p *Pages) jsonl(c *gin.Context) error {
	var e *audit.Exporter
	return p.take(c, "audit.jsonl", "application/jsonl; charset=utf-8", func(w io.Writer, after audit.Head, complete bool) (err error) {
		e, err = audit.NewExporter(w, after, complete)
		return err
	}, func(l *audit.Line) error { return e.Line(l) }, func() error { return e.End() })
}

// csv answers GET /desk/audit/lines.csv.
func (p *Pages) csv(c *gin.Context) error {
	var t *Table
	return p.take(c, "audit.csv", "text/csv; charset=utf-8", func(w io.Writer, _ audit.Head, _ bool) (err error) {
		t, err = NewTable(w)
		return err
	}, func(l *audit.Line) error { return t.Line(l) }, func() error { return t.End() })
}

// Table writes lines for a spreadsheet, in which no cell is a formula.
type Table struct{ to *csv.Writer }

// NewTable begins a table with the names of its columns.
func NewTable(w io.Writer) (*Table, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	t := &Table{csv.NewWriter(w)}
	return t, t.to.Write(audit.Columns())
}

// Line writes the next line.
func (t *Table) Line(l *audit.Line) error {
	x, err := l.Export()
	if err != nil {
		return err
	}
	row := x.Row()
	for n, cell := range row {
		row[n] = web.Inert(cell)
	}
	return t.to.Write(row)
}

// End writes what is left.
func (t *Table) End() error {
	t.to.Flush()
	return t.to.Error()
}

// auditLineOut is a line as the API has it.
type auditLineOut struct {
	ID          int64           `json:"id"`
	At          time.Time       `json:"at"`
	Actor       string          `json:"actor" doc:"Account id, or the command that the program ran by itself; empty when erased"`
	Role        string          `json:"role"`
	Act         string          `json:"act" example:"dataset.approve"`
	Subject     string          `json:"subject" example:"dataset"`
	Ref         string          `json:"ref"`
	Institution string          `json:"institution"`
	Reason      string          `json:"reason"`
	Before      json.RawMessage `json:"before" doc:"The fields that changed, as they were"`
	After       json.RawMessage `json:"after" doc:"And as they are since"`
	Position    *int64          `json:"position" doc:"In the chain; null for less than a second after the act"`
	Hash        string          `json:"hash" doc:"SHA-256 of the line, see docs/audit.md"`
	Erased      []string        `json:"erased" doc:"What was erased of it: who, told"`
	Adopted     bool            `json:"adopted" doc:"Written before there was a chain"`
}

type auditLinesIn struct {
	Who         string `query:"who" maxLength:"100" doc:"Part of a name or address, or an account id"`
	Act         string `query:"act" maxLength:"60" doc:"dataset.approve; with a dot at the end every act of a kind"`
	Subject     string `query:"subject" maxLength:"60"`
	Ref         string `query:"ref" maxLength:"200"`
	Institution string `query:"institution" maxLength:"100" doc:"Slug"`
	From        string `query:"from" doc:"First day, 2026-11-01"`
	To          string `query:"to" doc:"Last day"`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor      string `query:"cursor" doc:"The next of the page before"`
}

type auditLinesOut struct {
	Body struct {
		Items []auditLineOut `json:"items"`
		Next  string         `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// list answers GET /api/v1/audit.
func (p *Pages) list(ctx context.Context, in *auditLinesIn) (*auditLinesOut, error) {
	by := web.ActorFrom(ctx)
	f, err := p.filter(ctx, by, asked{in.Who, in.Act, in.Subject, in.Ref, in.Institution, in.From, in.To, in.Cursor})
	if err != nil {
		return nil, err
	}
	f.Limit = in.Limit
	lines, more, err := p.store.Search(ctx, by, f)
	if err != nil {
		return nil, err
	}
	out := &auditLinesOut{}
	out.Body.Items = []auditLineOut{}
	for n := range lines {
		out.Body.Items = append(out.Body.Items, shape(&lines[n]))
	}
	if more {
		out.Body.Next = cursorOf(lines[len(lines)-1])
	}
	return out, nil
}

func shape(l *audit.Line) auditLineOut {
	out := auditLineOut{
		ID: l.ID, At: l.At.UTC(), Actor: l.Actor, Role: string(l.Role), Act: l.Act, Subject: l.Subject, Ref: l.Ref, Institution: l.Institution,
		Reason: l.Reason, Before: l.Before, After: l.After, Position: l.Position, Adopted: l.Adopted, Erased: []string{},
	}
	if h, ok := audit.HashOf(l.Hash); ok {
		out.Hash = h.String()
	}
	if l.WhoErased() {
		out.Erased = append(out.Erased, string(audit.Who))
	}
	if l.ToldErased() {
		out.Erased = append(out.Erased, string(audit.Told))
	}
	return out
}
