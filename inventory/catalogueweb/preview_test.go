package catalogueweb

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// TestThePreviewIsWhatPackageShowAnswers: what the approval page shows of a
// dataset is, but for the moment of the approval, what portals read after it.
func TestThePreviewIsWhatPackageShowAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 1)
		by, reviewer := identity.Actor{Account: "o", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}, identity.Actor{Account: "r", Role: identity.MCD}
		v, err := h.register.Vocabulary(t.Context())
		h.must(err)
		for name, write := range map[string]func(*inventory.Content){
			"as it should be":      func(*inventory.Content) {},
			"a name that is taken": func(c *inventory.Content) { c.Title["fr"] = "Production 1" },
			"tags that change": func(c *inventory.Content) {
				c.Keywords = lang.Words{"fr": {"prix (TND)", "eau & air", "l'eau", "l’eau"}, "ar": {"الصحّة", "الصحة"}}
			},
			"listed elsewhere": func(c *inventory.Content) {
				*c = c.WithOrigin(inventory.Origin{Portal: "catalog.agridata.tn", ID: "olives"})
			},
			"no format, no file": func(c *inventory.Content) {
				c.Distributions[0].Format, c.Distributions[0].DownloadURL, c.Distributions[0].Bytes = "", "", 0
			},
			"hostile words": func(c *inventory.Content) {
				c.Title["fr"], c.Title["ar"] = `Olives <script>"&' zones`, "زيتون <b>"
				c.ContactName = `"; DROP`
			},
		} {
			t.Run(name, func(t *testing.T) {
				c := content(7)
				write(&c)
				d, err := h.register.Create(t.Context(), by, "marhp", c)
				h.must(err)
				d, err = h.register.Change(t.Context(), by, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error { return d.Submit(by, v, time.Now()) })
				h.must(err)
				would, err := h.register.WouldPublish(t.Context(), d)
				h.must(err)
				view, err := h.pages.Preview(t.Context(), *would)
				h.must(err)
				if view.Left != nil {
					t.Fatalf("the feed would leave it out: %v", view.Left)
				}
				_, err = h.register.Change(t.Context(), reviewer, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error { return d.Approve(reviewer, v, time.Now()) })
				h.must(err)
				h.pages.Changed()
				a := h.get("/api/3/action/package_show?id=" + view.Name)
				var answer struct{ Result json.RawMessage }
				if a.status != http.StatusOK || json.Unmarshal(a.body, &answer) != nil {
					t.Fatalf("package_show %s: %d %s", view.Name, a.status, a.body)
				}
				if got, want := timeless(t, answer.Result), timeless(t, view.Package); !bytes.Equal(got, want) {
					t.Errorf("package_show answers\n%s\nand the approval page showed\n%s", got, want)
				}
			})
		}
	})
}

// timeless is a package without the moments of its approval.
func timeless(t *testing.T, pkg []byte) []byte {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(pkg, &all); err != nil {
		t.Fatal(err)
	}
	forget := []string{"metadata_created", "metadata_modified", "created"}
	for _, key := range forget {
		delete(all, key)
	}
	resources, _ := all["resources"].([]any)
	for _, one := range resources {
		for _, key := range forget {
			delete(one.(map[string]any), key)
		}
	}
	out, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}
