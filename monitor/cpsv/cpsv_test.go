package cpsv

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

func source() Source {
	return Source{
		URL:          func(path string) string { return "https://jard.example" + path },
		Institutions: map[string]lang.Text{"interior": {"fr": "Ministère de l'Intérieur", "ar": "وزارة الداخلية"}},
		Word: func(key string) lang.Text {
			if strings.HasSuffix(key, ".fishing") {
				return nil
			}
			return lang.Text{"fr": key + " fr", "ar": key + " ar", "en": key + " en"}
		},
		Plain: func(of, by lang.Text) lang.Text { return lang.Text{"fr": of["fr"] + " · " + by["fr"]} },
		Services: []monitor.Service{
			{Slug: "plain", Name: lang.Text{"fr": "Simple"}, Institution: "interior", UpdatedAt: time.Date(2026, 5, 3, 1, 2, 3, 4, time.UTC)},
			{
				Slug: "full", Name: lang.Text{"fr": "Acte <b>", "ar": "مضمون"}, Institution: "interior", URL: "https://acte.tn/?a=1&b=2", LifeEvent: "birth",
				Languages: []lang.Tag{lang.French, lang.Arabic},
				Settings: monitor.ServiceSettings{Description: &monitor.Description{
					Text: lang.Text{"fr": "Un extrait", "ar": "مضمون ولادة"}, Audience: []string{"citizens", "businesses"}, Cost: new(0.5),
					CostNote: lang.Text{"fr": "timbre"}, Days: 3, Phone: "+216 71 000 000", Email: "a@b.tn", Page: "https://acte.tn/contact",
				}},
			},
			{Slug: "odd", Name: lang.Text{"en": "Odd"}, Institution: "nobody", LifeEvent: "fishing", URL: "https://odd.tn/"},
		},
	}
}

// shape is what CPSV-AP 3.2's SHACL file asks of a class: properties that must
// be there, that may be there once, of which class their values are, and of which
// kind of literal. Restated from releases/3.2.0/shacl/cpsv-ap-SHACL.ttl.
type shape struct {
	least, once []string
	class       map[string]string
	texts       []string // rdf:langString
	duration    []string
}

var shapes = map[string]shape{
	"cpsv:PublicService": {
		least: []string{"dct:identifier", "dct:title", "dct:description", "cv:hasCompetentAuthority"},
		once:  []string{"dct:identifier", "adms:status", "processingTime"},
		class: map[string]string{
			"cv:hasCompetentAuthority": "cv:PublicOrganisation", "cv:hasChannel": "cv:Channel", "adms:status": "skos:Concept", "dct:language": "dct:LinguisticSystem",
			"cv:hasCost": "cv:Cost", "cv:contactPoint": "cv:ContactPoint", "dct:spatial": "dct:Location", "dct:audience": "skos:Concept",
			"cv:thematicArea": "skos:Concept", "cv:isGroupedBy": "cv:Event",
		},
		texts: []string{"dct:title", "dct:description"}, duration: []string{"processingTime"},
	},
	"cv:PublicOrganisation": {least: []string{"dct:spatial", "skos:prefLabel"}, class: map[string]string{"dct:spatial": "dct:Location"}, texts: []string{"skos:prefLabel"}},
	"cv:Channel": {
		least: []string{"dct:identifier"}, once: []string{"dct:identifier", "dct:type"},
		class: map[string]string{"dct:type": "skos:Concept", "cv:ownedBy": "http://www.w3.org/ns/org#Organization"},
	},
	"cv:Cost": {
		least: []string{"dct:identifier"}, once: []string{"dct:identifier", "hasValue", "cv:currency"}, class: map[string]string{"cv:currency": "skos:Concept"},
		texts: []string{"dct:description"},
	},
	"cv:ContactPoint": {class: map[string]string{"cv:contactPage": "foaf:Document"}},
	"cv:Event":        {least: []string{"dct:identifier", "dct:title"}, once: []string{"dct:identifier"}, texts: []string{"dct:title"}},
	"skos:Concept":    {texts: []string{"skos:prefLabel"}},
}

var durationForm = regexp.MustCompile(`^P[0-9]+D$`)

