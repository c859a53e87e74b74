package inventoryweb

import (
	"net/url"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// FuzzReadForm reads whatever a browser may send: what comes of it is either
// sound or refused with reasons, and survives being shown and sent again.
func FuzzReadForm(f *testing.F) {
	f.Add("title.fr=For%C3%AAts&keywords.fr=a,b&distributions.0.url=http://a.tn&distributions.0.bytes=1%C2%A0000&personal_data=yes")
	f.Add("revision=-1&distributions.0.url=&distributions.1.url=x&distributions.1.bytes=9e9&spatial=TN-11&spatial=%00")
	f.Add("title.ar=%ff&target_date=2026-02-30&temporal.start=x")
	f.Fuzz(func(t *testing.T, body string) {
		sent, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		form := readForm(sent)
		form.tidy()
		c := form.content().Clean()
		if err := c.Check(&inventory.Vocabulary{}, time.Now()); err != nil {
			if len(fault.All(err)) == 0 {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		d := inventory.Dataset{Content: c, Revision: 1}
		if again := fill(&d).content().Clean(); !again.Equal(c) {
			t.Fatalf("%q became %+v, then %+v", body, c, again)
		}
	})
}
