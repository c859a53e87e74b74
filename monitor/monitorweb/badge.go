package monitorweb

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
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
	tag := web.LangFrom(ctx)
	word, verdict, err := p.badgeSays(ctx, v, tag, c.Query("show"))
	if err != nil {
		return err
	}
	svg := badgeSVG(v.Name.In(tag), word, tag.Dir(), verdict)
	c.Header("Cache-Control", "public, max-age=30")
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Vary", "Accept-Language, Cookie")
	c.Data(http.StatusOK, "image/svg+xml; charset=utf-8", []byte(svg))
	return nil
}

// badgeSays is what a badge says, and the verdict whose shape and colour it has:
// the state; with ?show=availability the share of thirty days, held against the
// objective; with ?show=response the median of a day, held against what satisfies.
func (p *Pages) badgeSays(ctx context.Context, v *monitor.Service, tag lang.Tag, show string) (string, monitor.Verdict, error) {
	words := p.shell.Words()
	if len(v.Checks) == 0 || show != "availability" && show != "response" {
		currents, err := p.store.Currents(ctx, v.Slug)
		verdict, _, _ := monitor.Worst(v.Checks, currents, p.now())
		return words.T(tag, "monitor.verdict."+verdict.String()), verdict, err
	}
	length := 24 * time.Hour
	if show == "availability" {
		length *= 30
	}
	var worst monitor.Tally
	for n, c := range v.Checks {
		t, err := p.store.Tally(ctx, c.ID, p.now().Add(-length), p.now())
		if err != nil {
			return "", monitor.Unknown, err
		}
		if n == 0 || show == "availability" && t.Down > worst.Down {
			worst = t
		}
	}
	if show == "response" {
		median, any := quantile(&worst, 0.5)
		if !any {
			return words.T(tag, "monitor.verdict.unknown"), monitor.Unknown, nil
		}
		return words.T(tag, "standing.badge.response", words.Duration(tag, median)), wellIf(median <= v.Checks[0].Apdex()), nil
	}
	ratio, known := worst.Availability()
	if !known {
		return words.T(tag, "monitor.verdict.unknown"), monitor.Unknown, nil
	}
	return words.T(tag, "standing.badge.availability", shareWord(tag, worst.Up, worst.Known())), wellIf(ratio >= v.Objective()), nil
}

func wellIf(well bool) monitor.Verdict {
	if well {
		return monitor.Up
	}
	return monitor.Degraded
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
