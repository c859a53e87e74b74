package catalogueweb

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database/databasetest"
)

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestWhatIsGoneIsSaidInTheFormAskedFor(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.withdraw(2, "Doublon <de> l'autre", "TN-MARHP-2026-00001")
	iri := "/dataset/" + datasetID(2)
	for _, one := range []struct{ address, accept, want, holds string }{
		{iri, "", "application/problem+json", `"replacement":"` + base + "/dataset/" + datasetID(1)},
		{iri, "*/*", "application/problem+json", `"iri":"` + base + iri},
		{iri, "application/json", "application/problem+json", `"identifier":"TN-MARHP-2026-00002"`},
		{iri, "text/turtle", "text/turtle; charset=utf-8", "dct:isReplacedBy <" + base + "/dataset/" + datasetID(1) + ">"},
		{iri, "application/rdf+xml, */*;q=0.1", "application/rdf+xml", "dataset-status/WITHDRAWN"},
		{iri, "application/ld+json", "application/ld+json", "dataset-status/WITHDRAWN"},
		{iri, "application/n-triples", "application/n-triples", "dataset-status/WITHDRAWN"},
		{iri + ".ttl", browser, "text/turtle; charset=utf-8", "dct:isReplacedBy"},
		{iri + ".jsonld", "", "application/ld+json", "dct:isReplacedBy"},
		{iri + ".nt", "text/html", "application/n-triples", "isReplacedBy"},
		{iri, browser, "text/html; charset=utf-8", "Doublon &lt;de&gt; l&#39;autre"},
	} {
		var headers []string
		if one.accept != "" {
			headers = []string{"Accept", one.accept}
		}
		got := h.get(one.address, headers...)
		if got.status != http.StatusGone || got.header.Get("Content-Type") != one.want || !strings.Contains(string(got.body), one.holds) {
			t.Errorf("%s, Accept %q: %d %s\n%s", one.address, one.accept, got.status, got.header.Get("Content-Type"), got.body)
		}
		if link := got.header.Get("Link"); link != "<"+base+"/dataset/"+datasetID(1)+`>; rel="successor-version"` {
			t.Errorf("%s, Accept %q: Link %q", one.address, one.accept, link)
		}
		if head := h.ask(http.MethodHead, one.address, "", headers...); head.status != http.StatusGone || len(head.body) > 0 {
			t.Errorf("%s: HEAD %d", one.address, head.status)
		}
	}
}

func TestTheReasonIsForPeopleInTheirLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.withdraw(2, "Fusionné", "TN-MARHP-2026-00001")
	for language, want := range map[string][]string{
		"fr": {`lang="fr"`, "Production d&#39;olives 2", "Fusionné", "/datasets/TN-MARHP-2026-00001", "Ministère de l&#39;Agriculture"},
		"ar": {`dir="rtl"`, "إنتاج الزيتون 2", "Fusionné", "/datasets/TN-MARHP-2026-00001", "إنتاج الزيتون 1"},
		"en": {`lang="en"`, "Fusionné", "Withdrawn on"},
	} {
		got := h.get("/dataset/"+datasetID(2), "Accept", browser, "Accept-Language", language)
		for _, part := range want {
			if got.status != http.StatusGone || !strings.Contains(string(got.body), part) {
				t.Errorf("%s lacks %q (%d)", language, part, got.status)
			}
		}
		var problem goneProblem
		machine := h.get("/dataset/"+datasetID(2), "Accept-Language", language)
		h.must(json.Unmarshal(machine.body, &problem))
		title := map[string]string{"fr": "Ce jeu de données a été retiré du catalogue", "en": "This dataset was withdrawn from the catalogue"}[language]
		if problem.Detail != "Fusionné" || !strings.Contains(problem.Title, title) || problem.Withdrawn == "" {
			t.Errorf("%s: %+v", language, problem)
		}
	}
}

func TestPeopleAreLedToWhatIsThereToday(t *testing.T) {
	h := open(t, databasetest.Open(t), 4)
	h.withdraw(1, "a", "TN-MARHP-2026-00002")
	h.withdraw(2, "b", "TN-MARHP-2026-00003")
	if got := h.get("/dataset/"+datasetID(1), "Accept", browser); !strings.Contains(string(got.body), `href="/datasets/TN-MARHP-2026-00003"`) {
		t.Errorf("%d\n%s", got.status, got.body)
	}
	h.withdraw(3, "c", "TN-MARHP-2026-00001") // a ring leads nowhere, and ends
	if got := h.get("/dataset/"+datasetID(1), "Accept", browser); got.status != http.StatusGone || strings.Contains(string(got.body), "notice info") {
		t.Errorf("%d\n%s", got.status, got.body)
	}
}
