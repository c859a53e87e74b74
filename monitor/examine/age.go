package examine

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"time"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine/page"
)

// age looks for the newest day that the site gives: in its list of pages, in
// what the server says of the page, and in the page itself.
func (v *visit) age(ctx context.Context) {
	dates := append(v.mapped(ctx), v.home.page.Dates...)
	if d, ok := v.served(); ok {
		dates = append(dates, d)
	}
	newest, ok := v.newest(dates, "text")
	if !ok {
		v.unknown(assess.Freshness, "examine.unknown.no_date")
		return
	}
	days := v.at.Sub(newest.At).Hours() / 24
	v.number(assess.Freshness, float64(int(days)), int64(len(dates)), quote("examine.evidence.date."+newest.From, v.home.url.String(), newest.Text, newest.At.Format(time.DateOnly)))
}

// newest is the last of the days that are not still to come. A day of today in
// a place of the kind told is a clock on the page, and says nothing.
func (v *visit) newest(dates []page.Date, clock string) (page.Date, bool) {
	today := v.at.Truncate(24 * time.Hour)
	var newest page.Date
	for _, d := range dates {
		if d.At.After(v.at) || d.From == clock && !d.At.Before(today) {
			continue
		}
		if d.At.After(newest.At) {
			newest = d
		}
	}
	return newest, !newest.At.IsZero()
}

// served is when the server says the page was changed. One that says "just
// now" makes the page as it is asked for.
func (v *visit) served() (page.Date, bool) {
	text := v.home.header.Get("Last-Modified")
	at, err := http.ParseTime(text)
	if err != nil || v.at.Sub(at) < time.Hour {
		return page.Date{}, false
	}
	return page.Date{At: at.UTC(), From: "header", Text: text}, true
}

// mapped are the days of the list of pages that the site keeps for robots.
func (v *visit) mapped(ctx context.Context) []page.Date {
	at := v.home.url.ResolveReference(&url.URL{Path: "/sitemap.xml"})
	a, err := v.ask(ctx, at, how{limit: 1 << 20})
	if err != nil || !a.good() {
		return nil
	}
	return mappedIn(a.body)
}

// mappedIn reads the days of a list of pages.
func mappedIn(body []byte) (dates []page.Date) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict = false
	inside := false
	for len(dates) < 50_000 {
		token, err := d.Token()
		if err != nil {
			break // the end, or a fault after which nothing can be trusted
		}
		switch t := token.(type) {
		case xml.StartElement:
			inside = t.Name.Local == "lastmod"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if at, ok := page.Day(string(t)); ok && inside {
				dates = append(dates, page.Date{At: at, From: "sitemap", Text: bounded(string(t), 40)})
			}
		}
	}
	return dates
}
