// Package letter puts alerts into words, in the language of whoever receives
// them: short and plain, what, since when, seen from where, where the evidence
// is, and how to take it in hand.
package letter

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/web/locale"
)

// Kind is what the outbox of mail calls an alert.
const Kind mail.Kind = "alert"

// Pen writes alerts.
type Pen struct {
	Words    *locale.Catalogue
	URL      func(path string) string // makes a path of ours absolute
	Operator lang.Text
	Now      func() time.Time
}

//go:embed letter.html
var page string

// most is how many events one message tells of one by one.
const most = 30

// body is a message in words.
type body struct {
	Lang, Dir, Start, End string
	Subject, Intro, Valid string
	Grave                 bool
	Items                 []item
	More                  string
	Rule, Why, Operator   string
	Desk                  anchor
}

type item struct {
	Title, Dir, Tag string
	Owner           string
	About           []string
	See             anchor
	Ack             anchor
}

type anchor struct{ Text, URL string }

// Write fills the subject and the text of m; for a person it also returns the mail.
func (p *Pen) Write(m *alert.Message, parcel *alert.Parcel, secrets map[string]string) (*mail.Message, error) {
	b := p.body(m, secrets)
	m.Subject = b.Subject
	if parcel.Person == nil {
		m.Text = b.short()
		return nil, nil
	}
	m.Text = b.short() // without the links, which are for one reader only
	var html bytes.Buffer
	t, err := template.New("letter").Parse(page)
	if err == nil {
		err = t.Execute(&html, b)
	}
	if err != nil {
		return nil, fmt.Errorf("write an alert: %w", err)
	}
	thread := ""
	if len(m.Lines) > 0 {
		thread = alert.Thread(m.Lines[0].Key)
	}
	return &mail.Message{
		Kind: Kind, Key: alert.MailKey(m.ID), Account: parcel.Person.Actor.Account, To: parcel.Person.Email,
		Name: parcel.Person.Actor.Name, Lang: m.Lang, Subject: cut(b.Subject, mail.MaxSubject), Text: b.long(), HTML: html.String(),
		Thread: thread, Sensitive: len(secrets) > 0, At: m.QueuedAt,
	}, nil
}

// Trial writes the message by which somebody tries a channel.
func (p *Pen) Trial(m *alert.Message) {
	m.Subject = p.Words.T(m.Lang, "alert.trial.subject", m.Channel)
	m.Text = m.Subject + "\n" + p.Words.T(m.Lang, "alert.trial.text") + "\n" + p.URL("/desk/alerts") + "\n"
}

func (p *Pen) body(m *alert.Message, secrets map[string]string) *body {
	tag := m.Lang
	t := func(key string, args ...any) string { return p.Words.T(tag, key, args...) }
	b := &body{
		Lang: string(tag), Dir: tag.Dir(), Start: "left", End: "right", Subject: p.subject(m), Intro: t("alert.intro." + string(m.Stage)),
		Grave: m.Stage == alert.Begun || m.Stage == alert.Escalated || m.Stage == alert.Reminded,
		Rule:  t("alert.foot.rule", m.RouteName), Why: t("alert.foot.why"), Operator: p.Operator.In(tag),
		Desk: anchor{t("alert.foot.desk"), p.URL("/desk/alerts")},
	}
	if tag == lang.Arabic {
		b.Start, b.End = b.End, b.Start
	}
	for n := range m.Lines {
		if n == most {
			b.More = t("alert.more", len(m.Lines)-most)
			break
		}
		b.Items = append(b.Items, p.item(tag, &m.Lines[n], secrets[m.Lines[n].Key]))
	}
	if len(secrets) > 0 {
		b.Valid = t("alert.foot.valid", p.Words.DateTime(tag, p.Now().Add(alert.LinkAge)))
	}
	return b
}

