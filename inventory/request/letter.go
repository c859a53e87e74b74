package request

import (
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// News is what somebody who waits is told.
type News string

// The news. NewsMoved waits for the digest; the others are told at once.
const (
	NewsRefused  News = "refused"
	NewsAnswered News = "answered"
	NewsPlanned  News = "planned"
	NewsDeclined News = "declined"
	NewsOpened   News = "opened"
	NewsMerged   News = "merged"
	NewsMoved    News = "moved" // the promised day changed, or the promise is void
)

// Telling is one piece of news for one person, to be put in words.
type Telling struct {
	News    News
	Person  Person
	Subject string // what was asked, in the asker's or the moderator's words
	Request Request
	Ground  lang.Text // name of the legal ground, when declined
	Token   string    // opens the person's own page
}

// Digest is what one person is told about promises that moved: at most one a day.
type Digest struct {
	Email    string
	Language lang.Tag
	Items    []Telling
}

// Letter is a mail, ready to be sent.
type Letter struct {
	Key     string // the same key is sent once
	To      string
	Lang    lang.Tag
	Subject string
	Text    string
}

// Subject is what a message is called: its title, or the beginning of its text.
func (r *Request) Subject() string {
	for _, s := range []string{r.PublicTitle, r.Title, r.PublicText, r.Text} {
		if s != "" {
			return Short(s, 80)
		}
	}
	return r.Ref
}

// Short cuts s after n characters, at a space when there is one near.
func Short(s string, n int) string {
	r := []rune(s)
	for k, c := range r {
		if c == '\n' {
			r[k] = ' '
		}
	}
	if len(r) <= n {
		return string(r)
	}
	cut := n
	for k := n; k > n-20 && k > 0; k-- {
		if r[k] == ' ' {
			cut = k
			break
		}
	}
	return string(r[:cut]) + "…"
}

// Draft is the entry that a demand proposes: to be inventoried, openable, with
// the words people used. The officer says when.
func (r *Request) Draft() inventory.Content {
	code := string(r.Language)
	return inventory.Content{
		Title: lang.Text{code: r.PublicTitle}, Description: lang.Text{code: r.PublicText},
		Openness: inventory.Openable, PersonalUnknown: true,
	}
}
