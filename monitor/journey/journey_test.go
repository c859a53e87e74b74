package journey

import (
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
)

const shop = `# A purchase without paying
variables:
  product: pen
steps:
  - name: shelf
    get: /shelf?q={{product}}
    expect: {status: 200, contains: [Pens, "{{product}}"], css: "form#buy"}
    take:
      id: {css: "#buy input[name=id]", attr: value}
  - name: basket
    form: "#buy"
    fill: {count: 2}
    expect:
      url: /basket
      json: {"items[0].id": "{{id}}", total: 3.50}
      within: 2s
  - name: login
    post: https://login.example.tn/session
    headers: {X-Key: "{{secret.key}}"}
    data: {user: someone, password: "{{secret.password}}"}
    expect: {status: ["200-299", 302], not_contains: Error, matches: "Hello .*", headers: {Content-Type: html}}
`

func TestReadAJourney(t *testing.T) {
	plan, err := Read("source", shop)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Steps) != 3 || plan.Steps[0].Line != 5 || plan.Steps[1].Form != "#buy" || plan.Steps[1].Expect.Within != 2*time.Second {
		t.Errorf("read %+v", plan.Steps)
	}
	if got := strings.Join(plan.Secrets(), " "); got != "key password" {
		t.Errorf("it sends the secrets %s", got)
	}
	if got := plan.Steps[0].Address.Expand(map[string]string{"product": "ink"}, nil); got != "/shelf?q=ink" {
		t.Errorf("the address is %s", got)
	}
	if e := plan.Steps[2].Expect; !e.Allows(302) || !e.Allows(204) || e.Allows(303) || !plan.Steps[1].Expect.Allows(200) {
		t.Errorf("statuses %v", e.Status)
	}
}

func TestTheExampleIsAJourney(t *testing.T) {
	plan, err := Read("source", Example)
	if err != nil || len(plan.Steps) != 3 {
		t.Errorf("read %+v, %v", plan, err)
	}
}

func TestEveryFaultHasItsLine(t *testing.T) {
	step := func(lines string) string { return "steps:\n  - name: a\n    get: /\n" + lines }
	for _, tt := range []struct{ name, source, faults string }{
		{"nothing", " \n", "fault.required (source)"},
		{"a comment", "# later", "fault.required (source)"},
		{"too much", strings.Repeat("#", MaxSource+1), "fault.too_long (source) 20000"},
		{"no text", "a\x00", "fault.utf8 (source)"},
		{"no YAML", "steps:\n  - name: a\n   get: /", "journey.yaml (source) 3 did not find expected '-' indicator"},
		{"no YAML at all", "steps: [", "journey.yaml (source) 1 did not find expected node content"},
		{"a list", "- a", "journey.no_mapping (source) 1"},
		{"no steps", "variables: {a: b}", "journey.no_steps (source) 1"},
		{"steps that are none", "steps: soon", "journey.no_steps (source) 1"},
		{"a step that is none", "steps:\n  - soon", "journey.no_mapping (source) 2"},
		{"too many steps", "steps:\n" + strings.Repeat("  - {name: a, get: /}\n", 21), "journey.too_many_steps (source) 2 20"},
		{"a word that is not known", step("    expekt: {}"), "journey.unknown (source) 4 expekt body, data, expect, fill, form, get, headers, name, post, take, type"},
		{"a word said twice", step("    get: /b"), "journey.twice (source) 4 get"},
		{"a step without a name", "steps:\n  - get: /", "journey.no_name (source) 2"},
		{"two of the same name", step("  - name: a\n    get: /"), "journey.same_name (source) 4 a"},
		{"no request", "steps:\n  - name: a", "journey.one_request (source) 2"},
		{"two requests", step("    post: /"), "journey.one_request (source) 2"},
		{"a form before any page", "steps:\n  - name: a\n    form: f", "journey.form_first (source) 2"},
		{"something to fill in without a form", step("    fill: {a: b}"), "journey.fill_without_form (source) 2"},
		{"a body to get", step("    body: a"), "journey.body_without_post (source) 2"},
		{"data and a body", "steps:\n  - {name: a, post: /, body: b, data: {c: d}}", "journey.data_and_body (source) 2"},
		{"a type of nothing", step("    type: text/plain"), "journey.type_without_body (source) 2"},
		{"an address of another kind", "steps:\n  - {name: a, get: 'ftp://a/'}", "journey.address (source) 2 ftp://a/"},
		{"an address with a password", "steps:\n  - {name: a, get: 'http://a:b@c/'}", "journey.address (source) 2 http://a:b@c/"},
		{"a secret in an address", "steps:\n  - {name: a, get: '/{{secret.b}}'}", "journey.secret_address (source) 2"},
		{"a secret in a variable", "variables: {a: '{{secret.b}}'}\nsteps: [{name: a, get: /}]", "journey.secret_variable (source) 1 a"},
		{"a secret that is expected", step("    expect:\n      contains: '{{secret.b}}'"), "journey.secret_expect (source) 5"},
		{"a variable nobody set", step("    expect: {contains: '{{id}}'}"), "journey.variable (source) 4 id"},
		{"a variable set too late", step("    expect: {contains: '{{id}}'}\n    take: {id: {css: a}}"), "journey.variable (source) 4 id"},
		{"an open brace", "steps:\n  - {name: a, get: '/{{id'}", "journey.braces (source) 2"},
		{"a name with a space", step("    take: {a b: {css: a}}"), "journey.name (source) 4 a b"},
		{"a header that is none", step("    headers: {'a b': c}"), "journey.name (source) 4 a b"},
		{"a header that is not theirs", step("    headers: {Host: c}"), "journey.own_header (source) 4 Host"},
		{"a header of two lines", step("    headers: {a: \"b\\nc\"}"), "journey.one_line (source) 4"},
		{"no status", step("    expect: {status: [200, ok]}"), "journey.status (source) 4 ok"},
		{"a broken pattern", step("    expect: {matches: '('}"), "journey.pattern (source) 4 missing closing ): `(`"},
		{"a broken selector", step("    expect: {css: 'a['}"), "journey.selector (source) 4 a["},
		{"no duration", step("    expect: {within: 2}"), "journey.duration (source) 4 2"},
		{"too long a duration", step("    expect: {within: 2m}"), "journey.duration (source) 4 2m"},
		{"nothing expected", step("    expect: {contains: ''}"), "journey.empty (source) 4"},
		{"nothing where a text should be", step("    expect: {url: }"), "journey.no_text (source) 4"},
		{"a path that is none", step("    take: {a: {json: 'b..c'}}"), "journey.path (source) 4 b..c"},
		{"two ways to take", step("    take: {a: {css: b, regex: c}}"), "journey.one_way (source) 4"},
		{"an attribute of nothing", step("    take: {a: {regex: c, attr: d}}"), "journey.one_way (source) 4"},
		{"an alias", "variables: {a: &x b}\nsteps: *x", "journey.alias (source) 2; journey.no_steps (source) 1"},
		{"an alias in a list", "variables: {a: &x b}\n" + step("    expect: {contains: [*x]}"), "journey.alias (source) 5"},
		{"several at once", "steps:\n  - get: '{{'\n    expect: {status: x}", "journey.braces (source) 2; journey.status (source) 3 x; journey.no_name (source) 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read("source", tt.source)
			var got []string
			for _, f := range fault.All(err) {
				got = append(got, f.Error())
			}
			if strings.Join(got, "; ") != tt.faults {
				t.Errorf("said:\n%s\nwant:\n%s", strings.Join(got, "; "), tt.faults)
			}
		})
	}
}

