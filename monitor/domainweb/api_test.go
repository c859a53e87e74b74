package domainweb

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

func call(h http.Handler, by identity.Actor, method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "fr")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func TestDomainsByTheAPI(t *testing.T) {
	h, m := house(t)
	list := func(by identity.Actor) (names []string, first domainAnswer) {
		t.Helper()
		rec := call(h, by, http.MethodGet, "/api/v1/domains", "")
		var page struct{ Items []domainAnswer }
		if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil || rec.Code != http.StatusOK {
			t.Fatalf("%d %v %s", rec.Code, err, rec.Body)
		}
		for _, one := range page.Items {
			names = append(names, one.Name+" "+one.Source)
		}
		return names, page.Items[0]
	}
	mcd := actor(identity.MCD, "")
	if names, first := list(mcd); strings.Join(names, ",") != "a.tn ,b.com registry" || first.Outcome != "no_server" || first.Services[0] != "a" {
		t.Errorf("the operator sees %v, %+v", names, first)
	}
	if names, _ := list(actor(identity.ServiceOwner, "mi")); len(names) != 1 {
		t.Errorf("an owner sees %v", names)
	}
	if rec := call(h, mcd, http.MethodPatch, "/api/v1/domains/a.tn", `{"until":"2027-03-31"}`); rec.Code != http.StatusNoContent {
		t.Errorf("enter: %d %s", rec.Code, rec.Body)
	}
	if at, byHand, ok := m.list[0].Until(); !ok || !byHand || at.Format(time.DateOnly) != "2027-03-31" {
		t.Errorf("kept %v, by hand %v", at, byHand)
	}
	for _, c := range []struct {
		by           identity.Actor
		method, body string
		status       int
		says         string
	}{
		{identity.Actor{}, http.MethodGet, "", http.StatusUnauthorized, ""},
		{identity.Actor{}, http.MethodPatch, `{"until":""}`, http.StatusUnauthorized, ""},
		{actor(identity.Committee, ""), http.MethodPatch, `{"until":""}`, http.StatusForbidden, ""},
		{mcd, http.MethodPatch, `{"until":"demain"}`, http.StatusUnprocessableEntity, "Écrivez un jour, par exemple 2027-03-31"},
		{mcd, http.MethodPatch, `{"day":"2027-03-31"}`, http.StatusUnprocessableEntity, ""},
	} {
		path := "/api/v1/domains"
		if c.method == http.MethodPatch {
			path += "/a.tn"
		}
		if rec := call(h, c.by, c.method, path, c.body); rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) {
			t.Errorf("%s %s by %q: %d %s", c.method, c.body, c.by.Role, rec.Code, rec.Body)
		}
	}
}
