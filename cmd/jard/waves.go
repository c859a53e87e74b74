package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/resultsweb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// waves adds what becomes of answers: waves, editions, lists gathered
// elsewhere, results, and their numbers for Prometheus.
func (h *house) waves(keep stores, c configs.Config, shell *web.Shell, seen *metrics.Metrics, answers *surveydb.Store) {
	answers.Waving(occasions(c.Location()), keep.workday, keep.starving(shell))
	resultsweb.New(shell, answers, keep.watched, keep.people, sheets(), time.Now).Forgets(c.Survey.KeepWords).Routes()
	seen.WatchSurvey(surveyNumbers(answers, keep))
	h.jobs = append(h.jobs,
		job{"tend the waves of surveys", "* * * * *", answers.Tend},
		job{"freeze the answers of a quarter", "17 5 * * *", func(ctx context.Context) error {
			return answers.FreezeQuarter(ctx, identity.System("jard"))
		}},
		job{"forget lists of answers", "53 3 * * *", answers.ForgetHanded})
}

// occasions reads cron lines in a zone.
func occasions(zone *time.Location) survey.Occasion {
	return func(line string, after time.Time) (time.Time, error) {
		all, err := schedule.Occasions(line, zone, after, after.AddDate(1, 1, 0))
		if err != nil {
			return time.Time{}, err
		}
		if len(all) == 0 {
			return time.Time{}, fmt.Errorf("%q comes never", line)
		}
		return all[0], nil
	}
}

// workday tells whether the administration works on a day; when the
// vocabulary cannot be read, only Saturdays and Sundays are known.
func (s stores) workday(day time.Time) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	words, err := s.register.Vocabulary(ctx)
	if err != nil {
		return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
	}
	return words.Workdays().Works(day)
}

// starving writes to those who run the service's surveys that its wave starves.
func (s stores) starving(shell *web.Shell) surveydb.Tell {
	return func(ctx context.Context, p survey.WaveProgress) ([]mail.Message, error) {
		v, err := s.watched.Service(ctx, identity.System("jard"), p.Service)
		if err != nil {
			return nil, err
		}
		all, err := s.people.Accounts(ctx, identity.System("jard"))
		if err != nil {
			return nil, err
		}
		words, link := shell.Words(), shell.URL("/desk/services/"+p.Service+"/waves")
		var letters []mail.Message
		for _, a := range all {
			actor, err := s.people.ActorOf(ctx, a.ID)
			if a.DisabledAt != nil || err != nil || actor.Everywhere(identity.ManageSurveys) || !actor.May(identity.ManageSurveys, p.Institution) {
				continue
			}
			text := []string{
				words.T(a.Language, "surveydesk.wave.mail.text", words.Date(a.Language, p.EndsAt.Add(-time.Minute)), int64(p.Worth), p.Needed, p.Projected),
				words.T(a.Language, "surveydesk.wave.cause."+string(p.Cause)),
				words.T(a.Language, "surveydesk.wave.mail.see", link),
			}
			letters = append(letters, mail.Message{
				Kind: "wave", Key: fmt.Sprintf("wave-%s-%d-%s", p.ID, time.Now().Unix()/(24*60*60), a.ID), Account: a.ID, To: a.Email, Name: a.Name,
				Lang: a.Language, Subject: words.T(a.Language, "surveydesk.wave.mail.subject", v.Name.In(a.Language)), Text: strings.Join(text, "\n\n") + "\n",
			})
		}
		return letters, nil
	}
}

// sheets hands the room of results the door to workbooks.
func sheets() resultsweb.Sheets {
	return resultsweb.Sheets{Read: readLines, Write: sheet.WriteRows, Comment: commentBook}
}

// readLines reads the first table of a workbook or a CSV file.
func readLines(ctx context.Context, name string, data []byte) ([][]string, error) {
	unreadable := fault.At("file", "survey.import.unreadable")
	format := "CSV"
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		format = "XLSX"
	case len(data) == 0:
		return nil, fault.At("file", "survey.import.empty")
	case strings.EqualFold(filepath.Ext(name), ".xlsx") || bytes.IndexByte(data, 0) >= 0 && !utf16(data):
		return nil, unreadable
	}
	tables, err := sheet.OpenTables(ctx, format, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, unreadable
	}
	defer tables.Close()
	if len(tables.All) == 0 {
		return nil, unreadable
	}
	var lines [][]string
	for cells, err := range tables.All[0].Rows {
		if err != nil {
			return nil, unreadable
		}
		if lines = append(lines, append([]string{}, cells...)); len(lines) > 2*survey.MaxRows {
			return nil, fault.At("file", "survey.import.long", survey.MaxRows)
		}
	}
	return lines, nil
}

// utf16 tells a text that Excel saves as "Unicode".
func utf16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF"))
}

// commentBook puts remarks into the cells of a workbook's sheet.
func commentBook(book []byte, title string, remarks []resultsweb.Remark, w io.Writer) error {
	all := make([]sheet.Remark, 0, len(remarks))
	for _, r := range remarks {
		all = append(all, sheet.Remark{Sheet: title, Cell: cellName(r.Column, r.Row), Text: r.Text})
	}
	return sheet.Comment(book, all, w)
}

// cellName names a cell as spreadsheets do: column 28 of row 3 is AB3.
func cellName(column, row int) string {
	name := ""
	for ; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return fmt.Sprintf("%s%d", name, row)
}
