package digest

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web/locale"
)

// Kind is what the outbox calls a digest.
const Kind mail.Kind = "digest"

//go:embed digest.html
var page string

// letter is a digest in words.
type letter struct {
	Lang, Dir      string
	Subject        string
	Hello, Intro   string
	Sections       []section
	Valid          string // until when the links work; empty without any
	Why            string
	Settings, Stop anchor
	Start, End     string // sides of the line, for mail programs that know no logical ones
	Operator       string
}

type section struct {
	Title string
	Late  bool
	Items []item
	More  anchor
}

type item struct {
	Title, Dir string
	Tag        string
	URL        string
	Ref, About string
	Reason     string
	Acts       []anchor
}

type anchor struct{ Text, URL string }

// write makes the mail of a digest.
func (m *Maker) write(d *notice.Digest, stop string) (mail.Message, error) {
	l := m.letter(d, stop)
	var html bytes.Buffer
	t, err := template.New("digest").Parse(page)
	if err == nil {
		err = t.Execute(&html, l)
	}
	if err != nil {
		return mail.Message{}, fmt.Errorf("write a digest: %w", err)
	}
	return mail.Message{
		Kind: Kind, Key: d.Key(), Account: d.Person.Actor.Account, To: d.Person.Email, Name: d.Person.Actor.Name,
		Lang: d.Person.Lang, Subject: l.Subject, Text: l.text(), HTML: html.String(), Unsubscribe: stop,
		Sensitive: true, At: m.Store.Now(),
	}, nil
}

// letter says a digest in the person's language.
func (m *Maker) letter(d *notice.Digest, stop string) *letter {
	tag := d.Person.Lang
	t := func(key string, args ...any) string { return m.Words.T(tag, key, args...) }
	l := &letter{
		Lang: string(tag), Dir: tag.Dir(), Subject: m.subject(d), Hello: t("notice.hello", d.Person.Actor.Name),
		Intro: t("notice.intro", m.Store.Now()), Why: t("notice.why"), Operator: m.Operator.In(tag),
		Settings: anchor{t("notice.settings"), m.URL("/account/notices")}, Start: "left", End: "right",
	}
	if tag == lang.Arabic {
		l.Start, l.End = l.End, l.Start
	}
	if stop != "" {
		l.Stop = anchor{t("notice.stop"), stop + speaking(tag)}
	}
	for _, s := range d.Sections {
		made := section{Title: t("notice.part."+string(s.Part), s.Total), Late: s.Part == notice.Late || s.Part == notice.Escalated}
		for n := range s.Lines {
			made.Items = append(made.Items, m.item(tag, s.Part, &s.Lines[n]))
			if s.Lines[n].ConfirmBy != "" {
				l.Valid = t("notice.valid", m.Store.Now().Add(notice.LinkAge))
			}
		}
		if rest := s.Total - len(s.Lines); rest > 0 {
			made.More = anchor{t("notice.more", rest), m.URL(whole(s.Part))}
		}
		l.Sections = append(l.Sections, made)
	}
	return l
}

// whole is where all of a section is listed.
func whole(p notice.Part) string {
	switch p {
	case notice.Returned, notice.Soon:
		return "/desk/datasets"
	case notice.Reviews:
		return "/desk/review"
	case notice.Answers:
		return "/desk/requests"
	case notice.Endorsing:
		return "/desk/endorsements"
	case notice.Persons:
		return "/desk/screening"
	case notice.Portal:
		return "/desk/portal"
	}
	return "/desk/obligations"
}

// subject names the most pressing thing.
func (m *Maker) subject(d *notice.Digest) string {
	for _, s := range d.Sections {
		if s.Part == notice.Late || s.Part == notice.Escalated || s.Part == notice.Soon {
			return m.Words.T(d.Person.Lang, "notice.subject."+string(s.Part), s.Total)
		}
	}
	return m.Words.T(d.Person.Lang, "notice.subject.other", d.Count())
}