const page = `<!doctype html><base href="/app/"><form id=f method=POST action="save?x=1" enctype="multipart/form-data">
<input type=hidden name=csrf value=t0ken><input name=user><input name=old disabled value=x><input type=checkbox name=yes checked>
<input type=checkbox name=no><input type=radio name=r value=1><input type=radio name=r value=2 checked><textarea name=note>hello</textarea>
<select name=city><option value=tun>Tunis<option value=sfa selected>Sfax</select><select name=lang><option>Arabic<option>French</select>
<input type=file name=doc><button name=act value=save>Save</button><button name=act value=drop>Drop</button></form>
<form id=g></form><p class=sum> 3 <b>items</b> </p>`

func answer(t *testing.T, body string) *Answer {
	t.Helper()
	u, err := url.Parse("https://a.tn/form?y=2")
	if err != nil {
		t.Fatal(err)
	}
	return &Answer{Status: 200, URL: u, Header: textproto.MIMEHeader{"X-Token": {"abc"}}, Body: []byte(body)}
}

func TestAFormIsSentAsABrowserSendsIt(t *testing.T) {
	f, ok := answer(t, page).Form("button[name=act]") // within the form
	if !ok {
		t.Fatal("no form")
	}
	want := "act=save&city=sfa&csrf=t0ken&lang=Arabic&note=hello&r=2&user=&yes=on"
	if got := f.Fields.Encode(); got != want {
		t.Errorf("it sends %s; want %s", got, want)
	}
	if f.Method != "POST" || f.Action.String() != "https://a.tn/app/save?x=1" || f.Type != "multipart/form-data" {
		t.Errorf("it goes by %s to %s as %s", f.Method, f.Action, f.Type)
	}
	if f.Has("old") || !f.Has("no") || f.Has("nothing") {
		t.Error("a field that is disabled is none; one that is not ticked is")
	}
	if g, ok := answer(t, page).Form("#g"); !ok || g.Method != "GET" || g.Action.String() != "https://a.tn/form?y=2" {
		t.Errorf("a form that says nothing goes to %v", g)
	}
	for _, selector := range []string{"#nothing", "p"} {
		if _, ok := answer(t, page).Form(selector); ok {
			t.Errorf("%s is no form", selector)
		}
	}
	if _, ok := answer(t, `<form action="javascript:x()">`).Form("form"); ok {
		t.Error("a script is no place to send a form to")
	}
}

