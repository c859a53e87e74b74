// Package cpsv writes services as CPSV-AP 3.2 (Core Public Service Vocabulary,
// application profile): JSON-LD with its context inside, so that nobody has to
// fetch one. Only what is known is written. Rules only: services in, bytes out.
package cpsv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Source is what is described.
type Source struct {
	URL          func(path string) string // makes a path of ours absolute
	Institutions map[string]lang.Text
	Services     []monitor.Service                // public ones
	Word         func(key string) lang.Text       // a sentence of ours in every language; empty when there is none
	Plain        func(of, by lang.Text) lang.Text // the least that can be said of a service that nobody described
}

// context names the terms that are used. It is written into every document.
const context = `{
  "adms":"http://www.w3.org/ns/adms#","cpsv":"http://purl.org/vocab/cpsv#","cv":"http://data.europa.eu/m8g/","dct":"http://purl.org/dc/terms/",
  "foaf":"http://xmlns.com/foaf/0.1/","skos":"http://www.w3.org/2004/02/skos/core#","xsd":"http://www.w3.org/2001/XMLSchema#",
  "processingTime":{"@id":"cv:processingTime","@type":"xsd:duration"},"hasValue":{"@id":"cv:hasValue","@type":"xsd:double"},
  "modified":{"@id":"dct:modified","@type":"xsd:dateTime"}
}`

// Vocabularies of the Publications Office.
const (
	authority = "http://publications.europa.eu/resource/authority/"
	tunisia   = authority + "country/TUN"
	dinar     = authority + "currency/TND"
)

// languages are ours as that vocabulary writes them.
var languages = map[lang.Tag]string{lang.French: "FRA", lang.Arabic: "ARA", lang.English: "ENG"}

// node is one thing of the graph.
type node map[string]any

func ref(id string) node { return node{"@id": id} }

// said is a text in its languages, the way JSON-LD writes it.
func said(text lang.Text) []node {
	var out []node
	for _, tag := range lang.All() {
		if words := text[string(tag)]; words != "" {
			out = append(out, node{"@language": string(tag), "@value": words})
		}
	}
	return out
}

// graph gathers nodes, each once.
type graph struct {
	from  *Source
	nodes []node
	seen  map[string]bool
}

func (g *graph) add(n node) node {
	id, _ := n["@id"].(string)
	if !g.seen[id] {
		g.seen[id] = true
		g.nodes = append(g.nodes, n)
	}
	return ref(id)
}

// concept is a value of a list of ours, or of one that others keep.
func (g *graph) concept(id string, label lang.Text) node {
	n := node{"@id": id, "@type": "skos:Concept"}
	if words := said(label); len(words) > 0 {
		n["skos:prefLabel"] = words
	}
	return g.add(n)
}

func (g *graph) own(list, code, key string) node {
	label := g.from.Word(key)
	if label.Empty() {
		label = lang.Text{string(lang.French): code}
	}
	return g.concept(g.from.URL("/services.jsonld#"+list+"-"+code), label)
}

// Write returns the document. The same services give the same bytes.
func Write(from Source) ([]byte, error) {
	g := &graph{from: &from, seen: map[string]bool{}}
	services := slices.Clone(from.Services)
	slices.SortFunc(services, func(a, b monitor.Service) int {
		if a.Slug < b.Slug {
			return -1
		}
		return 1
	})
	for n := range services {
		g.service(&services[n])
	}
	slices.SortStableFunc(g.nodes, func(a, b node) int { return bytes.Compare(text(a["@id"]), text(b["@id"])) })
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(map[string]any{"@context": json.RawMessage(context), "@graph": emptied(g.nodes)}); err != nil {
		return nil, fmt.Errorf("write services: %w", err)
	}
	return out.Bytes(), nil
}

func text(v any) []byte { s, _ := v.(string); return []byte(s) }

// emptied is a list also when there is nothing.
func emptied(nodes []node) []node {
	if nodes == nil {
		return []node{}
	}
	return nodes
}

