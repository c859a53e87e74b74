package alertweb

import (
	"net/url"
	"testing"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
)

// Whatever is typed, the form makes a route or faults, and what it made reads
// the same when it is shown again.
func FuzzRouteForm(f *testing.F) {
	f.Add("name=Nuit&steps.0.after=15&steps.0.roles=mcd&remind=6")
	f.Add("name=&steps.0.after=NaN&steps.5.channels=noc&remind=1e309")
	f.Add("remind=-1&quiet_from=99:99&quiet_to=&kinds=x&kinds=y&institutions=%00")
	f.Fuzz(func(t *testing.T, body string) {
		v, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		form := readForm(v.Get, func(name string) []string { return v[name] })
		r, err := form.route("")
		if err != nil {
			for _, one := range fault.All(err) {
				if one.Kind != fault.Invalid || one.Field == "" {
					t.Errorf("%q: %v", body, one)
				}
			}
			return
		}
		checked := r.Check([]string{"noc"}, func(slug string) bool { return slug == "marhp" })
		for _, one := range fault.All(checked) {
			for _, arg := range one.Args {
				if s, ok := arg.(string); ok && !utf8.ValidString(s) {
					t.Errorf("%q: a fault repeats what is no text", body)
				}
			}
		}
		if checked != nil {
			return
		}
		if again, err := formOf(&r).route(""); err != nil || again.Remind != r.Remind || len(again.Steps) != len(r.Steps) {
			t.Errorf("%q: %+v became %+v, %v", body, r, again, err)
		}
	})
}
