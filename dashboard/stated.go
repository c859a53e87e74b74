package dashboard

import (
	"strconv"
	"strings"

	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/web"
)

// fill puts a statement into words.
func (p *picture) fill(page *statementPage) {
	st := page.Statement
	page.Name = st.Name
	page.Until = p.Date(st.Until.Add(-1))
	for _, f := range st.Figures {
		page.Figures = append(page.Figures, p.stated(f))
	}
	if a := st.Answers; a != nil {
		page.Figures = append(page.Figures, statedFigure{
			Name: p.T("statement.figure.answers"), Is: p.T("indicator.counts", a.Answered, a.Received), Was: "–",
			Counts: p.T("statement.in_time", a.InTime),
		})
	} else {
		page.Figures = append(page.Figures, statedFigure{Name: p.T("statement.figure.answers"), Is: p.T("indicator.unmeasured.yet"), Was: "–"})
	}
	if q := st.Quality; q != nil {
		kinds := map[string]string{"excellent": "open", "good": "open", "sufficient": "due", "bad": "returned"}
		mark := web.Mark{Kind: kinds[q.Band], Word: p.T("quality.band." + string(quality.Band(q.Band)))}
		page.Band, page.Points = &mark, p.T("statement.points", p.Decimal(q.Points, 1), q.Most, q.Datasets)
	}
	page.Lists = []statedList{
		p.lines("late", st.Late), p.lines("opened_list", st.Opened), p.lines("slipped", st.Slipped),
		p.lines("coming", st.Coming), p.lines("waived_list", st.Waived),
	}
	for _, rule := range p.vocabulary.Rules {
		if rule.Code == "frequency" {
			page.Basis = p.T("statement.basis", rule.Article, rule.Certainty)
		}
	}
}

// stated puts a figure beside that of the quarter before.
func (p *picture) stated(f indicator.Figure) statedFigure {
	s := statedFigure{Name: p.T("statement.figure." + f.Key), Is: p.Number(f.N), Was: p.Number(f.WasN)}
	is, was := float64(f.N), float64(f.WasN)
	if f.Percent {
		s.Is, s.Was = "–", "–"
		if f.Of > 0 {
			is = float64(f.N) / float64(f.Of)
			s.Is, s.Counts = p.Percent(is, 0), p.T("indicator.counts", f.N, f.Of)
		}
		if f.WasOf > 0 {
			was = float64(f.WasN) / float64(f.WasOf)
			s.Was = p.Percent(was, 0)
		}
		if f.Of == 0 || f.WasOf == 0 {
			return s
		}
	}
	switch {
	case is > was:
		s.Trend = "up"
	case is < was:
		s.Trend = "down"
	default:
		s.Trend = "same"
	}
	s.Word = p.T("statement.trend." + s.Trend)
	return s
}

// lines puts a list into words.
func (p *picture) lines(key string, l indicator.Lines) statedList {
	out := statedList{
		Key: key, Title: p.T("statement.list."+key, l.Total), Empty: p.T("statement.none." + key),
		Head: p.head("dataset.desk.dataset"),
	}
	switch key {
	case "late":
		out.Head = append(out.Head, p.head("obligation.field.period", "indicator.field.last_day", "statement.field.days")...)
	case "waived_list":
		out.Head = append(out.Head, p.head("obligation.field.period", "statement.field.until", "statement.field.reason")...)
	case "opened_list":
		out.Head = append(out.Head, p.T("statement.field.opened"))
	default:
		out.Head = append(out.Head, p.T("indicator.field.target"))
	}
	for _, line := range l.Items {
		r := statedRow{Ref: line.Ref, Title: line.Title, Body: line.Name}
		switch key {
		case "late":
			r.Cells = []string{p.reference(line.Period), p.day(line.Day), p.Number(line.Days)}
		case "waived_list":
			r.Cells = []string{p.reference(line.Period), p.day(line.Day), line.Note}
		default:
			r.Cells = []string{p.day(line.Day)}
		}
		out.Rows = append(out.Rows, r)
	}
	if more := l.Total - len(l.Items); more > 0 {
		out.More = p.T("statement.more", more)
	}
	return out
}

// changes says what a revision states otherwise than the one before.
func (p *picture) changes(all []indicator.Change) []string {
	said := make([]string, 0, len(all))
	value := func(n, of int, share bool) string {
		switch {
		case share && of > 0:
			return p.Percent(float64(n)/float64(of), 0) + " (" + p.T("indicator.counts", n, of) + ")"
		case share:
			return "–"
		}
		return p.Number(n)
	}
	for _, c := range all {
		line := p.T("statement.changed", p.T("statement.part."+c.Key), value(c.WasN, c.WasOf, c.Percent), value(c.N, c.Of, c.Percent))
		if len(c.Added) > 0 {
			line += " " + p.T("statement.added", strings.Join(some(c.Added), ", "))
		}
		if len(c.Gone) > 0 {
			line += " " + p.T("statement.gone", strings.Join(some(c.Gone), ", "))
		}
		said = append(said, line)
	}
	return said
}

// some keeps a sentence short.
func some(refs []string) []string {
	const most = 5
	if len(refs) <= most {
		return refs
	}
	return append(refs[:most:most], "+"+strconv.Itoa(len(refs)-most))
}
