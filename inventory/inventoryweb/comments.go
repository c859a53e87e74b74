package inventoryweb

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// commentLine is a comment on one field as it is shown.
type commentLine struct {
	ID, Field, Label, Href string
	Text, Who              string
	At                     time.Time
	Answer                 string
	Done                   bool
	Answered               bool
}

// Said tells how the answer stands, with a shape.
func (l commentLine) Said(p web.Page) web.Mark {
	switch {
	case l.Done:
		return p.Mark("open", "life.comment.done")
	case l.Answer != "":
		return p.Mark("review", "life.comment.answered")
	}
	return p.Mark("returned", "life.comment.open")
}

func (w words) comments(d *inventory.Dataset, said []inventory.ReviewComment) []commentLine {
	lines := make([]commentLine, 0, len(said))
	for _, c := range said {
		line := commentLine{
			ID: c.ID, Field: c.Field, Label: w.label(c.Field), Href: deskPath(d.Ref) + "/edit#" + web.FieldID(c.Field),
			Text: c.Text, At: c.At, Answer: c.Answer, Done: c.Done, Answered: c.Answered(),
		}
		if w.page.Has("dataset.by." + string(c.Role)) {
			line.Who = w.page.T("dataset.by." + string(c.Role))
		}
		lines = append(lines, line)
	}
	return lines
}

// commentsByField gathers what is shown beside each field of a form.
func commentsByField(lines []commentLine) map[string]string {
	by := map[string]string{}
	for _, l := range lines {
		if !l.Done {
			by[l.Field] = strings.TrimSpace(by[l.Field] + "\n" + l.Text)
		}
	}
	return by
}

// answerComments answers POST /desk/datasets/:ref/answers.
func (p *Pages) answerComments(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	ref := c.Param("ref")
	_, err = p.store.AnswerComments(c.Request.Context(), by, ref, readAnswers(c))
	if kind, _ := fault.KindOf(err); kind == fault.Invalid || kind == fault.Conflict {
		return p.refused(c, by, ref, "answer", err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, deskPath(ref), "life.flash.answered")
}

// readAnswers reads what was said to each comment; every one of the page is named in "comment".
func readAnswers(c *gin.Context) map[string]inventory.CommentAnswer {
	answers := map[string]inventory.CommentAnswer{}
	for _, id := range c.PostFormArray("comment") {
		answers[id] = inventory.CommentAnswer{
			Done: c.PostForm("done."+id) != "", Text: strings.ReplaceAll(c.PostForm("answer."+id), "\r\n", "\n"),
		}
	}
	return answers
}

// typedAnswers keeps what was typed to comments when it is refused.
func typedAnswers(c *gin.Context, lines []commentLine) {
	answers := readAnswers(c)
	for n := range lines {
		if a, ok := answers[lines[n].ID]; ok {
			lines[n].Done, lines[n].Answer = a.Done, a.Text
		}
	}
}

// readComments reads the comments of a return: "comments.title.fr".
func readComments(c *gin.Context) map[string]string {
	comments := map[string]string{}
	for name, values := range c.Request.PostForm {
		if field, ok := strings.CutPrefix(name, "comments."); ok && len(values) > 0 {
			comments[field] = strings.ReplaceAll(values[0], "\r\n", "\n")
		}
	}
	return comments
}
