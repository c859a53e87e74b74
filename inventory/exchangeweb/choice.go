package exchangeweb

import (
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// What a person may do with a conflict.
const (
	mine   = "mine"   // the register's word stands
	theirs = "theirs" // the file's is taken
	byTick = "fields" // the file's is taken for the fields that are ticked
)

// maxTicks is how many rows one form may name.
const maxTicks = 2 * pageRows

// readChoice reads which rows of a preview are to be applied, and how
// conflicts are settled.
func readChoice(f url.Values) (inventory.Choice, error) {
	switch f.Get("rows") {
	case "all":
		return inventory.Choice{All: true}, nil
	case "chosen":
	default:
		return readTwins(f, inventory.Choice{})
	}
	choice := inventory.Choice{Rows: []int{}, Answers: map[int]inventory.Settlement{}}
	for _, text := range f["row"][:min(len(f["row"]), maxTicks)] {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return choice, fault.New(fault.Invalid, "fault.form")
		}
		choice.Rows = append(choice.Rows, n)
	}
	for _, text := range f["conflict"][:min(len(f["conflict"]), maxTicks)] {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return choice, fault.New(fault.Invalid, "fault.form")
		}
		ticked := f["take."+text]
		switch answer := f.Get("answer." + text); {
		case answer == theirs:
			choice.Answers[n] = inventory.Settlement{Theirs: true}
		case answer == byTick || answer == "" && len(ticked) > 0:
			choice.Answers[n] = inventory.Settlement{Fields: ticked}
		case answer == mine:
			choice.Answers[n] = inventory.Settlement{}
		}
	}
	choice, err := readTwins(f, choice)
	if err == nil && len(choice.Named()) == 0 {
		return choice, fault.New(fault.Conflict, "import.nothing_chosen")
	}
	return choice, err
}

// answers are what a person may do with a conflict.
func answers(page web.Page) []web.Option {
	return []web.Option{
		{Label: page.T("import.answer.later")},
		{Value: mine, Label: page.T("import.answer.mine")},
		{Value: theirs, Label: page.T("import.answer.theirs")},
		{Value: byTick, Label: page.T("import.answer.fields")},
	}
}

// apply answers POST /desk/import/:id/application.
func (p *Pages) apply(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "fault.form")
	}
	choice, err := readChoice(c.Request.PostForm)
	var done *inventory.Changeset
	if err == nil {
		done, err = p.store.Apply(c.Request.Context(), by, c.Param("id"), choice)
	}
	if shown(err) {
		return p.show(c, by, err)
	}
	if err != nil {
		return err
	}
	flash := "import.flash.applied"
	if done.State == inventory.Partly {
		flash = "import.flash.partly"
	}
	back := url.Values{}
	if outcome := c.Request.PostForm.Get("outcome"); outcome != "" {
		back.Set("outcome", outcome)
	}
	return p.shell.Redirect(c, address(done.ID)+query(back), flash)
}

func query(q url.Values) string {
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// discard answers POST /desk/import/:id/discard.
func (p *Pages) discard(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	err = p.store.Discard(c.Request.Context(), by, c.Param("id"))
	if shown(err) {
		return p.show(c, by, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/import", "import.flash.discarded")
}
