package examine

import (
	"context"
	"encoding/json"

	"github.com/jard-odi/jard/monitor/assess"
)

func browserMeasures() []assess.Measure {
	return []assess.Measure{assess.ContrastFaults, assess.NarrowOverflow, assess.TapTargets, assess.LargestPaint, assess.LayoutShift}
}

// browse has a browser look, when there is one.
func (v *visit) browse(ctx context.Context) {
	if v.e.o.Browser == nil {
		v.rest("examine.unknown.no_browser", browserMeasures())
		return
	}
	select {
	case v.e.pages <- struct{}{}:
		defer func() { <-v.e.pages }()
	case <-ctx.Done():
		v.rest("examine.unknown.browser_busy", browserMeasures())
		return
	}
	text, err := v.e.o.Browser(ctx, v.home.url.String(), script)
	var s shown
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	if err != nil {
		v.rest("examine.unknown.browser_failed", browserMeasures())
		return
	}
	v.shown(&s)
}

// shown is what our script tells of a page on a narrow screen.
type shown struct {
	Width, Screen float64 // of the page and of the screen
	Contrast      []spot
	Contrasts     int
	Small         []spot
	Smalls        int
	Largest       float64 // milliseconds
	Shift         float64
}

// spot is an element that is not as it should be.
type spot struct {
	Text  string
	Value float64
}

func (v *visit) shown(s *shown) {
	at := v.home.url.String()
	wide := no
	if s.Width > s.Screen+1 {
		wide = yes
	}
	v.word(assess.NarrowOverflow, wide, note("examine.evidence.width", int(s.Width), int(s.Screen)))
	v.number(assess.ContrastFaults, float64(s.Contrasts), 0, spots("examine.evidence.contrast", at, s.Contrast)...)
	v.number(assess.TapTargets, float64(s.Smalls), 0, spots("examine.evidence.small_target", at, s.Small)...)
	if s.Largest > 0 {
		v.number(assess.LargestPaint, s.Largest/1000, 1, note("examine.evidence.one_load"))
	} else {
		v.unknown(assess.LargestPaint, "examine.unknown.browser_failed")
	}
	v.number(assess.LayoutShift, s.Shift, 1, note("examine.evidence.one_load"))
}

func spots(key, at string, list []spot) []assess.Evidence {
	out := make([]assess.Evidence, 0, len(list))
	for _, one := range list {
		out = append(out, quote(key, at, one.Text, one.Value))
	}
	return out
}

// script measures what only a browser knows: how wide the page is on a screen
// of 360 points, text that stands out too little from what is behind it, what
// is too small for a finger, and how the page came up.
const script = `new Promise(done => {
  let largest = 0, shift = 0;
  const watch = (type, each) => { try { new PerformanceObserver(l => l.getEntries().forEach(each)).observe({type, buffered: true}) } catch (e) {} };
  watch('largest-contentful-paint', e => { largest = e.startTime });
  watch('layout-shift', e => { if (!e.hadRecentInput) shift += e.value });
  const light = ([r, g, b]) => { const f = [r, g, b].map(c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 }); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2] };
  const colour = s => { const m = /rgba?\(([^)]+)\)/.exec(s); if (!m) return null; const p = m[1].split(/[ ,\/]+/).map(parseFloat); return p.length < 4 ? [...p, 1] : p };
  const behind = e => { for (; e; e = e.parentElement) { const s = getComputedStyle(e); if (s.backgroundImage !== 'none') return null; const c = colour(s.backgroundColor); if (c && c[3] === 1) return c; if (c && c[3] > 0) return null } return [255, 255, 255, 1] };
  const seen = e => { const b = e.getBoundingClientRect(), s = getComputedStyle(e); return b.width > 0 && b.height > 0 && s.visibility === 'visible' && +s.opacity === 1 };
  const word = e => (e.getAttribute('aria-label') || e.textContent || e.id || e.tagName).trim().replace(/\s+/g, ' ').slice(0, 80);
  setTimeout(() => {
    const contrast = [], small = [], known = new Set();
    const texts = document.createTreeWalker(document.body || document.documentElement, NodeFilter.SHOW_TEXT);
    for (let n = 0; texts.nextNode() && n < 5000; n++) {
      const e = texts.currentNode.parentElement;
      if (!texts.currentNode.data.trim() || !e || known.has(e) || e.closest('script,style,noscript,[disabled]') || !seen(e)) continue;
      known.add(e);
      const s = getComputedStyle(e), front = colour(s.color), back = behind(e);
      if (!front || !back || front[3] !== 1) continue;
      const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(s.fontSize), big = size >= 24 || size >= 18.66 && +s.fontWeight >= 700;
      if (ratio < (big ? 3 : 4.5) - 0.005) contrast.push({Text: word(e), Value: Math.round(ratio * 100) / 100});
    }
    for (const e of [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,[role=button]')].slice(0, 3000)) {
      if (!seen(e) || e.tagName === 'A' && getComputedStyle(e).display === 'inline' && e.parentElement && e.parentElement.textContent.trim() !== e.textContent.trim()) continue;
      const b = e.getBoundingClientRect();
      if (b.width < 24 || b.height < 24) small.push({Text: word(e), Value: Math.round(Math.min(b.width, b.height))});
    }
    done(JSON.stringify({Width: document.documentElement.scrollWidth, Screen: screen.width, Contrasts: contrast.length, Contrast: contrast.slice(0, 20),
      Smalls: small.length, Small: small.slice(0, 20), Largest: largest, Shift: Math.round(shift * 10000) / 10000}));
  }, 500);
})`
