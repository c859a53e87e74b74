package assessweb

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/configs/snippets"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// page speaks French without a request.
func page(t *testing.T) web.Page {
	t.Helper()
	shell, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out web.Page
	shell.Engine().GET("/page", shell.Handle(func(c *gin.Context) error {
		out = shell.Page(c, "assessdesk.nav")
		return nil
	}))
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/page", nil)
	req.Header.Set("Accept-Language", "fr")
	shell.Handler().ServeHTTP(httptest.NewRecorder(), req)
	return out
}

// A radar draws what is known, and leaves a gap where nothing is.
func TestRadar(t *testing.T) {
	p, set := page(t), setOf(t, criteria.Default)
	score := &assess.Score{Areas: []assess.AreaScore{{Area: "availability", Value: new(float64(100))}, {Area: "speed"}, {Area: "security", Value: new(float64(50))}, {Area: "access", Value: new(float64(0))}}}
	r := radarOf(p, set, score)
	if !r.Any || r.Axes[0].AtY != -radarRadius || r.Axes[2].AtY != radarRadius/2 || r.Axes[1].Known {
		t.Errorf("%+v", r)
	}
	if n := strings.Count(r.Edge, "M"); n != 2 { // security–access and access–availability
		t.Errorf("%d edges: %s", n, r.Edge)
	}
	if want := "Le plus fort : Disponibilité (100). Le plus faible : Accès pour tous (0)."; spaces.Replace(r.Title) != want {
		t.Errorf("%q; want %q", r.Title, want)
	}
	if radarOf(p, set, &assess.Score{Areas: score.Areas[:2]}).Rings != nil {
		t.Error("two areas have a surface")
	}
}

// A trend joins only what compares, and says no more than intervals bear.
func TestTrend(t *testing.T) {
	p, set := page(t), setOf(t, criteria.Default)
	at := func(quarter string, v *float64, spread float64, version int) past {
		return past{quarter, assess.Score{Set: set.Name, Version: version, Value: v, Spread: spread, Band: "B"}}
	}
	for _, tt := range []struct {
		scores []past
		title  string
		joined int
	}{
		{nil, "Première édition", 0},
		{[]past{at("2026-Q1", new(float64(50)), 2, 1)}, "Première édition", 0},
		{[]past{at("2026-Q1", new(float64(50)), 2, 1), at("2026-Q2", new(float64(70)), 2, 1)}, "20 points de plus que : 1er trimestre 2026", 1},
		{[]past{at("2026-Q1", new(float64(50)), 2, 1), at("2026-Q2", new(float64(40)), 2, 1)}, "10 points de moins", 1},
		{[]past{at("2026-Q1", new(float64(50)), 9, 1), at("2026-Q2", new(float64(60)), 9, 1)}, "Pas de changement assuré", 1},
		{[]past{at("2026-Q1", new(float64(50)), 2, 1), at("2026-Q2", new(float64(90)), 2, 2)}, "Le référentiel a changé", 0},
		{[]past{at("2026-Q1", nil, 2, 1), at("2026-Q2", new(float64(90)), 2, 1)}, "Pas de note à l’une", 0},
	} {
		got := trendOf(p, set, tt.scores)
		if !strings.HasPrefix(spaces.Replace(got.Title), tt.title) || strings.Count(got.Line, "M") != tt.joined {
			t.Errorf("%q %q; want %q", got.Title, got.Line, tt.title)
		}
	}
}

func TestQuadrant(t *testing.T) {
	p, set := page(t), setOf(t, criteria.Default)
	result := func(points float64) assess.Score {
		s := assess.Score{}
		for _, c := range set.Criteria {
			s.Results = append(s.Results, assess.Result{Criterion: c.Code, Colour: assess.Green, Points: points})
		}
		return s
	}
	said := func(v float64) assess.Facts {
		return assess.Facts{assess.SatisfactionMean: {Measure: assess.SatisfactionMean, Value: v}}
	}
	q := quadrantOf(p, set, []stood{
		{Slug: "a", Score: result(100), Facts: said(9)},
		{Slug: "b", Score: result(100), Facts: said(3)},
		{Slug: "c", Score: result(20), Facts: said(9)},
		{Slug: "d", Score: result(20), Facts: said(2)},
		{Slug: "e", Score: result(90)},
	}, func(f assess.Fact) bool { return f.Measure != "" })
	if q.Corners != [4]int{1, 1, 1, 1} || len(q.Missing) != 1 || q.Dots[0].X != quadWidth || q.Dots[0].Y != 32 {
		t.Errorf("%+v", q)
	}
}

func TestWords(t *testing.T) {
	p := page(t)
	for _, tt := range []struct {
		m    assess.Measure
		v    float64
		want string
	}{
		{assess.Availability, 0.999, "99,9 %"},
		{assess.Availability, 0.99999, "99,99 %"},
		{assess.Availability, 1, "100 %"},
		{assess.Availability, 0.57, "57 %"},
		{assess.Apdex, 0.923456, "92,3 %"},
		{assess.LayoutShift, 0.1, "0,1"},
		{assess.Response, 0.4, "0,4 s"},
		{assess.LongestOutage, 3600, "1 heure"},
		{assess.PageCost, 0.01, "0,010 DT"},
		{assess.DomainExpiry, 60, "60 jours"},
		{assess.SatisfactionMean, 7.456, "7,46 sur 10"},
		{assess.Outages, 3, "3"},
		{assess.Response, math.NaN(), "–"},
	} {
		got := spaces.Replace(number(p, tt.m, tt.v))
		if got != tt.want {
			t.Errorf("%s %v is %q; want %q", tt.m, tt.v, got, tt.want)
		}
	}
}

// Every remedy that a set names is there for each server.
func TestSnippets(t *testing.T) {
	files, err := criteria.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, c := range setOf(t, strings.TrimSuffix(file.Name(), ".yaml")).Criteria {
			if c.Snippet != "" && len(snippetsOf(c.Snippet)) != len(snippets.Servers()) {
				t.Errorf("%s of %s: %q is not there for every server", c.Code, file.Name(), c.Snippet)
			}
		}
	}
}
