package exchangeweb

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// What a person may do with a row that looks like a dataset there is.
const (
	twinSame = "same" // it is that one: it learns the source, nothing is made
	twinSkip = "skip"
)

// twinLine is the dataset that a row looks like, and what may be done about it.
type twinLine struct {
	Href    string
	Ref     string
	Choices []web.Option // none once the row is written
}

// waiting counts the rows that can still be applied, and of these those that look like a dataset there is.
func (p *Pages) waiting(ctx context.Context, set *inventory.Changeset) (good, twins int, err error) {
	if good, err = p.store.Left(ctx, set); err != nil {
		return 0, 0, err
	}
	twins, err = p.store.TwinRows(ctx, set)
	return good, twins, err
}

// twinLine returns nil for a row that looks like nothing.
func (p *Pages) twinLine(c *gin.Context, by identity.Actor, page *previewPage, row inventorydb.ChangesetRow) (*twinLine, error) {
	if row.Twin == "" {
		return nil, nil //nolint:nilnil // looking like nothing is the ordinary answer
	}
	t := &twinLine{Ref: row.Twin, Href: "/datasets/" + row.Twin}
	d, err := p.store.Get(c.Request.Context(), by, row.Twin)
	if kind, _ := fault.KindOf(err); err != nil && kind != fault.NotFound {
		return nil, err
	}
	if err == nil {
		t.Href = "/desk/datasets/" + row.Twin
	}
	if row.Done || row.Outcome != inventory.Create || page.Changeset.State == inventory.Undone {
		return t, nil
	}
	t.Choices = []web.Option{{Label: page.T("twins.import.new")}}
	if err == nil && by.May(identity.RecordDataset, d.Institution) {
		t.Choices = append(t.Choices, web.Option{Value: twinSame, Label: page.T("twins.import.same", row.Twin)})
	}
	t.Choices = append(t.Choices, web.Option{Value: twinSkip, Label: page.T("twins.import.skip")})
	if page.Faults.Any() {
		for n := range t.Choices {
			t.Choices[n].Chosen = t.Choices[n].Value == c.PostForm("twin."+strconv.Itoa(row.N))
		}
	}
	return t, nil
}

// readTwins reads what a person said of the rows that look like a dataset there is.
func readTwins(f url.Values, choice inventory.Choice) (inventory.Choice, error) {
	read := 0
	for name, values := range f {
		text, ok := strings.CutPrefix(name, "twin.")
		if !ok || values[0] == "" || read >= maxTicks {
			continue
		}
		read++
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return choice, fault.New(fault.Invalid, "fault.form")
		}
		switch values[0] {
		case twinSame:
			choice.Same = append(choice.Same, n)
		case twinSkip:
			choice.Skip = append(choice.Skip, n)
		default:
			return choice, fault.New(fault.Invalid, "fault.form")
		}
	}
	return choice, nil
}

// TwinsHref lists the rows that look like a dataset there is.
func (page *previewPage) TwinsHref() string { return href(inventorydb.LikelyTwin, 0) }
