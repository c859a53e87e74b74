// Package letter writes to people about their account, in their language: what
// happened, when, with which browser and roughly from where. It sends nothing.
package letter

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/web/locale"
)

// Kind is what the outbox calls such a letter.
const Kind mail.Kind = "account"

//go:embed letter.html
var page string

// Writer writes letters.
type Writer struct {
	Words    *locale.Catalogue
	URL      func(path string) string
	Operator lang.Text
}

// letter is news in words.
type letter struct {
	Lang, Dir      string
	Start          string // side of the line, for mail programs that know no logical ones
	Subject, Hello string
	Lines          []string
	Act            anchor
	Facts          []fact
	Last           []string
	Operator       string
}

type (
	anchor struct{ Text, URL string }
	fact   struct{ Name, Value string }
)

// Write makes the mail of one piece of news. A link that lets its reader act is
// not kept, neither in the outbox nor among the reader's messages.
func (w Writer) Write(n identity.News) (mail.Message, error) {
	if !n.Lang.Valid() {
		n.Lang = lang.French
	}
	l := w.letter(n)
	var html bytes.Buffer
	t, err := template.New("letter").Parse(page)
	if err == nil {
		err = t.Execute(&html, l)
	}
	if err != nil {
		return mail.Message{}, fmt.Errorf("write a letter: %w", err)
	}
	m := mail.Message{
		Kind: Kind, Account: n.Account, To: n.To, Name: n.Name, Lang: n.Lang, Subject: l.Subject, Text: l.text(), HTML: html.String(), At: n.At,
	}
	if n.Event == identity.ResetAsked {
		m.Sensitive, m.Account = true, ""
	}
	return m, nil
}

func (w Writer) letter(n identity.News) *letter {
	t := func(key string, args ...any) string { return w.Words.T(n.Lang, key, args...) }
	event := "account.letter." + string(n.Event)
	l := &letter{
		Lang: string(n.Lang), Dir: n.Lang.Dir(), Start: "left", Subject: t(event + ".subject"),
		Hello: t("account.letter.hello", n.Name), Operator: w.Operator.In(n.Lang),
	}
	if n.Lang == lang.Arabic {
		l.Start = "right"
	}
	l.Lines = []string{w.what(n, event)}
	if n.Tokens > 0 {
		l.Lines = append(l.Lines, t("account.letter.tokens", n.Tokens))
	}
	l.facts(n, t, func(at time.Time) string { return w.Words.DateTime(n.Lang, at) })
	switch n.Event {
	case identity.ResetAsked:
		l.Act = anchor{t("account.letter.reset.do"), w.URL("/login/reset/"+n.Secret) + "?lang=" + string(n.Lang)}
		l.Last = []string{t("account.letter.reset.not_you"), t("account.letter.never_ask")}
	case identity.GlassOpened, identity.GlassUsed:
		l.Act = anchor{t("account.letter.glass.do"), w.URL("/admin/accounts")}
		l.Last = []string{t("account.letter.glass.not_known")}
	default:
		l.Act = anchor{t("account.letter.see"), w.URL("/account")}
		l.Last = []string{t("account.letter.not_you"), t("account.letter.never_ask")}
	}
	return l
}

// what says what happened.
func (w Writer) what(n identity.News, event string) string {
	switch n.Event {
	case identity.ResetAsked:
		return w.Words.T(n.Lang, event+".what", int(identity.ResetAge.Minutes()))
	case identity.RecoveryUsed:
		return w.Words.T(n.Lang, event+".what", n.Left)
	case identity.RoleChanged:
		return w.Words.T(n.Lang, event+".what", string(n.Role))
	}
	return w.Words.T(n.Lang, event+".what")
}

func (l *letter) facts(n identity.News, t func(string, ...any) string, moment func(time.Time) string) {
	add := func(name, value string) {
		if value != "" {
			l.Facts = append(l.Facts, fact{t("account.letter.fact." + name), value})
		}
	}
	add("when", moment(n.At))
	if n.Agent != "" {
		add("browser", Browser(t, n.Agent))
	}
	add("where", Place(t, n.Network))
	add("reason", n.Reason)
	if !n.Until.IsZero() {
		add("until", moment(n.Until))
	}
}

// Browser says a browser and its system: "Firefox, Linux".
func Browser(t func(string, ...any) string, agent string) string {
	browser, system := identity.AgentNames(agent)
	switch {
	case browser == "" && system == "":
		return t("account.browser.unknown")
	case browser == "":
		return t("account.browser.on", system)
	case system == "":
		return browser
	}
	return t("account.browser.both", browser, system)
}

// Place says roughly where a network is; empty when nothing is known.
func Place(t func(string, ...any) string, network string) string {
	switch network {
	case "":
		return ""
	case identity.Internal:
		return t("account.place.internal")
	}
	address, _, _ := strings.Cut(network, "/")
	if parts := strings.Split(address, "."); len(parts) == 4 {
		return t("account.place.network", parts[0]+"."+parts[1]+".x.x")
	}
	return t("account.place.network", network)
}

// text is the letter for who reads no HTML.
func (l *letter) text() string {
	var b strings.Builder
	b.WriteString(l.Hello + "\n\n" + strings.Join(l.Lines, "\n\n") + "\n\n")
	if l.Act.URL != "" {
		b.WriteString(l.Act.Text + "\n" + l.Act.URL + "\n\n")
	}
	for _, f := range l.Facts {
		b.WriteString("– " + f.Name + " : " + f.Value + "\n")
	}
	b.WriteString("\n" + strings.Join(l.Last, "\n") + "\n\n" + l.Operator + "\n")
	return b.String()
}
