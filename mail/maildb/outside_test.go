package maildb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/mail"
)

// Somebody outside left an address for an answer. Once the mail is sent, or
// given up and its text gone, the outbox does not know the address any more;
// whose account it is stays known.
func TestTheOutboxForgetsPeopleOutside(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(db)
		for _, key := range []string{"sent", "failed", "inside"} {
			m := message(key)
			if m.Sensitive = true; key != "inside" {
				m.Account, m.To, m.Name = "", key+"@exemple.tn", "Une personne"
			}
			put(t, db, m)
		}
		letters, err := s.Next(t.Context(), 10)
		if err != nil || len(letters) != 3 {
			t.Fatalf("Next = %d, %v", len(letters), err)
		}
		for _, l := range letters {
			if l.Key == "failed" {
				err = s.Failed(t.Context(), l.ID, mail.Failure{Reason: mail.Refused, Final: true})
			} else {
				err = s.Sent(t.Context(), l.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		known := func() map[string]string {
			all, err := s.Box(t.Context(), admin, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]string{}
			for _, l := range all {
				out[string(l.State)+l.Account] = l.Recipient + l.Name
			}
			return out
		}
		if got := known(); got["sent"] != "" || got["failed"] == "" || got["sentacc-amel"] == "" {
			t.Errorf("after sending the outbox knows %v", got)
		}
		c.t = c.t.Add(31 * 24 * time.Hour)
		if err := s.Purge(t.Context(), 30*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if got := known(); got["failed"] != "" || got["sentacc-amel"] == "" {
			t.Errorf("in the end the outbox knows %v", got)
		}
	})
}