func (p *Pen) subject(m *alert.Message) string {
	if len(m.Lines) != 1 {
		return p.Words.T(m.Lang, "alert.subject.many."+string(m.Stage), len(m.Lines))
	}
	l := &m.Lines[0]
	return p.Words.T(m.Lang, "alert.subject.one."+string(m.Stage), p.name(m.Lang, l), string(l.Kind))
}

// name is what an event is about, in words.
func (p *Pen) name(tag lang.Tag, l *alert.Line) lang.Text {
	if l.Service == alert.Everything {
		return lang.Text{string(tag): p.Words.T(tag, "alert.everything")}
	}
	if l.Facts.Name.Empty() {
		return lang.Text{string(tag): l.Service}
	}
	return l.Facts.Name
}

func (p *Pen) item(tag lang.Tag, l *alert.Line, secret string) item {
	t := func(key string, args ...any) string { return p.Words.T(tag, key, args...) }
	title, found := p.name(tag, l).Pick(tag)
	i := item{
		Title: title, Dir: found.Dir(), Tag: string(found), Owner: l.Facts.Owner.In(tag), About: About(p.Words, tag, l, p.Now()),
		See: anchor{t("alert.evidence"), l.URL + "?lang=" + string(tag)},
	}
	if secret != "" {
		i.Ack = anchor{t("alert.ack.do"), p.URL("/alert/"+secret) + "?lang=" + string(tag)}
	}
	return i
}

// About says how an event stands, a sentence a line.
func About(words *locale.Catalogue, tag lang.Tag, l *alert.Line, now time.Time) []string {
	t := func(key string, args ...any) string { return words.T(tag, key, args...) }
	said := []string{standing(words, tag, l, now)}
	if l.Facts.Reason != "" && l.Facts.Reason != "none" && l.EndedAt == nil {
		said = append(said, t("alert.reason", l.Facts.Reason))
	}
	if l.Facts.Status >= 400 && l.EndedAt == nil {
		said = append(said, t("alert.status", strconv.Itoa(l.Facts.Status)))
	}
	if members := l.Facts.MemberNames(tag); len(members) > 0 {
		said = append(said, t("alert.members", len(members), words.List(tag, members[:min(len(members), most)])))
	}
	switch {
	case l.Kind == alert.Blind || l.Kind == alert.Discontent || l.Kind == alert.Sinking || l.EndedAt != nil:
	case l.Facts.Vantage != "":
		said = append(said, t("alert.from", l.Facts.Vantage))
	default:
		said = append(said, t("alert.from_here"))
	}
	if l.Acked && l.EndedAt == nil {
		said = append(said, t("alert.acked"))
	}
	return said
}

// standing says what is the matter, and since when.
func standing(words *locale.Catalogue, tag lang.Tag, l *alert.Line, now time.Time) string {
	t := func(key string, args ...any) string { return words.T(tag, key, args...) }
	since := words.DateTime(tag, l.StartedAt)
	switch {
	case l.EndedAt != nil && l.Facts.Ended == alert.Unwatched:
		return t("alert.line.unwatched")
	case l.EndedAt != nil && l.Kind == alert.Certificate:
		return t("alert.line.renewed")
	case l.EndedAt != nil && l.Kind == alert.Domain:
		return t("alert.line.domain_renewed")
	case l.EndedAt != nil && l.Kind == alert.Discontent:
		return t("alert.line.satisfaction_over")
	case l.Kind == alert.Discontent && l.Facts.Opinion != nil:
		return opinion(t, tag, l.Facts.Opinion, l.Facts.Earlier)
	case l.EndedAt != nil && l.Kind == alert.Sinking:
		return t("alert.line.assessment_over")
	case l.Kind == alert.Sinking && l.Facts.Grade != nil:
		return grade(t, tag, l.Facts.Grade)
	case l.EndedAt != nil:
		return t("alert.line.over", since, words.DateTime(tag, *l.EndedAt), l.EndedAt.Sub(l.StartedAt).Truncate(time.Second))
	case l.Kind == alert.BurnFast || l.Kind == alert.BurnSlow:
		lasts := time.Duration(float64(30*24*time.Hour) / max(l.Facts.Burn, 0.01))
		return t("alert.line.burn", pace(tag, l.Facts.Burn), l.Facts.Window, lasts.Truncate(time.Minute))
	case l.Kind == alert.Certificate && l.Facts.NotAfter != nil:
		return t("alert.line.certificate", *l.Facts.NotAfter, max(0, l.Facts.NotAfter.Sub(now)).Truncate(time.Hour))
	case l.Kind == alert.Domain && l.Facts.NotAfter != nil && !l.Facts.NotAfter.After(now):
		return t("alert.line.domain_over", *l.Facts.NotAfter)
	case l.Kind == alert.Domain && l.Facts.NotAfter != nil:
		return t("alert.line.domain", *l.Facts.NotAfter, max(0, l.Facts.NotAfter.Sub(now)).Truncate(time.Hour))
	case l.Kind == alert.Blind:
		return t("alert.line.blind", since, l.Facts.Checks["lost"], l.Facts.Checks["all"])
	}
	return t("alert.line."+string(l.Kind), since, now.Sub(l.StartedAt).Truncate(time.Second))
}

