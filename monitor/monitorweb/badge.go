package monitorweb

import (
	"fmt"
	"html"
	"net/http"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// badge answers GET /services/{slug}/badge.svg: for other sites to show. It
// tells the public state whoever asks, so that caches may keep it.
func (p *Pages) badge(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.store.Service(ctx, identity.Actor{}, c.Param("slug"))
	if err != nil {
		return err
	}
	if !v.Public() {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	currents, err := p.store.Currents(ctx, v.Slug)
	if err != nil {
		return err
	}
	verdict, _, _ := monitor.Worst(v.Checks, currents, p.now())
	tag := web.LangFrom(ctx)
	words := p.shell.Words()
	svg := badgeSVG(v.Name.In(tag), words.T(tag, "monitor.verdict."+verdict.String()), tag.Dir(), verdict)
	c.Header("Cache-Control", "public, max-age=30")
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Vary", "Accept-Language, Cookie")
	c.Data(http.StatusOK, "image/svg+xml; charset=utf-8", []byte(svg))
	return nil
}

// badgeColours are dark enough for white text.
func badgeColour(v monitor.Verdict) string {
	switch v {
	case monitor.Up:
		return "#1a6b3c"
	case monitor.Degraded, monitor.Suspect:
		return "#855600"
	case monitor.Down:
		return "#b1261c"
	}
	return "#5d5950"
}

// badgeShape draws the shape of the verdict at x: never colour alone.
func badgeShape(v monitor.Verdict, x int) string {
	switch v {
	case monitor.Up:
		return fmt.Sprintf(`<circle cx="%d" cy="12" r="4.5" fill="#fff"/>`, x)
	case monitor.Degraded, monitor.Suspect:
		return fmt.Sprintf(`<path d="M%d 7.5l5 9h-10z" fill="none" stroke="#fff" stroke-width="1.5"/>`, x)
	case monitor.Down:
		return fmt.Sprintf(`<path d="M%d 7.5h9v9h-9z" fill="#fff"/>`, x-4)
	}
	return fmt.Sprintf(`<path d="M%d 7l5 5-5 5-5-5z" fill="none" stroke="#fff" stroke-width="1.5"/>`, x)
}

// badgeSVG draws name and state side by side. The width is estimated from the
// number of letters: an image cannot ask the font.
func badgeSVG(name, state, dir string, v monitor.Verdict) string {
	if r := []rune(name); len(r) > 40 {
		name = string(r[:39]) + "…"
	}
	left := 20 + 7*utf8.RuneCountInString(name)
	right := 36 + 7*utf8.RuneCountInString(state)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="24" viewBox="0 0 %[1]d 24" role="img" `+
		`aria-label="%[2]s: %[3]s" font-family="IBM Plex Sans,IBM Plex Sans Arabic,DejaVu Sans,Verdana,sans-serif" font-size="12">`+
		`<title>%[2]s: %[3]s</title><rect width="%[1]d" height="24" rx="4" fill="%[4]s"/>`+
		`<path d="M4 0h%[5]dv24h-%[5]da4 4 0 0 1-4-4v-16a4 4 0 0 1 4-4z" fill="#1c1b19"/>`+
		`<text x="%[6]d" y="16" fill="#fff" text-anchor="middle" direction="%[7]s" textLength="%[8]d" lengthAdjust="spacingAndGlyphs">%[2]s</text>`+
		`%[9]s<text x="%[10]d" y="16" fill="#fff" text-anchor="middle" direction="%[7]s">%[3]s</text></svg>`,
		left+right, html.EscapeString(name), html.EscapeString(state), badgeColour(v),
		left-4, left/2, dir, left-16, badgeShape(v, left+14), left+22+(right-28)/2)
}