func (g *graph) service(v *monitor.Service) {
	id := g.from.URL("/services/" + v.Slug)
	by := g.from.Institutions[v.Institution]
	d := v.Settings.Description
	if d == nil {
		d = &monitor.Description{}
	}
	description := d.Text
	if description.Empty() {
		description = g.from.Plain(v.Name, by)
	}
	n := node{
		"@id": id, "@type": "cpsv:PublicService", "dct:identifier": v.Slug, "dct:title": said(v.Name), "dct:description": said(description),
		"cv:hasCompetentAuthority": g.authority(v.Institution, by), "dct:spatial": g.add(node{"@id": tunisia, "@type": "dct:Location"}),
		"adms:status": g.own("status", "active", "cpsv.status.active"), "modified": v.UpdatedAt.UTC().Format("2006-01-02T15:04:05Z"),
	}
	if v.URL != "" {
		channel := node{
			"@id": id + "#channel", "@type": "cv:Channel", "dct:identifier": v.Slug + "-web", "cv:ownedBy": ref(g.from.URL("/institutions/" + v.Institution)),
			"dct:type": g.own("channel", "website", "cpsv.channel.website"), "foaf:page": ref(v.URL),
		}
		n["cv:hasChannel"] = g.add(channel)
	}
	for _, tag := range v.Languages {
		if code, ok := languages[tag]; ok {
			spoken := g.add(node{"@id": authority + "language/" + code, "@type": "dct:LinguisticSystem"})
			n["dct:language"] = append(list(n["dct:language"]), spoken)
		}
	}
	if v.LifeEvent != "" {
		g.lifeEvent(n, v.LifeEvent)
	}
	g.described(n, id, v.Slug, d)
	g.add(n)
}

func list(v any) []node { l, _ := v.([]node); return l }

// authority is the body that answers for a service.
func (g *graph) authority(slug string, name lang.Text) node {
	if name.Empty() {
		name = lang.Text{string(lang.French): slug}
	}
	return g.add(node{
		"@id": g.from.URL("/institutions/" + slug), "@type": []string{"cv:PublicOrganisation", "http://www.w3.org/ns/org#Organization"},
		"dct:identifier": slug, "skos:prefLabel": said(name), "dct:spatial": g.add(node{"@id": tunisia, "@type": "dct:Location"}),
	})
}

// lifeEvent says in which event of a life, and in which area, people look for it.
func (g *graph) lifeEvent(n node, code string) {
	key := "monitor.life_event." + code
	title := g.from.Word(key)
	if title.Empty() {
		title = lang.Text{string(lang.French): code}
	}
	n["cv:thematicArea"] = g.own("area", code, key)
	n["cv:isGroupedBy"] = g.add(node{
		"@id": g.from.URL("/services.jsonld#event-" + code), "@type": []string{"cv:LifeEvent", "cv:Event"}, "dct:identifier": code, "dct:title": said(title),
	})
}

// described adds what its owner wrote.
func (g *graph) described(n node, id, slug string, d *monitor.Description) {
	for _, who := range d.Audience {
		n["dct:audience"] = append(list(n["dct:audience"]), g.own("audience", who, "describe.audience."+who))
	}
	if d.Cost != nil || !d.CostNote.Empty() {
		cost := node{"@id": id + "#cost", "@type": "cv:Cost", "dct:identifier": slug + "-cost"}
		if d.Cost != nil {
			cost["hasValue"] = strconv.FormatFloat(*d.Cost, 'f', -1, 64)
			cost["cv:currency"] = g.concept(dinar, lang.Text{string(lang.French): "TND"})
		}
		if words := said(d.CostNote); len(words) > 0 {
			cost["dct:description"] = words
		}
		n["cv:hasCost"] = g.add(cost)
	}
	if d.Days > 0 {
		n["processingTime"] = "P" + strconv.Itoa(d.Days) + "D"
	}
	if d.Phone+d.Email+d.Page != "" {
		contact := node{"@id": id + "#contact", "@type": "cv:ContactPoint"}
		if d.Phone != "" {
			contact["cv:telephone"] = d.Phone
		}
		if d.Email != "" {
			contact["cv:email"] = d.Email
		}
		if d.Page != "" {
			contact["cv:contactPage"] = g.add(node{"@id": d.Page, "@type": "foaf:Document"})
		}
		n["cv:contactPoint"] = g.add(contact)
	}
}