func (m *Maker) item(tag lang.Tag, part notice.Part, l *notice.Line) item {
	title, found := l.Title.Pick(tag)
	if title == "" {
		title = l.Ref
	}
	path := l.Path
	if path == "" {
		path = "/desk/datasets/" + l.Ref
	}
	i := item{Title: title, Dir: found.Dir(), Tag: string(found), URL: m.URL(path), Ref: l.Ref, About: m.about(tag, part, l), Reason: l.Reason}
	if l.ConfirmBy != "" {
		i.Acts = []anchor{
			{m.Words.T(tag, "notice.link.confirm.do"), m.URL("/m/"+l.ConfirmBy) + speaking(tag)},
			{m.Words.T(tag, "notice.link.update.do"), m.URL("/m/"+l.UpdateBy) + speaking(tag)},
		}
	}
	if l.Earlier > 0 {
		i.About += " " + m.Words.T(tag, "notice.line.earlier", l.Earlier)
	}
	return i
}

// speaking makes a page open in the language of the mail, whatever the browser speaks.
func speaking(tag lang.Tag) string { return "?lang=" + string(tag) }

// about says how a line stands. Nobody is blamed: what is late is to be updated.
func (m *Maker) about(tag lang.Tag, part notice.Part, l *notice.Line) string {
	t := func(key string, args ...any) string { return m.Words.T(tag, key, args...) }
	period := ""
	if l.Duty.Period != "" {
		period = PeriodName(m.Words, tag, l.Duty.Period, l.Duty.StartsAt)
	}
	switch {
	case part == notice.Returned:
		return t("notice.line.returned", l.Last)
	case part == notice.Reviews:
		return t("notice.line.review", l.Last)
	case part == notice.Endorsing:
		return t("notice.line.review", l.Last)
	case part == notice.Persons:
		return t("notice.line.persons", l.Count)
	case part == notice.Portal:
		return t("notice.line.portal", l.Count)
	case part == notice.Answers && !l.Due.IsZero():
		return t("notice.line.answer_due", l.Last, l.Due.Add(-time.Second))
	case part == notice.Answers:
		return t("notice.line.answer", l.Last)
	case part == notice.Soon && l.DaysLeft <= 0:
		return t("notice.line.today", period)
	case part == notice.Soon:
		return t("notice.line.soon", l.DaysLeft, l.Last, period)
	case l.DaysLate > 0:
		return t("notice.line.late", l.DaysLate, l.Last, period)
	}
	return t("notice.line.late_just", l.Last, period)
}

// PeriodName says a reference period in words where it has a name, else by its code.
func PeriodName(words *locale.Catalogue, tag lang.Tag, code string, starts time.Time) string {
	year, part, split := strings.Cut(code, "-")
	switch {
	case split && len(part) == 2 && (part[0] == 'Q' || part[0] == 'S'):
		return words.T(tag, "obligation.period."+part, year)
	case split && len(part) == 2 && part[0] != 'T' && part[0] != 'B':
		return words.Month(tag, starts)
	case split && len(part) == 3 && part[0] == 'W':
		return words.T(tag, "notice.week_of", starts)
	case len(code) == len(time.DateOnly) && strings.Count(code, "-") == 2:
		return words.Date(tag, starts)
	}
	return code
}

// text is the letter for who reads without HTML.
func (l *letter) text() string {
	var b strings.Builder
	colon := locale.Colon(lang.Tag(l.Lang))
	b.WriteString(l.Hello + "\n\n" + l.Intro + "\n")
	for _, s := range l.Sections {
		b.WriteString("\n" + s.Title + "\n" + strings.Repeat("-", min(len([]rune(s.Title)), 60)) + "\n")
		for _, i := range s.Items {
			fmt.Fprintf(&b, "\n* %s (%s)\n  %s\n", i.Title, i.Ref, i.About)
			if i.Reason != "" {
				b.WriteString("  " + strings.Join(strings.Fields(i.Reason), " ") + "\n")
			}
			b.WriteString("  " + i.URL + "\n")
			for _, a := range i.Acts {
				b.WriteString("  " + a.Text + colon + a.URL + "\n")
			}
		}
		if s.More.URL != "" {
			b.WriteString("\n" + s.More.Text + colon + s.More.URL + "\n")
		}
	}
	if l.Valid != "" {
		b.WriteString("\n" + l.Valid + "\n")
	}
	b.WriteString("\n-- \n" + l.Operator + "\n" + l.Why + "\n" + l.Settings.Text + colon + l.Settings.URL + "\n")
	if l.Stop.URL != "" {
		b.WriteString(l.Stop.Text + colon + l.Stop.URL + "\n")
	}
	return b.String()
}
