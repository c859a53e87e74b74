package inventoryweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// fileAPI adds the files behind distributions to the JSON API.
func (p *Pages) fileAPI() {
	const all = "/api/v1/datasets/{ref}/files"
	const one = "/api/v1/datasets/{ref}/distributions/{id}"
	web.Register(p.shell, operation("dataset-files", http.MethodGet, all, "What was seen of the files behind its distributions"),
		p.apiFiles)
	web.Register(p.shell, operation("distribution-checks", http.MethodGet, one+"/checks", "The last looks at one file"), p.apiLooks)
	web.Register(p.shell, operation("check-distribution", http.MethodPost, one+"/check", "Look at one file now"), p.apiCheck)
	web.Register(p.shell, operation("date-distribution", http.MethodPut, one+"/date-column",
		"Name the column that dates the rows: a changed file then proves an update as far as its newest date goes"), p.apiDate)
	list := operation("list-files", http.MethodGet, "/api/v1/files", "Files of published datasets, what to mend first at the front")
	list.Tags = []string{"Files"}
	web.Register(p.shell, list, p.apiFileList)
}

// fileOut is a file as the JSON API writes it.
type fileOut struct {
	Distribution string      `json:"distribution"`
	Ref          string      `json:"ref"`
	Institution  string      `json:"institution"`
	Draft        bool        `json:"draft" doc:"Of what is worked on, where it differs from what is public"`
	URL          string      `json:"url"`
	State        string      `json:"state" doc:"ok, moved, too_large, wrong_format, page, login, empty, failing, broken, implausible or unknown"`
	Since        time.Time   `json:"since"`
	Reason       string      `json:"reason" doc:"Why the last look did not see it; empty when it did"`
	Status       int         `json:"status" doc:"HTTP status; 0 when there was no answer"`
	PageStatus   int         `json:"page_status" doc:"Of the access address, when it is another; -1 when there was no answer"`
	FinalURL     string      `json:"final_url"`
	Declared     string      `json:"declared_format"`
	Format       string      `json:"format" doc:"By the bytes themselves"`
	Match        string      `json:"match" doc:"fits, minor or differs"`
	Encoding     string      `json:"encoding"`
	Delimiter    string      `json:"delimiter"`
	Bytes        int64       `json:"bytes"`
	SHA256       string      `json:"sha256"`
	Rows         *int64      `json:"rows"`
	Columns      []columnOut `json:"columns"`
	Holds        []string    `json:"holds" doc:"Formats in an archive"`
	LookedAt     *time.Time  `json:"looked_at"`
	NextAt       time.Time   `json:"next_at"`
	ChangedAt    *time.Time  `json:"changed_at" doc:"When another content was seen"`
	Flag         string      `json:"flag" doc:"touched, repeated, silent or short; empty when declaration and file agree"`
	DateColumn   string      `json:"date_column"`
	Newest       string      `json:"newest" doc:"Newest date in it"`
}

type columnOut struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" doc:"text, integer, decimal, date, boolean or blank"`
	Empty    int64  `json:"empty"`
	Distinct int    `json:"distinct"`
	More     bool   `json:"more_distinct"`
	Min      string `json:"min" doc:"Of numbers and dates only"`
	Max      string `json:"max"`
}

func shapeFile(f *file.File) fileOut {
	out := fileOut{
		Distribution: f.DistributionID, Ref: f.Ref, Institution: f.Institution, Draft: f.Draft, URL: f.URL, State: string(f.State),
		Since: f.Since.UTC(), Reason: string(f.Reason), Status: f.Status, PageStatus: f.PageStatus, FinalURL: f.FinalURL,
		Declared: f.Declared, Format: string(f.Format), Match: string(file.Compare(f.Declared, f.Format)), Encoding: f.Encoding,
		Delimiter: f.Delimiter, Bytes: f.Bytes, SHA256: f.Hash, Rows: f.Rows, Columns: []columnOut{}, Holds: []string{},
		LookedAt: f.LookedAt, NextAt: f.NextAt.UTC(), ChangedAt: f.ChangedAt, Flag: string(f.Flag), DateColumn: f.DateColumn,
		Newest: string(f.Newest),
	}
	for _, c := range f.Profile.Columns {
		out.Columns = append(out.Columns, columnOut{c.Name, string(c.Kind), c.Empty, c.Distinct, c.More, c.Min, c.Max})
	}
	for _, h := range f.Profile.Holds {
		out.Holds = append(out.Holds, string(h))
	}
	return out
}

type filesOut struct {
	Body struct {
		Items []fileOut `json:"items"`
		Next  string    `json:"next"`
	}
}

