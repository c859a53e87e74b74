package assessweb

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// evidenceRoutes adds answers of owners, and the documents that show them, to the JSON API.
func (p *Pages) evidenceRoutes() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/api/v1/services/{slug}/assessment" + path, Summary: summary, Tags: []string{"Assessment"},
		}
	}
	keep := op("assessment-document-keep", http.MethodPost, "/documents", "Keep a document (PDF, PNG or JPEG, 5 MiB) to show for an answer; the same bytes are kept once")
	keep.DefaultStatus, keep.MaxBodyBytes = http.StatusCreated, assess.MaxDocument
	web.Register(p.shell, keep, p.apiKeepDocument)
	web.Register(p.shell, op("assessment-documents", http.MethodGet, "/documents", "Documents kept for a service, the latest first"), p.apiDocuments)
	web.Register(p.shell, op("assessment-document", http.MethodGet, "/documents/{hash}", "One document, as it came"), p.apiDocument)
	web.Register(p.shell, op("assessment-answers", http.MethodGet, "/answers", "What owners answered, and what became of it"), p.apiAnswers)
	web.Register(p.shell, op("assessment-answer-give", http.MethodPut, "/answers/{measure}", "Answer a measure that no machine can find out"), p.apiGive)
}

// readableBy is a service whose answers the caller may read.
func (p *Pages) readableBy(ctx context.Context, slug string) (identity.Actor, error) {
	by := web.ActorFrom(ctx)
	v, err := p.services.Service(ctx, by, slug)
	if err != nil {
		return by, err
	}
	return by, by.Must(identity.ReadServices, v.Institution)
}

type assessedIn struct {
	Slug string `path:"slug" maxLength:"100"`
}

// assessmentDocumentOut is a document without its bytes.
type assessmentDocumentOut struct {
	Hash   string    `json:"hash" doc:"SHA-256 of the bytes, by which an answer names it"`
	Name   string    `json:"name"`
	Kind   string    `json:"kind" doc:"Media type, by what the bytes are"`
	Size   int64     `json:"size"`
	KeptAt time.Time `json:"kept_at"`
}

func shapeDocument(d *assess.Document) assessmentDocumentOut {
	return assessmentDocumentOut{Hash: d.Hash, Name: d.Name, Kind: d.Kind, Size: d.Size, KeptAt: d.KeptAt.UTC()}
}

type keepDocumentIn struct {
	Slug    string `path:"slug" maxLength:"100"`
	Name    string `query:"name" doc:"Name of the file" default:"document" maxLength:"400"`
	RawBody []byte `contentType:"application/octet-stream"`
}

type documentKept struct {
	Location string `header:"Location"`
	Cache    string `header:"Cache-Control"`
	Body     assessmentDocumentOut
}

// apiKeepDocument answers POST …/documents: looked at by the scanner before anything is kept.
func (p *Pages) apiKeepDocument(ctx context.Context, in *keepDocumentIn) (*documentKept, error) {
	by, err := p.readableBy(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	if err := p.shell.Scan(ctx, bytes.NewReader(in.RawBody)); err != nil {
		return nil, err
	}
	d, err := p.store.KeepDocument(ctx, by, in.Slug, in.Name, in.RawBody)
	if err != nil {
		return nil, err
	}
	at := p.shell.URL("/api/v1/services/" + url.PathEscape(in.Slug) + "/assessment/documents/" + d.Hash)
	return &documentKept{Location: at, Cache: "no-store", Body: shapeDocument(d)}, nil
}

type documentsOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []assessmentDocumentOut `json:"items" doc:"At most 200"`
	}
}

