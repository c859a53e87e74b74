package resultsweb

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/configs/privacy"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// privacyPage is /survey/privacy: what becomes of answers, in words that are data.
type privacyPage struct {
	web.Page
	Paragraphs []paragraph
	Valid      bool // a lawyer has read it
}

// paragraph is one of the notice.
type paragraph struct {
	Code        string
	Title, Text lang.Text
	Source      string
	valid       bool
}

// Forgets has the notice say for how many months words are kept.
func (p *Pages) Forgets(months int) *Pages {
	p.months = months
	return p
}

// privacy answers GET /survey/privacy.
func (p *Pages) privacy(c *gin.Context) error {
	all, err := readNotice(privacy.Notice, p.months, p.shell.Words().T)
	if err != nil {
		return err
	}
	page := &privacyPage{Page: p.shell.Page(c, "surveydesk.privacy.title"), Paragraphs: all, Valid: true}
	for _, one := range all {
		page.Valid = page.Valid && one.valid
	}
	return p.shell.Show(c, "survey_desk_privacy", page)
}

var errNotice = errors.New("the notice of the survey cannot be read")

// readNotice reads the table. {months} stands for how long words are kept.
func readNotice(data []byte, months int, say func(lang.Tag, string, ...any) string) ([]paragraph, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, errors.Join(errNotice, err)
	}
	var all []paragraph
	for n, row := range rows[1:] {
		one := paragraph{
			Code: row[0], Title: lang.Text{"fr": row[1], "ar": row[2], "en": row[3]}, Text: lang.Text{"fr": row[4], "ar": row[5], "en": row[6]},
			Source: row[7], valid: row[8] == "validé",
		}
		for _, tag := range lang.All() {
			kept := say(tag, "surveydesk.privacy.months", months)
			if months == 0 {
				kept = say(tag, "surveydesk.privacy.always")
			}
			one.Text[string(tag)] = strings.ReplaceAll(one.Text[string(tag)], "{months}", kept)
			if one.Title[string(tag)] == "" || one.Text[string(tag)] == "" {
				return nil, fmt.Errorf("%w: line %s", errNotice, strconv.Itoa(n+2))
			}
		}
		all = append(all, one)
	}
	return all, nil
}