// opinion says what people said, how sure that is, and what it was before.
func opinion(t func(string, ...any) string, tag lang.Tag, o, before *alert.Opinion) string {
	ten := func(v float64) string { return locale.Decimal(tag, v, 1) }
	said := t("alert.line.satisfaction", ten(o.Value), ten(o.Low), ten(o.High), locale.Number(tag, o.N), ten(o.Line), alert.Fortnight)
	if before != nil {
		said += " " + t("alert.line.satisfaction_before", ten(before.Value), locale.Number(tag, before.N))
	}
	return said
}

// grade says what the score of the assessment is, and what it was.
func grade(t func(string, ...any) string, tag lang.Tag, g *alert.Grade) string {
	points := func(v float64) string { return locale.Decimal(tag, v, 0) }
	if g.Fell() {
		return t("alert.line.assessment_fell", points(g.Value), points(g.Was), alert.Graded)
	}
	return t("alert.line.assessment_low", points(g.Value), points(g.Line), alert.Graded)
}

// pace writes how many times too fast: tenths only where they say something.
func pace(tag lang.Tag, burn float64) string {
	if burn >= 10 {
		return locale.Decimal(tag, burn, 0)
	}
	return locale.Decimal(tag, burn, 1)
}

// short is the message for a chat: no links that act.
func (b *body) short() string {
	var s strings.Builder
	s.WriteString(b.Subject + "\n")
	for _, i := range b.Items {
		if len(b.Items) > 1 {
			s.WriteString("\n" + i.Title + "\n")
		}
		s.WriteString(strings.Join(i.About, " ") + "\n" + i.See.URL + "\n")
	}
	if b.More != "" {
		s.WriteString(b.More + "\n")
	}
	return s.String()
}

// long is the mail for who reads without HTML.
func (b *body) long() string {
	var s strings.Builder
	colon := locale.Colon(lang.Tag(b.Lang))
	s.WriteString(b.Intro + "\n")
	for _, i := range b.Items {
		s.WriteString("\n" + i.Title + "\n")
		if i.Owner != "" {
			s.WriteString(i.Owner + "\n")
		}
		for _, a := range i.About {
			s.WriteString("  " + a + "\n")
		}
		s.WriteString("  " + i.See.Text + colon + i.See.URL + "\n")
		if i.Ack.URL != "" {
			s.WriteString("  " + i.Ack.Text + colon + i.Ack.URL + "\n")
		}
	}
	for _, more := range []string{b.More, b.Valid} {
		if more != "" {
			s.WriteString("\n" + more + "\n")
		}
	}
	s.WriteString("\n-- \n" + b.Operator + "\n" + b.Why + "\n" + b.Rule + "\n" + b.Desk.Text + colon + b.Desk.URL + "\n")
	return s.String()
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if letters := []rune(s); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return s
}
