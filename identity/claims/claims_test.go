package claims

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jard-odi/jard/identity"
)

const table = `claim,value,role,institution
# order decides
realm_access.roles,jard-admin,admin,
groups,/jard/{institution}/responsables,supervisor,{institution}
groups,/jard/{institution}/agents,officer,{institution}
groups,MCD,mcd,
ministry,*,officer,marhp
"https://example.tn/roles","a, b",committee,
`

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var claims map[string]any
	if err := json.Unmarshal([]byte(text), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestNamesOfClaimsMayHoldDots(t *testing.T) {
	claims := decoded(t, `{"https://jard.gov.tn/claims":{"roles":["a"],"x.y":{"z":["b"]}},"resource_access":{"jard.gov.tn":{"roles":["c"]},"jard":"d"},
		"a":{"b.c":["inner"]},"a.b":{"c":["longest"]},"a.b.d":"whole","":{"b":"none"}}`)
	for path, want := range map[string]string{
		"https://jard.gov.tn/claims.roles": "a", "https://jard.gov.tn/claims.x.y.z": "b", "resource_access.jard.gov.tn.roles": "c", "resource_access.jard": "d",
		"a.b.c": "longest", "a.b.d": "whole", "resource_access": "", "resource_access.jard.gov.tn": "", "a.b.": "", ".b": "", "a..b": "", "nothing.here": "",
	} {
		if got := strings.Join(Values(claims, path), ","); got != want {
			t.Errorf("%s is %q; want %q", path, got, want)
		}
	}
	if deep := strings.Repeat("a.", 100); len(Values(map[string]any{"a": map[string]any{}}, deep)) != 0 {
		t.Error("a path of dots leads somewhere")
	}
}

func TestTheFirstRuleThatMatchesDecides(t *testing.T) {
	rules, problems := Read("rules.csv", []byte(table))
	if len(problems) > 0 || len(rules) != 6 {
		t.Fatalf("read %d rules, %v", len(rules), problems)
	}
	for _, one := range []struct {
		claims string
		want   string // role institution line; empty: refused
	}{
		{`{"realm_access":{"roles":["x","jard-admin"]},"groups":["MCD"]}`, "admin  3"},
		{`{"groups":["/jard/meh/agents","/jard/marhp/responsables"]}`, "supervisor marhp 4"},
		{`{"groups":["/jard/meh/agents"]}`, "officer meh 5"},
		{`{"groups":"MCD"}`, "mcd  6"},
		{`{"groups":"mcd"}`, ""},
		{`{"groups":["/jard//agents"]}`, ""},
		{`{"groups":["/jard/a b/agents"]}`, ""},
		{`{"groups":["/jard/../agents"]}`, ""},
		{`{"groups":["/jard/agents"]}`, ""},
		{`{"ministry":"anything"}`, "officer marhp 7"},
		{`{"ministry":""}`, ""},
		{`{"ministry":true}`, "officer marhp 7"},
		{`{"ministry":7}`, ""},
		{`{"ministry":{"a":"b"}}`, ""},
		{`{"groups":[1,null,{"MCD":true},["MCD"]]}`, ""},
		{`{"realm_access":["jard-admin"],"realm_access.roles":"jard-admin"}`, "admin  3"},
		{`{"realm_access":"jard-admin"}`, ""},
		{`{"https://example.tn/roles":["a, b"]}`, "committee  8"},
		{`{}`, ""},
	} {
		grant, ok := rules.Grant(decoded(t, one.claims))
		got := ""
		if ok {
			got = fmt.Sprintf("%s %s %d", grant.Role, grant.Institution, grant.Line)
		}
		if got != one.want {
			t.Errorf("%s gives %q; want %q", one.claims, got, one.want)
		}
	}
}

func TestYAMLSaysTheSame(t *testing.T) {
	rules, problems := Read("rules.yaml", []byte("- {claim: groups, value: MCD, role: mcd}\n- claim: groups\n  value: '/jard/{institution}'\n  role: officer\n  institution: '{institution}'\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if grant, ok := rules.Grant(map[string]any{"groups": []any{"/jard/meh"}}); !ok || grant != (Grant{identity.Officer, "meh", 2}) {
		t.Errorf("gives %+v, %v", grant, ok)
	}
}

func TestBadRulesNameTheirLine(t *testing.T) {
	for _, one := range []struct{ name, text, want string }{
		{"r.csv", "", "0 claims.none"},
		{"r.csv", "claim,value,role,institution\n", "0 claims.none"},
		{"r.csv", "group,role\nx,mcd\n", "1 claims.columns [claim,value,role,institution]"},
		{"r.csv", "claim,value,role,institution\ngroups,MCD,mcd\n", "2 claims.cells [3 4]"},
		{"r.csv", "claim,value,role,institution\n\n\ngroups,MCD,boss,\n", "4 claims.role [boss]"},
		{"r.csv", "claim,value,role,institution\ngroups,x,agent,\n", "2 claims.role [agent]"},
		{"r.csv", "claim,value,role,institution\ngroups,x,officer,\n", "2 claims.institution [officer]"},
		{"r.csv", "claim,value,role,institution\ngroups,x,officer,{institution}\n", "2 claims.blank [{institution}]"},
		{"r.csv", "claim,value,role,institution\ngroups,x,officer,MARHP\n", "2 claims.slug [MARHP]"},
		{"r.csv", "claim,value,role,institution\n,,mcd,\n", "2 claims.required [claim]; 2 claims.required [value]"},
		{"r.csv", "claim,value,role,institution\ng,x,mcd,\ng,x,admin,\n", "3 claims.never [2]"},
		{"r.csv", "claim,value,role,institution\ng,*,mcd,\ng,x,admin,\n", "3 claims.never [2]"},
		{"r.csv", "claim,value,role,institution\ng,{institution}{institution},mcd,\n", "2 claims.twice [{institution}]"},
		{"r.csv", "claim,value,role,institution\ng,\"x,mcd,\n", "2 claims.csv [extraneous or missing \" in quoted-field]"},
		{"r.csv", "claim,value,role,institution\ng,\xff,mcd,\n", "2 claims.utf8"},
		{"r.csv", "claim;value;role;institution\ng;x;boss;\n", "2 claims.role [boss]"},
		{"r.yaml", "claim: g\n", "1 document.want.list"},
		{"r.yaml", "- {claim: g, value: x, role: mcd, group: y}\n", "1 document.unknown_key [group]"},
		{"r.yaml", "- {claim: g,\n", "document.syntax"},
		{"r.csv", strings.Repeat("x", MaxBytes+1), "0 document.too_large"},
	} {
		_, problems := Read(one.name, []byte(one.text))
		var said []string
		for _, p := range problems {
			line := fmt.Sprintf("%d %s", p.Line, p.Key)
			if len(p.Args) > 0 {
				line += fmt.Sprintf(" %v", p.Args)
			}
			said = append(said, line)
		}
		if got := strings.Join(said, "; "); got != one.want && (one.want != "document.syntax" || !strings.Contains(got, one.want)) {
			t.Errorf("%q: said %q; want %q", one.text[:min(len(one.text), 80)], got, one.want)
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add("r.csv", []byte(table), []byte(`{"groups":["/jard/meh/agents"]}`))
	f.Add("r.csv", []byte("claim;value;role;institution\ng;*;mcd;\n"), []byte(`{"g":true}`))
	f.Add("r.yaml", []byte("- {claim: a.b, value: '{institution}', role: officer, institution: '{institution}'}"), []byte(`{"a":{"b":["x"]}}`))
	f.Fuzz(func(t *testing.T, name string, data, person []byte) {
		rules, problems := Read(name, data)
		if len(problems) > 0 {
			return
		}
		var claims map[string]any
		if json.Unmarshal(person, &claims) != nil {
			return
		}
		grant, ok := rules.Grant(claims)
		if !ok {
			return
		}
		if !grant.Role.Valid() || grant.Role.NeedsInstitution() && !slugForm.MatchString(grant.Institution) {
			t.Errorf("%q with %q gives %+v", data, person, grant)
		}
	})
}
