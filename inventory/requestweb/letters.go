package requestweb

import (
	"fmt"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

// Letters puts news in words, in the language of who gets them.
type Letters struct {
	Words *locale.Catalogue
	URL   func(path string) string
}

// Write puts one piece of news in words.
func (l Letters) Write(t request.Telling) request.Letter {
	tag := t.Person.Language
	say := func(key string, args ...any) string { return unmarked(l.Words.T(tag, key, args...)) }
	parts := []string{
		say("request.mail.hello"),
		say("request.mail."+string(t.News), t.Subject, t.Request.Ref, l.day(tag, t.Request.PlannedFor)),
	}
	switch t.News {
	case request.NewsAnswered:
		parts = append(parts, t.Request.Answer.In(tag))
	case request.NewsDeclined:
		parts = append(parts, t.Ground.In(tag), t.Request.Answer.In(tag))
	case request.NewsRefused:
		parts = append(parts, say("request.refusal."+string(t.Request.Refusal)))
	case request.NewsOpened:
		parts = append(parts, l.URL("/datasets/"+t.Request.Dataset))
	}
	parts = append(parts, say("request.mail.link"), l.URL("/requests/follow/"+t.Token), say("request.mail.foot", int(request.Kept.Hours()/24)))
	return request.Letter{
		Key: fmt.Sprintf("%s %d %s", t.Request.Ref, t.Request.Revision, t.Person.ID), To: t.Person.Email, Lang: tag,
		Subject: oneLine(say("request.mail.subject", t.Request.Ref, request.Short(t.Subject, 80))), Text: joined(parts),
	}
}

// WriteDigest tells one person of every promise that moved.
func (l Letters) WriteDigest(d request.Digest) request.Letter {
	say := func(key string, args ...any) string { return unmarked(l.Words.T(d.Language, key, args...)) }
	parts := []string{say("request.mail.hello"), say("request.mail.digest")}
	for _, t := range d.Items {
		key := "request.mail.moved"
		if t.Request.PlannedFor == "" {
			key = "request.mail.lost"
		}
		parts = append(parts, say(key, t.Subject, t.Request.Ref, l.day(d.Language, t.Request.PlannedFor))+"\n"+l.URL("/requests/follow/"+t.Token))
	}
	parts = append(parts, say("request.mail.foot", int(request.Kept.Hours()/24)))
	return request.Letter{To: d.Email, Lang: d.Language, Subject: oneLine(say("request.mail.digest_subject")), Text: joined(parts)}
}

func (l Letters) day(tag lang.Tag, d inventory.Date) string {
	t, ok := d.In(inventory.Tunis())
	if !ok {
		return ""
	}
	return l.Words.Date(tag, t)
}

func joined(parts []string) string {
	var kept []string
	for _, part := range parts {
		if strings.TrimSpace(part) != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "\n\n") + "\n"
}

// unmarked takes out the marks of direction that pages need and mail programs show as boxes.
func unmarked(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
