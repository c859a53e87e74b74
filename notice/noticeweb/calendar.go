package noticeweb

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/digest"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web"
)

// publicCalendar answers GET /calendar.ics: when published datasets are to be
// updated, of one institution and those under it when one is named.
func (p *Pages) publicCalendar(c *gin.Context) error {
	ctx := c.Request.Context()
	var within []string
	name := p.shell.Words().T(web.LangFrom(ctx), "notice.calendar.all")
	if slug := c.Query("institution"); slug != "" {
		slugs, err := p.store.Under(ctx, slug)
		if err != nil {
			return err
		}
		tree, err := p.people.Institutions(ctx)
		if err != nil {
			return err
		}
		within, name = slugs, p.shell.Words().T(web.LangFrom(ctx), "notice.calendar.of", tree[slug].Name)
	}
	dues, err := p.store.Dues(ctx, within)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=900")
	return p.sendCalendar(c, web.LangFrom(ctx), name, "/datasets/", dues, 0)
}

// ownCalendar answers GET /calendar/:secret.ics for whoever holds the secret.
func (p *Pages) ownCalendar(c *gin.Context) error {
	ctx := c.Request.Context()
	secret, ok := strings.CutSuffix(c.Param("file"), ".ics")
	if !ok {
		return fault.New(fault.NotFound, "notice.link.unknown")
	}
	account, err := p.store.ByCalendar(ctx, secret)
	if err != nil {
		return err
	}
	by, err := p.people.ActorOf(ctx, account)
	if kind, _ := fault.KindOf(err); kind == fault.Unauthenticated {
		return fault.New(fault.NotFound, "notice.link.unknown") // the account is disabled
	} else if err != nil {
		return err
	}
	within := by.Institutions
	if by.Everywhere(identity.ReadRegister) {
		within = nil
	} else if within == nil {
		within = []string{}
	}
	dues, err := p.store.Dues(ctx, within)
	if err != nil {
		return err
	}
	tag := by.Language
	if asked := lang.Tag(c.Query("lang")); asked.Valid() {
		tag = asked
	}
	c.Header("Cache-Control", "private, max-age=900")
	c.Header("Referrer-Policy", "no-referrer")
	return p.sendCalendar(c, tag, p.shell.Words().T(tag, "notice.calendar.own"), "/desk/datasets/", dues, 3)
}

// sendCalendar writes due days as a calendar; a reader who has it already is told so.
func (p *Pages) sendCalendar(c *gin.Context, tag lang.Tag, name, path string, dues []noticedb.Due, alarm int) error {
	words := p.shell.Words()
	feed := notice.Feed{Name: name, Text: words.T(tag, "notice.calendar.text"), Lang: string(tag)}
	host := "jard"
	if u, err := url.Parse(p.shell.URL("/")); err == nil {
		host = u.Hostname()
	}
	for _, d := range dues {
		last := d.Limit.Add(-time.Second).In(inventory.Tunis())
		feed.Events = append(feed.Events, notice.Event{
			UID: d.DatasetID + "." + strings.ReplaceAll(d.Period, "/", "_") + "@" + host, Day: last, Stamp: d.Modified,
			Summary:  words.T(tag, "notice.calendar.event", d.Title),
			Text:     words.T(tag, "notice.calendar.about", digest.PeriodName(words, tag, d.Period, d.StartsAt), last, d.Ref),
			URL:      p.shell.URL(path + d.Ref),
			Category: d.Institution, Alarm: alarm,
		})
	}
	body := feed.ICS()
	sum := sha256.Sum256(body)
	tagged := `"` + hex.EncodeToString(sum[:16]) + `"`
	c.Header("ETag", tagged)
	c.Header("Vary", "Accept-Language, Cookie")
	c.Header("Content-Language", string(tag))
	c.Header("X-Robots-Tag", "noindex")
	if matches(c.GetHeader("If-None-Match"), tagged) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Header("Content-Disposition", `inline; filename="jard.ics"`)
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", body)
	return nil
}

// matches tells whether a list of entity tags names one of ours.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