func values(v any) []any {
	if v == nil {
		return nil
	}
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func types(n map[string]any) []string {
	var out []string
	for _, t := range values(n["@type"]) {
		out = append(out, t.(string))
	}
	return out
}

func checkShapes(t *testing.T, body []byte) map[string]map[string]any {
	t.Helper()
	var doc struct {
		Context map[string]any   `json:"@context"`
		Graph   []map[string]any `json:"@graph"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	at := map[string]map[string]any{}
	for _, n := range doc.Graph {
		id := n["@id"].(string)
		if at[id] != nil {
			t.Errorf("%s is there twice", id)
		}
		at[id] = n
	}
	for id, n := range at {
		for key := range n {
			prefix, _, ok := strings.Cut(key, ":")
			if !strings.HasPrefix(key, "@") && (ok && doc.Context[prefix] == nil || !ok && doc.Context[key] == nil) {
				t.Errorf("%s: %s is not in the context", id, key)
			}
		}
		for _, typ := range types(n) {
			s := shapes[typ]
			for _, key := range s.least {
				if len(values(n[key])) == 0 {
					t.Errorf("%s (%s) lacks %s", id, typ, key)
				}
			}
			for _, key := range s.once {
				if len(values(n[key])) > 1 {
					t.Errorf("%s (%s) has several %s", id, typ, key)
				}
			}
			for key, class := range s.class {
				for _, v := range values(n[key]) {
					to := at[v.(map[string]any)["@id"].(string)]
					if to == nil || !slices.Contains(types(to), class) {
						t.Errorf("%s %s leads to %v, which is no %s", id, key, v, class)
					}
				}
			}
			for _, key := range s.texts {
				spoken := map[any]bool{}
				for _, v := range values(n[key]) {
					one := v.(map[string]any)
					if one["@value"] == "" || one["@language"] == nil || spoken[one["@language"]] {
						t.Errorf("%s %s says %v", id, key, v)
					}
					spoken[one["@language"]] = true
				}
			}
			for _, key := range s.duration {
				for _, v := range values(n[key]) {
					if !durationForm.MatchString(v.(string)) {
						t.Errorf("%s %s is %v", id, key, v)
					}
				}
			}
		}
	}
	return at
}

func TestServicesKeepToTheProfile(t *testing.T) {
	body, err := Write(source())
	if err != nil {
		t.Fatal(err)
	}
	at := checkShapes(t, body)
	full := at["https://jard.example/services/full"]
	for key, want := range map[string]any{"dct:identifier": "full", "processingTime": "P3D"} {
		if full[key] != want {
			t.Errorf("%s is %v", key, full[key])
		}
	}
	if n := len(values(full["dct:audience"])); n != 2 || len(values(full["dct:language"])) != 2 {
		t.Errorf("%v", full)
	}
	if c := at["https://jard.example/services/full#cost"]; c["hasValue"] != "0.5" {
		t.Errorf("cost %v", c)
	}
	if c := at["https://jard.example/services/full#contact"]; c["cv:telephone"] != "+216 71 000 000" || c["cv:email"] != "a@b.tn" {
		t.Errorf("contact %v", c)
	}
	plain := at["https://jard.example/services/plain"]
	for _, key := range []string{"cv:hasChannel", "cv:hasCost", "cv:contactPoint", "processingTime", "dct:audience", "cv:isGroupedBy"} {
		if plain[key] != nil {
			t.Errorf("nobody said %s", key)
		}
	}
	if plain["modified"] != "2026-05-03T01:02:03Z" {
		t.Errorf("modified %v", plain["modified"])
	}
}

func TestTheSameServicesGiveTheSameBytes(t *testing.T) {
	one, _ := Write(source())
	turned := source()
	slices.Reverse(turned.Services)
	two, _ := Write(turned)
	if !bytes.Equal(one, two) {
		t.Error("the order of services shows")
	}
	if none, err := Write(Source{}); err != nil || !strings.Contains(string(none), `"@graph": []`) {
		t.Errorf("%s %v", none, err)
	}
	if bytes.Contains(one, []byte("\\u003c")) || bytes.Contains(one, []byte("https://semiceu")) {
		t.Error("written oddly, or with a context elsewhere")
	}
}