// apiDocuments answers GET …/documents.
func (p *Pages) apiDocuments(ctx context.Context, in *assessedIn) (*documentsOut, error) {
	by, err := p.readableBy(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	all, err := p.store.Documents(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	out := &documentsOut{Cache: "no-store"}
	out.Body.Items = []assessmentDocumentOut{}
	for n := range all {
		out.Body.Items = append(out.Body.Items, shapeDocument(&all[n]))
	}
	return out, nil
}

type documentIn struct {
	Slug string `path:"slug" maxLength:"100"`
	Hash string `path:"hash" maxLength:"64"`
}

type documentOut struct {
	Kind     string `header:"Content-Type"`
	As       string `header:"Content-Disposition"`
	Policy   string `header:"Content-Security-Policy"`
	AsItSays string `header:"X-Content-Type-Options"`
	Cache    string `header:"Cache-Control"`
	Body     []byte
}

// apiDocument answers GET …/documents/{hash}: to be kept and not to be run, as on the page.
func (p *Pages) apiDocument(ctx context.Context, in *documentIn) (*documentOut, error) {
	by, err := p.readableBy(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	d, err := p.store.Document(ctx, by, in.Slug, in.Hash)
	if err != nil {
		return nil, err
	}
	return &documentOut{
		Kind: d.Kind, As: "attachment; filename*=UTF-8''" + url.PathEscape(d.Name), Policy: "sandbox; default-src 'none'", AsItSays: "nosniff",
		Cache: "no-store", Body: d.Data,
	}, nil
}

// assessmentAnswerOut is what an owner said of a measure.
type assessmentAnswerOut struct {
	Measure  string    `json:"measure"`
	Word     string    `json:"word"`
	Value    *float64  `json:"value" doc:"In the measure's unit: shares from 0 to 1, times in seconds; null of a measure in words"`
	Link     string    `json:"link"`
	File     string    `json:"file"`
	Document string    `json:"document" doc:"Hash of the document kept here; empty when there is none"`
	Note     string    `json:"note"`
	GivenAt  time.Time `json:"given_at"`
	Until    time.Time `json:"until"`
	State    string    `json:"state" enum:"given,confirmed,returned"`
	Comment  string    `json:"comment" doc:"Why it was returned"`
	Revision int64     `json:"revision" doc:"Also the ETag"`
}

func shapeAnswer(a *assess.Answer) assessmentAnswerOut {
	out := assessmentAnswerOut{
		Measure: string(a.Measure), Word: a.Word, Link: a.Link, File: a.File, Document: a.FileHash, Note: a.Note, GivenAt: a.GivenAt.UTC(),
		Until: a.Until.UTC(), State: string(a.State), Comment: a.Comment, Revision: a.Revision,
	}
	if unit, _ := a.Measure.Unit(); unit != assess.Word {
		out.Value = &a.Value
	}
	return out
}

type answersOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []assessmentAnswerOut `json:"items" doc:"By measure"`
	}
}

// apiAnswers answers GET …/answers.
func (p *Pages) apiAnswers(ctx context.Context, in *assessedIn) (*answersOut, error) {
	by, err := p.readableBy(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	all, err := p.store.Answers(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	out := &answersOut{Cache: "no-store"}
	out.Body.Items = []assessmentAnswerOut{}
	for n := range all {
		out.Body.Items = append(out.Body.Items, shapeAnswer(&all[n]))
	}
	return out, nil
}

type giveIn struct {
	Slug    string `path:"slug" maxLength:"100"`
	Measure string `path:"measure" maxLength:"100"`
	IfMatch string `header:"If-Match" doc:"The ETag that the answer replaces; none when nothing was answered before"`
	Body    struct {
		Word     string  `json:"word,omitempty" enum:"yes,partly,no" doc:"Of a measure in words"`
		Value    float64 `json:"value,omitempty" doc:"Of the others, in the measure's unit"`
		Link     string  `json:"link,omitempty" doc:"Where it can be seen; this or a document, unless the answer is no"`
		Document string  `json:"document,omitempty" maxLength:"64" doc:"Hash of a document kept before"`
		Note     string  `json:"note,omitempty"`
	}
}

type givenOut struct {
	ETag  string `header:"ETag"`
	Cache string `header:"Cache-Control"`
	Body  assessmentAnswerOut
}

// apiGive answers PUT …/answers/{measure}.
func (p *Pages) apiGive(ctx context.Context, in *giveIn) (*givenOut, error) {
	by, err := p.readableBy(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.IfMatch) == "*" {
		return nil, fault.New(fault.Stale, "assess.stale")
	}
	revision, err := web.IfMatch(in.IfMatch, "assess.stale")
	if err != nil {
		return nil, err
	}
	said := assess.Said{Word: in.Body.Word, Value: in.Body.Value, Link: in.Body.Link, Note: in.Body.Note}
	if in.Body.Document != "" {
		d, err := p.store.Document(ctx, by, in.Slug, in.Body.Document)
		if kind, _ := fault.KindOf(err); kind == fault.NotFound {
			return nil, fault.At("document", "assess.document.unknown")
		}
		if err != nil {
			return nil, err
		}
		said.File, said.Hash = d.Name, d.Hash
	}
	a, err := p.store.Give(ctx, by, in.Slug, assess.Measure(in.Measure), said, int64(revision))
	if err != nil {
		return nil, err
	}
	return &givenOut{ETag: strconv.Quote(strconv.FormatInt(a.Revision, 10)), Cache: "no-store", Body: shapeAnswer(&a)}, nil
}
