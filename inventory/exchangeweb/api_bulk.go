package exchangeweb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

type bulkIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again with the same body within a day, nothing is made twice"`
	Body bulkBody
}

type bulkBody struct {
	Institution string      `json:"institution" doc:"Slug; the bodies under it are included" example:"marhp" maxLength:"60"`
	Filter      *bulkFilter `json:"filter,omitempty" doc:"Which datasets; every one of the institution when left out"`
	Edits       []editIn    `json:"edits" minItems:"1" maxItems:"20" doc:"Made one after the other to each dataset"`
}

type bulkFilter struct {
	State     string   `json:"state,omitempty" maxLength:"20"`
	Theme     string   `json:"theme,omitempty" maxLength:"60"`
	Frequency string   `json:"frequency,omitempty" maxLength:"60"`
	Missing   string   `json:"missing,omitempty" doc:"A field that says nothing yet" example:"contact.email" maxLength:"60"`
	Overdue   bool     `json:"overdue,omitempty"`
	Q         string   `json:"q,omitempty" doc:"Words, in any language" maxLength:"500"`
	Refs      []string `json:"refs,omitempty" maxItems:"1000" doc:"These and no others"`
}

type editIn struct {
	Field string `json:"field" example:"frequency" maxLength:"60"`
	Act   string `json:"act" enum:"set,clear,add,remove,replace"`
	Find  string `json:"find,omitempty" doc:"The wording to be replaced"`
	Value string `json:"value,omitempty" doc:"A code or a text; a list's entries are parted by commas or semicolons"`
}

// apiBulk answers POST /api/v1/bulk-edits.
func (p *Pages) apiBulk(ctx context.Context, in *bulkIn) (*importAnswer, error) {
	b := in.Body
	f := inventorydb.Filter{}
	if in := b.Filter; in != nil {
		f = inventorydb.Filter{
			State: inventory.State(in.State), Theme: in.Theme, Frequency: in.Frequency, Missing: in.Missing,
			Overdue: in.Overdue, Q: in.Q, Refs: in.Refs,
		}
	}
	var edits []inventory.BulkEdit
	for _, e := range b.Edits {
		edits = append(edits, inventory.BulkEdit{Field: e.Field, Act: inventory.BulkAct(e.Act), Find: e.Find, Value: e.Value})
	}
	asked, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("name a request: %w", err)
	}
	set, err := p.once(ctx, in.Key, "bulk-edit "+string(asked), func(at *Pages) (*inventory.Changeset, error) {
		return at.proposeBulk(ctx, web.ActorFrom(ctx), b.Institution, f, edits)
	})
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, set)
}

// once runs work, or finds again what it made when the key was used for the
// same request before.
func (p *Pages) once(
	ctx context.Context, key, request string, work func(*Pages) (*inventory.Changeset, error),
) (*inventory.Changeset, error) {
	if key == "" {
		return work(p)
	}
	by := web.ActorFrom(ctx)
	id, err := p.store.Once(ctx, by, key, request, func(s *inventorydb.Store) ([]byte, error) {
		inside := *p
		inside.store = s
		set, err := work(&inside)
		if err != nil {
			return nil, err
		}
		return []byte(set.ID), nil
	})
	if err != nil {
		return nil, err
	}
	return p.store.Changeset(ctx, by, string(id))
}

type applyIn struct {
	ID   string     `path:"id" maxLength:"36"`
	Rows string     `query:"rows" enum:"good,all" default:"good" doc:"all: refuse the whole when any row is refused or conflicts"`
	Body *applyBody `doc:"Left out, every good row is applied"`
}

type applyBody struct {
	Rows    []int      `json:"rows,omitempty" maxItems:"20000" doc:"Only these rows, by their n, and those of answers; the others may be applied later"`
	Answers []answerIn `json:"answers,omitempty" maxItems:"20000" doc:"How conflicts are settled"`
	Same    []int      `json:"same,omitempty" maxItems:"20000" doc:"Rows that are the dataset they look like: it learns their source, and nothing else is written"`
	Skip    []int      `json:"skip,omitempty" maxItems:"20000" doc:"Rows to leave out"`
}

type answerIn struct {
	Row    int      `json:"row" doc:"The n of a row that conflicts"`
	Take   string   `json:"take" enum:"mine,theirs,fields" doc:"Whose word stands: the register's, the file's, or the file's for the fields alone"`
	Fields []string `json:"fields,omitempty" maxItems:"100"`
}

// choice is the body as the rule takes it.
func (in *applyIn) choice() inventory.Choice {
	choice := inventory.Choice{All: in.Rows == "all"}
	if in.Body == nil {
		return choice
	}
	choice.Rows, choice.Answers = in.Body.Rows, map[int]inventory.Settlement{}
	choice.Same, choice.Skip = in.Body.Same, in.Body.Skip
	for _, a := range in.Body.Answers {
		choice.Answers[a.Row] = inventory.Settlement{Theirs: a.Take == theirs}
		if a.Take == byTick {
			choice.Answers[a.Row] = inventory.Settlement{Fields: a.Fields}
		}
	}
	return choice
}

// apiApply answers POST /api/v1/imports/{id}/application.
func (p *Pages) apiApply(ctx context.Context, in *applyIn) (*importAnswer, error) {
	set, err := p.store.Apply(ctx, web.ActorFrom(ctx), in.ID, in.choice())
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, set)
}

type columnsIn struct {
	ID   string `path:"id" maxLength:"36"`
	Body struct {
		Sheets []layoutIn `json:"sheets" minItems:"1" maxItems:"50" doc:"The sheets to be read; the others are left out"`
	}
}

type layoutIn struct {
	Name    string            `json:"name,omitempty" doc:"Of the sheet; empty for CSV" maxLength:"100"`
	Header  int               `json:"header" minimum:"0" doc:"Line of the headings; 0 when the data begin at once"`
	Columns map[string]string `json:"columns" doc:"Letter to column of the inventory sheet, such as {\"B\":\"title\"}"`
}

// apiColumns answers POST /api/v1/imports/{id}/columns.
func (p *Pages) apiColumns(ctx context.Context, in *columnsIn) (*importAnswer, error) {
	by := web.ActorFrom(ctx)
	was, err := p.store.ChangesetFile(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	if was.Format != "xlsx" && was.Format != "csv" {
		return nil, fault.New(fault.Conflict, "import.columns.none")
	}
	var all []sheet.Layout
	for _, s := range in.Body.Sheets {
		all = append(all, sheet.Layout{Sheet: s.Name, Header: s.Header, Columns: s.Columns})
	}
	set, err := p.readAgain(ctx, by, was, all)
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, set)
}

// apiDiscard answers DELETE /api/v1/imports/{id}.
func (p *Pages) apiDiscard(ctx context.Context, in *importIn) (*struct{}, error) {
	return nil, p.store.Discard(ctx, web.ActorFrom(ctx), in.ID)
}