func TestTakeAPart(t *testing.T) {
	const data = `{"items":[{"id":7,"name":"pen"}],"total":3.50,"open":true,"none":null,"deep":{"a":[1]}}`
	for _, tt := range []struct {
		take Take
		body string
		want string
		ok   bool
	}{
		{Take{CSS: ".sum"}, page, "3 items", true},
		{Take{CSS: "input[name=csrf]", Attr: "value"}, page, "t0ken", true},
		{Take{CSS: "input[name=csrf]", Attr: "title"}, page, "", false},
		{Take{CSS: ".nothing"}, page, "", false},
		{Take{Pattern: `value=(t\w+)`}, page, "t0ken", true},
		{Take{Pattern: `t0\w+`}, page, "t0ken", true},
		{Take{Pattern: `zzz`}, page, "", false},
		{Take{Header: "x-token"}, "", "abc", true},
		{Take{Header: "X-None"}, "", "", false},
		{Take{JSON: "items[0].id"}, data, "7", true},
		{Take{JSON: "$.items[0].name"}, data, "pen", true},
		{Take{JSON: "total"}, data, "3.50", true},
		{Take{JSON: "open"}, data, "true", true},
		{Take{JSON: "none"}, data, "null", true},
		{Take{JSON: "deep"}, data, `{"a":[1]}`, true},
		{Take{JSON: "items[1]"}, data, "", false},
		{Take{JSON: "items.x"}, data, "", false},
		{Take{JSON: "total.x"}, data, "", false},
		{Take{JSON: "a"}, "<html>", "", false},
	} {
		if got, ok := answer(t, tt.body).Find(tt.take); got != tt.want || ok != tt.ok {
			t.Errorf("%+v found %q, %v; want %q, %v", tt.take, got, ok, tt.want, tt.ok)
		}
	}
}

func TestJudgeAnAnswer(t *testing.T) {
	word := func(s string) Text { text, _ := parseText(s); return text }
	for _, tt := range []struct {
		name   string
		expect Expect
		body   string
		text   string
	}{
		{"all well", Expect{Contains: []Text{word("form")}, CSS: []string{"form"}, URL: word("/form"), Matches: []string{"t.ken"}}, page, ""},
		{"another status", Expect{Status: []Range{{301, 302}}}, "", "status 200"},
		{"a text is missing", Expect{Contains: []Text{word("{{id}}!")}}, "", `"{{id}}!" is missing`},
		{"a text is there", Expect{Absent: []Text{word("hello")}}, page, `"hello" is there`},
		{"no match", Expect{Matches: []string{"^z"}}, page, `nothing matches "^z"`},
		{"no element", Expect{CSS: []string{"h1"}}, page, `no element matches "h1"`},
		{"elsewhere", Expect{URL: word("/home")}, "", "ended at /form; expected /home"},
		{"at another host", Expect{URL: word("https://b.tn/form")}, "", "ended at https://a.tn/form; expected https://b.tn/form"},
		{"at the very place", Expect{URL: word("https://a.tn/form")}, "", ""},
		{"a value", Expect{JSON: []Pair{{"a", word("{{id}}")}}}, `{"a":7}`, ""},
		{"another value", Expect{JSON: []Pair{{"a", word("8")}}}, `{"a":7}`, `a is "7"; expected "8"`},
		{"no value", Expect{JSON: []Pair{{"b", word("8")}}}, `{"a":7}`, "b is missing"},
		{"a header", Expect{Headers: []Pair{{"X-Token", word("b")}}}, "", ""},
		{"another header", Expect{Headers: []Pair{{"X-Token", word("z")}}}, "", `header X-Token is "abc"; expected "z"`},
		{"too slow", Expect{Within: time.Second}, "", "2s > 1s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, status := tt.expect.Judge(answer(t, tt.body), map[string]string{"id": "7"}, 2*time.Second)
			if text != tt.text || status != (tt.text == "status 200") {
				t.Errorf("judged %q, %v; want %q", text, status, tt.text)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(shop)
	f.Add("steps: [{name: a, get: '/{{b}}'}]")
	f.Add("a: &a [*a]")
	f.Add("? [a]\n: b")
	f.Fuzz(func(t *testing.T, source string) {
		plan, err := Read("source", source)
		if err != nil {
			if len(fault.All(err)) == 0 {
				t.Errorf("%v is no fault", err)
			}
			return
		}
		if len(plan.Steps) == 0 || len(plan.Steps) > MaxSteps {
			t.Errorf("a journey of %d steps", len(plan.Steps))
		}
		for _, s := range plan.Steps {
			if s.Name == "" || (s.Method == "") == (s.Form == "") {
				t.Errorf("a step %+v", s)
			}
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add(page, "form", "items[0].id", "a(b)?")
	f.Add(`{"a":[1]}`, "a[", "$", "(")
	f.Fuzz(func(t *testing.T, body, selector, path, pattern string) {
		u, _ := url.Parse("https://a.tn/")
		a := &Answer{URL: u, Body: []byte(body)}
		if form, ok := a.Form(selector); ok && form.Action.Scheme != "https" && form.Action.Scheme != "http" {
			t.Errorf("a form goes to %s", form.Action)
		}
		for _, take := range []Take{{CSS: selector}, {CSS: selector, Attr: "href"}, {JSON: path}, {Pattern: pattern}} {
			a.Find(take)
		}
	})
}