// apiFiles answers GET /api/v1/datasets/{ref}/files; those of a public dataset are public.
func (p *Pages) apiFiles(ctx context.Context, in *RefIn) (*filesOut, error) {
	seen, err := p.store.Files(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := &filesOut{}
	out.Body.Items = []fileOut{}
	for n := range seen {
		out.Body.Items = append(out.Body.Items, shapeFile(&seen[n]))
	}
	return out, nil
}

// DistributionIn names a distribution in the path.
type DistributionIn struct {
	RefIn
	ID string `path:"id" doc:"Id of the distribution" maxLength:"36"`
}

type looksIn struct {
	DistributionIn
	Draft bool `query:"draft" doc:"Of what is worked on instead of what is public"`
}

type looksOut struct {
	Body struct {
		Items []lookOut `json:"items" doc:"Newest first; the last fifty are kept"`
		Next  string    `json:"next"`
	}
}

type lookOut struct {
	At     time.Time `json:"at"`
	State  string    `json:"state" doc:"After it"`
	Reason string    `json:"reason"`
	Status int       `json:"status"`
	Change string    `json:"change" doc:"first, identical, changed or unseen"`
	Bytes  int64     `json:"bytes"`
	SHA256 string    `json:"sha256"`
	Rows   *int64    `json:"rows"`
	TookMs int64     `json:"took_ms"`
}

// apiLooks answers GET /api/v1/datasets/{ref}/distributions/{id}/checks.
func (p *Pages) apiLooks(ctx context.Context, in *looksIn) (*looksOut, error) {
	looks, err := p.store.FileLooks(ctx, web.ActorFrom(ctx), in.Ref, in.ID, in.Draft)
	if err != nil {
		return nil, err
	}
	out := &looksOut{}
	out.Body.Items = []lookOut{}
	for _, l := range looks {
		out.Body.Items = append(out.Body.Items, lookOut{
			l.At.UTC(), string(l.State), string(l.Reason), l.Status, string(l.Change), l.Bytes, l.Hash, l.Rows, l.TookMs,
		})
	}
	return out, nil
}

type checkOut struct {
	Status int
	Body   fileOut
}

// apiCheck answers POST /api/v1/datasets/{ref}/distributions/{id}/check: 200
// with what was seen, 202 while the look goes on.
func (p *Pages) apiCheck(ctx context.Context, in *DistributionIn) (*checkOut, error) {
	if p.beside.Check == nil {
		return nil, fault.New(fault.Unavailable, "file.ask.off")
	}
	f, done, err := p.beside.Check(ctx, web.ActorFrom(ctx), in.Ref, in.ID)
	if err != nil {
		return nil, err
	}
	out := &checkOut{Status: http.StatusOK, Body: shapeFile(f)}
	if !done {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

type dateIn struct {
	DistributionIn
	Body struct {
		Column string `json:"column" doc:"Name of the column; empty takes it back" maxLength:"200"`
	}
}

type dateOut struct{ Body fileOut }

// apiDate answers PUT /api/v1/datasets/{ref}/distributions/{id}/date-column.
func (p *Pages) apiDate(ctx context.Context, in *dateIn) (*dateOut, error) {
	f, err := p.store.DateFile(ctx, web.ActorFrom(ctx), in.Ref, in.ID, in.Body.Column)
	if err != nil {
		return nil, err
	}
	return &dateOut{shapeFile(f)}, nil
}

type fileListIn struct {
	Institution string `query:"institution" doc:"Slug; bodies under it are included"`
	State       string `query:"state"`
	Flag        string `query:"flag" doc:"touched, repeated, silent or short"`
	All         bool   `query:"all" doc:"Also those that nobody has to mend"`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// apiFileList answers GET /api/v1/files.
func (p *Pages) apiFileList(ctx context.Context, in *fileListIn) (*filesOut, error) {
	list, err := p.store.FileList(ctx, web.ActorFrom(ctx), inventorydb.FileFilter{
		Institution: in.Institution, State: file.State(in.State), Flag: file.Flag(in.Flag), All: in.All, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &filesOut{}
	out.Body.Items = []fileOut{}
	for n := range list.Items {
		out.Body.Items = append(out.Body.Items, shapeFile(&list.Items[n].File))
	}
	return out, nil
}

// fileCSV answers GET /desk/files.csv: one row a file.
func (p *Pages) fileCSV(c *gin.Context) error {
	list, _, err := p.filesFor(c, 0)
	if err != nil {
		return err
	}
	rows := [][]string{{
		"ref", "institution", "title_fr", "title_ar", "distribution", "url", "state", "since", "reason", "status", "declared_format",
		"format", "bytes", "rows", "columns", "encoding", "delimiter", "flag", "moved_to", "looked_at",
	}}
	for n := range list.Items {
		f := &list.Items[n]
		title := f.Dataset.Content.Title
		row := []string{
			f.Ref, f.Institution, web.Inert(title["fr"]), web.Inert(title["ar"]), f.DistributionID, web.Inert(f.URL), string(f.State),
			f.Since.UTC().Format(time.RFC3339), string(f.Reason), strconv.Itoa(f.Status), web.Inert(f.Declared), string(f.Format),
			strconv.FormatInt(f.Bytes, 10), "", strconv.Itoa(f.Columns), f.Encoding, f.Delimiter, string(f.Flag), web.Inert(f.FinalURL), "",
		}
		if f.Rows != nil {
			row[13] = strconv.FormatInt(*f.Rows, 10)
		}
		if f.LookedAt != nil {
			row[19] = f.LookedAt.UTC().Format(time.RFC3339)
		}
		rows = append(rows, row)
	}
	return web.CSV(c, "files.csv", rows)
}
