package inventory

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// ReviewComment is what a reviewer says about one field of a returned
// revision, and what the officer answers. It is never public.
type ReviewComment struct {
	ID         string `gorm:"primaryKey"`
	DatasetID  string
	Revision   int    // the revision that was looked at
	Field      string // as the JSON API names it
	Text       string
	Account    string // who said it
	Role       identity.Role
	At         time.Time
	Answer     string
	Done       bool
	AnsweredBy string
	AnsweredAt *time.Time
}

// Answered tells whether the officer has said anything to it.
func (c ReviewComment) Answered() bool { return c.Done || c.Answer != "" }

// CommentAnswer is what an officer says to one comment.
type CommentAnswer struct {
	Done bool
	Text string
}

// Fields lists everything that can be written about a dataset and spoken of by
// itself, by the names of the JSON API.
func Fields() []string {
	all := make([]string, 0, 40)
	for _, f := range mergeable() {
		all = append(all, f.name)
	}
	return all
}

// ReturnWith gives a submitted dataset back with the reason and what is to be
// said about single fields. Comments without words are left out.
func (d *Dataset) ReturnWith(by identity.Actor, reason string, comments map[string]string, now time.Time) error {
	if err := d.mayReturn(by); err != nil {
		return err
	}
	said, wrong := d.said(by, comments, now)
	if err := CheckReason(reason); err != nil {
		wrong = append(faults{err}, wrong...)
	}
	if err := wrong.join(); err != nil {
		return err
	}
	d.move(Returned, now)
	d.Reason = strings.TrimSpace(reason)
	d.ReviewedBy, d.ReviewedAt = by.Account, &now
	d.Said = said
	d.unendorse()
	return nil
}

// said reads the comments in the order of the fields.
func (d *Dataset) said(by identity.Actor, comments map[string]string, now time.Time) ([]ReviewComment, faults) {
	var wrong faults
	var all []ReviewComment
	known := Fields()
	for _, field := range sortedKeys(comments) {
		text := strings.TrimSpace(comments[field])
		if text == "" {
			continue
		}
		if !slices.Contains(known, field) {
			wrong.at("comments", "dataset.comment.unknown", clip(field))
			continue
		}
		wrong.text("comments."+field, text, MaxNote)
		all = append(all, ReviewComment{
			DatasetID: d.ID, Revision: d.Revision, Field: field, Text: text, Account: by.Account, Role: by.Role, At: now,
		})
	}
	slices.SortStableFunc(all, func(a, b ReviewComment) int {
		return slices.Index(known, a.Field) - slices.Index(known, b.Field)
	})
	return all, wrong
}

// AnswerComments writes the officer's answers to the comments of the last
// return, by their ids, and gives back those that changed.
func (d *Dataset) AnswerComments(
	by identity.Actor, said []ReviewComment, answers map[string]CommentAnswer, now time.Time,
) ([]ReviewComment, error) {
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return nil, err
	}
	if d.State != Returned && d.State != Draft {
		return nil, fault.New(fault.Conflict, "dataset.comment.closed")
	}
	var wrong faults
	var changed []ReviewComment
	for id := range answers {
		if !slices.ContainsFunc(said, func(c ReviewComment) bool { return c.ID == id }) {
			wrong.at("comments", "dataset.comment.gone")
		}
	}
	for _, c := range said {
		a, ok := answers[c.ID]
		a.Text = strings.TrimSpace(a.Text)
		if !ok || a.Done == c.Done && a.Text == c.Answer {
			continue
		}
		wrong.text("answer."+c.ID, a.Text, MaxNote)
		c.Done, c.Answer, c.AnsweredBy, c.AnsweredAt = a.Done, a.Text, by.Account, &now
		changed = append(changed, c)
	}
	if err := wrong.join(); err != nil {
		return nil, err
	}
	return changed, nil
}
