package vantageweb

import (
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/council"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/web"
)

// Places is what a service's page tells of who sees a check.
type Places struct {
	web.Page
	Headline string
	Means    string
	Kind     string // of the notice
	Rule     string // from how many it must be down
	Basis    string // what the figures of availability are made of
	Items    []PlaceLine
}

// PlaceLine is one place.
type PlaceLine struct {
	Name    lang.Text
	Network string
	Mark    web.Mark
	Words   string // why, or since when nothing was heard
	At      string // when it looked last
	Took    string
}

// Places tells who sees a check from where; nil when only this installation
// looks at it.
func (p *Pages) Places(page web.Page, check int64) any {
	sights, outcome, ok := p.o.Council.Sights(check)
	if !ok {
		return nil
	}
	view := &Places{Page: page, Kind: "wait"}
	switch outcome.Cause {
	case vantage.Fine:
		view.Kind = "good"
	case vantage.Blinded, vantage.Unseen:
		view.Kind = "info"
	case vantage.SiteDown:
		view.Kind = "bad"
	case vantage.International, vantage.Inside, vantage.OneNetwork, vantage.Partly:
	}
	view.Headline = page.T("vantage.cause."+string(outcome.Cause), networkWord(page, orHome(outcome.Network)))
	view.Means = page.T("vantage.means." + string(outcome.Cause))
	if outcome.Down > 0 {
		view.Rule = page.T("vantage.quorum", outcome.Down, outcome.Seeing, outcome.Needed)
	}
	view.Basis = page.T("vantage.basis.here")
	if outcome.Asked > 0 {
		view.Basis = page.T("vantage.basis.quorum", outcome.Asked)
	}
	for n := range sights {
		view.Items = append(view.Items, placeLine(page, &sights[n]))
	}
	return view
}

// orHome gives a sentence that names no network something to leave out.
func orHome(n vantage.Network) vantage.Network {
	if n == "" {
		return vantage.Ministry
	}
	return n
}

func placeLine(page web.Page, s *council.Sight) PlaceLine {
	one := PlaceLine{Name: s.Vantage.Name, Network: networkWord(page, s.Vantage.Network), Mark: verdictMark(page, s.Place.Verdict)}
	if s.Vantage.ID == vantage.Here {
		one.Name = lang.Text{string(page.Lang): page.T("vantage.here")}
	}
	if !s.State.LastAt.IsZero() {
		one.At = page.DateTime(s.State.LastAt)
	}
	switch {
	case s.Place.Silent:
		one.Mark, one.Words = page.Mark("unknown", "vantage.silent"), page.T("vantage.silent_since", page.DateTime(s.Vantage.SeenAt))
	case s.Place.Blind:
		one.Mark, one.Words = page.Mark("unknown", "vantage.blind"), page.T("vantage.blind_text")
	case s.Place.Verdict != monitor.Unknown && s.Place.Reason != monitor.None:
		one.Words = page.T("monitor.reason." + s.Place.Reason.String())
	case s.Place.Verdict == monitor.Unknown && s.State.Reason == monitor.OwnNetwork:
		one.Mark, one.Words = page.Mark("unknown", "vantage.blind"), page.T("monitor.reason."+monitor.OwnNetwork.String())
	}
	if took := s.State.Phases().Total(); took > 0 && s.State.LastVerdict.Answers() {
		one.Took = page.Duration(took)
	}
	return one
}
