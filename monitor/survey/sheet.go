package survey

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Limits of a list of answers gathered elsewhere.
const (
	MaxRows       = 5000
	maxColumns    = 60
	sheetOldest   = 400 // days
	excelDayOne   = 25_569
	noon          = 12 * time.Hour
	columnDate    = "date"
	columnLang    = "language"
	columnMode    = "mode"
	sheetRemarkBy = "#"
)

// Sheet is a list of answers that were gathered by telephone or in person. What
// could point to a person was masked before it came here.
type Sheet struct {
	Header []string   `json:"header"`
	Rows   []SheetRow `json:"rows"`
}

// SheetRow is one row with its line in the file.
type SheetRow struct {
	Line  int      `json:"line"`
	Cells []string `json:"cells"`
}

// Judged is what a row comes to: an answer, or everything that is wrong with it.
type Judged struct {
	Line   int
	Answer *Answer
	Faults []*fault.Error // Field is the column's header
}

// NewSheet reads the lines of a file, the header first. What is no such file is
// refused as a whole: nothing of it is kept.
func NewSheet(set *Set, lines [][]string) (*Sheet, error) {
	at := slices.IndexFunc(lines, func(l []string) bool { return !blank(l) && !remark(l) })
	if at < 0 {
		return nil, fault.At("file", "survey.import.empty")
	}
	s := &Sheet{}
	for _, cell := range trimmed(lines[at]) {
		s.Header = append(s.Header, strings.ToLower(Clean(cell)))
	}
	if err := s.header(set); err != nil {
		return nil, err
	}
	for n, line := range lines[at+1:] {
		if blank(line) || remark(line) {
			continue
		}
		if len(s.Rows) == MaxRows {
			return nil, fault.At("file", "survey.import.long", MaxRows)
		}
		s.Rows = append(s.Rows, SheetRow{Line: at + n + 2, Cells: s.safe(set, line)})
	}
	if len(s.Rows) == 0 {
		return nil, fault.At("file", "survey.import.empty")
	}
	return s, nil
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// remark tells lines that explain: a template has some.
func remark(cells []string) bool {
	return len(cells) > 0 && strings.HasPrefix(strings.TrimSpace(cells[0]), sheetRemarkBy)
}

func trimmed(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// header wants the columns that everybody needs, and no unknown one.
func (s *Sheet) header(set *Set) error {
	var faults []error
	if len(s.Header) > maxColumns {
		return fault.At("file", "survey.import.wide", maxColumns)
	}
	for n, name := range s.Header {
		switch {
		case name == "":
			faults = append(faults, fault.At("file", "survey.import.unnamed", n+1))
		case slices.Contains(s.Header[:n], name):
			faults = append(faults, fault.At("file", "survey.import.twice", Mask(name)))
		case name != columnDate && name != columnLang && name != columnMode && set.Question(name) == nil:
			faults = append(faults, fault.At("file", "survey.import.column", short(Mask(name)), set.Key()))
		}
	}
	for _, must := range []string{columnDate, columnLang} {
		if !slices.Contains(s.Header, must) {
			faults = append(faults, fault.At("file", "survey.import.missing", must))
		}
	}
	if !slices.ContainsFunc(s.Header, func(name string) bool { return set.Question(name) != nil }) {
		faults = append(faults, fault.At("file", "survey.import.no_question"))
	}
	return errors.Join(faults...)
}

func short(word string) string {
	if r := []rune(word); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return word
}

// safe cleans and masks the cells of a row. What is too long stays too long, so
// that its fault is told, and no longer than that.
func (s *Sheet) safe(set *Set, line []string) []string {
	cells := make([]string, len(s.Header))
	for n := range cells {
		if n >= len(line) {
			break
		}
		cell := line[n]
		if r := []rune(cell[:min(len(cell), 16*MaxComment)]); len(r) > MaxComment+1 {
			cell = string(r[:MaxComment+1])
		}
		cell = Clean(cell)
		if _, dated := sheetDay(cell); s.Header[n] != columnDate || !dated {
			cell = maskKeeping(set.Question(s.Header[n]), cell)
		}
		cells[n] = cell
	}
	return cells
}

// maskKeeping masks a cell; one that is over-long stays so.
func maskKeeping(q *Question, cell string) string {
	masked := Mask(cell)
	long := len([]rune(cell)) > MaxComment
	if q != nil && q.Kind == Text && long && len([]rune(masked)) <= MaxComment {
		masked += strings.Repeat("…", MaxComment+1-len([]rune(masked)))
	}
	return masked
}

// sheetDay reads a day as people and spreadsheets write it.
func sheetDay(cell string) (time.Time, bool) {
	cell = westernDigits(strings.TrimSpace(cell))
	for _, form := range []string{time.DateOnly, "02/01/2006", "2/1/2006", "02-01-2006", "02.01.2006", time.RFC3339, time.DateTime} {
		if day, err := time.Parse(form, cell); err == nil {
			return day, true
		}
	}
	days, err := strconv.ParseFloat(cell, 64)
	if err != nil || days < excelDayOne || days > excelDayOne+80*365 {
		return time.Time{}, false
	}
	return time.Unix(0, 0).UTC().AddDate(0, 0, int(days)-excelDayOne), true
}

// Judge reads every row against the questions that were asked.
func (s *Sheet) Judge(set *Set, service string, mode Mode, now time.Time, zone *time.Location) []Judged {
	out := make([]Judged, len(s.Rows))
	for n := range s.Rows {
		out[n] = s.judge(set, &s.Rows[n], service, mode, now, zone)
	}
	return out
}

func (s *Sheet) judge(set *Set, row *SheetRow, service string, mode Mode, now time.Time, zone *time.Location) Judged {
	f := Form{Service: service, Answers: map[string]string{}, Took: -1}
	day, dated := time.Time{}, false
	for n, name := range s.Header {
		cell := strings.TrimSpace(row.Cells[n])
		switch name {
		case columnDate:
			day, dated = sheetDay(cell)
		case columnLang:
			f.Language = lang.Tag(strings.ToLower(cell))
		case columnMode:
			if cell != "" {
				mode = Mode(strings.ToLower(cell))
			}
		default:
			f.Answers[name] = plainCell(set.Question(name), cell)
		}
	}
	j := Judged{Line: row.Line}
	at, err := sheetMoment(day, dated, now, zone)
	faults := fault.All(err)
	if f.Channel = channelOf(mode); f.Channel == "" {
		faults = append(faults, fault.At(columnMode, "survey.import.mode"))
		f.Channel = Phone
	}
	answer, err := Take(set, &f, at)
	for _, one := range fault.All(err) {
		told := *one
		told.Field = strings.TrimPrefix(one.Field, "answers.")
		faults = append(faults, &told)
	}
	if j.Faults = faults; len(faults) == 0 {
		j.Answer = answer
	}
	return j
}

// sheetMoment is noon of the day, which is neither in the future nor forgotten.
func sheetMoment(day time.Time, dated bool, now time.Time, zone *time.Location) (time.Time, error) {
	if !dated {
		return now, fault.At(columnDate, "survey.import.date")
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone).Add(noon)
	switch {
	case DayOf(at, zone).After(DayOf(now, zone)):
		return now, fault.At(columnDate, "survey.import.future")
	case at.Before(now.AddDate(0, 0, -sheetOldest)):
		return now, fault.At(columnDate, "survey.import.old", sheetOldest)
	}
	if at.After(now) {
		at = now
	}
	return at.UTC(), nil
}

func channelOf(m Mode) Channel {
	switch m {
	case Interviewer:
		return Phone
	case FaceToFace:
		return InPerson
	case Self:
	}
	return ""
}

// plainCell lets a spreadsheet write 4.0, and people the words of a choice in
// place of its code.
func plainCell(q *Question, cell string) string {
	if q.Levels() > 0 {
		whole, zeros, _ := strings.Cut(cell, ".")
		if strings.Trim(zeros, "0") == "" {
			return whole
		}
		return cell
	}
	for n := range q.Choices {
		o := &q.Choices[n]
		if strings.EqualFold(cell, o.Code) {
			return o.Code
		}
		for _, said := range o.Text {
			if strings.EqualFold(cell, said) {
				return o.Code
			}
		}
	}
	return cell
}

// Template is the head of a list of answers to a set, with lines that explain
// it in a language.
func Template(set *Set, tag lang.Tag, words func(key string) string) [][]string {
	header, asks, takes := []string{columnDate, columnLang}, []string{}, []string{}
	asks = append(asks, sheetRemarkBy+" "+words("survey.import.template.date"), words("survey.import.template.language"))
	takes = append(takes, sheetRemarkBy+" 2026-11-20", "fr, ar, en")
	for n := range set.Questions {
		q := &set.Questions[n]
		header = append(header, q.Code)
		asks = append(asks, q.Text.In(tag))
		takes = append(takes, q.takes(tag, words))
	}
	return [][]string{header, asks, takes}
}

// takes says what may be written in a question's column.
func (q *Question) takes(tag lang.Tag, words func(key string) string) string {
	points := strconv.Itoa(q.Least()) + "–" + strconv.Itoa(q.Most())
	switch q.Kind {
	case Rating:
		return points + " (" + q.Low.In(tag) + " → " + q.High.In(tag) + ")"
	case Faces:
		return points
	case Text:
		return words("survey.import.template.text")
	case Choice:
	}
	var all []string
	for n := range q.Choices {
		all = append(all, q.Choices[n].Code+" = "+q.Choices[n].Text.In(tag))
	}
	return strings.Join(all, "; ")
}
