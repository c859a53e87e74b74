package incidentweb

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web/locale"
)

// Letters puts news in words, in the language of who gets them.
type Letters struct {
	Words *locale.Catalogue
	URL   func(path string) string
	Zone  *time.Location
}

// pathOf is where an incident is shown.
func pathOf(id int64) string { return "/incidents/" + strconv.FormatInt(id, 10) }

// in returns how to say a sentence in a language, without the marks of
// direction that pages need and mail programs show as boxes.
func (l Letters) in(tag lang.Tag) say {
	return func(key string, args ...any) string {
		return strings.Map(func(r rune) rune {
			if r >= 0x2066 && r <= 0x2069 {
				return -1
			}
			return r
		}, l.Words.T(tag, key, args...))
	}
}

func (l Letters) moment(tag lang.Tag, t time.Time) string { return l.Words.DateTime(tag, t) }

// Write puts one piece of news in words. The mail carries one link that lets
// its reader act, and the whole address of what it tells of.
func (l Letters) Write(t monitor.Telling) monitor.Words {
	tag := t.Subscriber.Language
	say := l.in(tag)
	link := l.URL("/subscriptions/incidents/" + t.Secret)
	followed := say("incident.mail.follow." + string(t.Subscriber.Scope))
	if name := t.Name.In(tag); name != "" && t.Subscriber.Scope == monitor.OneService {
		followed = name
	}
	w := monitor.Words{}
	var parts []string
	switch t.News {
	case monitor.NewsAsk:
		w.Subject = say("incident.mail.ask_subject")
		parts = []string{say("incident.mail.ask", followed), link, say("incident.mail.ask_foot", int(monitor.ConfirmFor/(24*time.Hour)))}
	case monitor.NewsAlready:
		w.Subject = say("incident.mail.already_subject")
		parts = []string{say("incident.mail.already", followed), say("incident.mail.stop"), link}
	case monitor.NewsPlanned, monitor.NewsMoved, monitor.NewsOff:
		w.Subject, parts = l.planned(tag, t)
	case monitor.NewsOpened, monitor.NewsEnded, monitor.NewsReviewed:
		w.Subject, parts = l.incident(tag, t)
	}
	if t.News != monitor.NewsAsk && t.News != monitor.NewsAlready {
		w.Unsubscribe = link
		parts = append(parts, say("incident.mail.foot"), say("incident.mail.stop"), link)
	}
	w.Subject = strings.Join(strings.Fields(w.Subject), " ")
	if r := []rune(w.Subject); len(r) > 150 {
		w.Subject = string(r[:150]) + "…"
	}
	w.Text = strings.Join(parts, "\n\n") + "\n"
	return w
}

func (l Letters) incident(tag lang.Tag, t monitor.Telling) (subject string, parts []string) {
	say, i := l.in(tag), t.Incident
	text := func(x lang.Text) string { return x.In(tag) }
	members := seen(i, identity.Actor{})
	title := headline(say, text, i, members)
	parts = []string{title, say("incident.feed.since", l.moment(tag, i.StartedAt))}
	if i.EndedAt != nil {
		parts = append(parts, say("incident.feed.until", l.moment(tag, *i.EndedAt)))
	}
	if why := cause(say, text, i, members, false); why != "" {
		parts = append(parts, why)
	}
	if t.News == monitor.NewsReviewed {
		parts = append(parts, reviewLines(say, tag, i.Review)...)
	}
	return say("incident.mail."+string(t.News)+"_subject", title), append(parts, l.URL(pathOf(i.ID)))
}

func (l Letters) planned(tag lang.Tag, t monitor.Telling) (subject string, parts []string) {
	say := l.in(tag)
	title := t.Window.Title.In(tag)
	return say("incident.mail."+string(t.News)+"_subject", title), []string{
		title, say("incident.mail."+string(t.News), l.moment(tag, t.Span.From), l.moment(tag, t.Span.To)), l.URL("/incidents"),
	}
}
