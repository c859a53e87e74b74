package main

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/mandatedb"
	outside "github.com/jard-odi/jard/inventory/request" // the name stands for an import of a sheet here
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web/locale"
)

// awaited tells the digests which messages from outside wait for the actor.
// What nobody has moderated yet is named by its kind: its words may tell of
// persons, and a mail leaves the house.
func (s stores) awaited(db *gorm.DB, words *locale.Catalogue) func(context.Context, identity.Actor) ([]notice.Line, error) {
	now := s.notices.Now
	store := requestdb.New(db, requestdb.Options{Now: now})
	return func(ctx context.Context, by identity.Actor) ([]notice.Line, error) {
		if !by.MayAnywhere(identity.AnswerRequest) {
			return nil, nil
		}
		all, err := store.Awaiting(ctx, by)
		if err != nil {
			return nil, err
		}
		lines := make([]notice.Line, 0, len(all))
		for n := range all {
			r := &all[n]
			if r.ReceivedAt.After(now()) {
				continue
			}
			l := notice.Line{Ref: r.Ref, Title: titleOf(r, words), Last: r.ReceivedAt, Path: "/desk/requests/" + r.Ref}
			if r.DueAt != nil {
				l.Due = *r.DueAt
			}
			lines = append(lines, l)
		}
		return lines, nil
	}
}

// titleOf is what a message is called in a mail.
func titleOf(r *outside.Request, words *locale.Catalogue) lang.Text {
	if r.PublicTitle != "" {
		return lang.Text{string(r.Language): r.PublicTitle}
	}
	title := lang.Text{}
	for _, tag := range lang.All() {
		title[string(tag)] = words.T(tag, "request.kind."+string(r.Kind))
	}
	return title
}

// charged tells the digests who is told of an institution's duties.
func (s stores) charged(db *gorm.DB) func(context.Context) (func(account, institution string) bool, error) {
	now := s.notices.Now
	store := mandatedb.New(db, now)
	return func(ctx context.Context) (func(account, institution string) bool, error) {
		c, err := store.Charges(ctx)
		return func(account, institution string) bool { return c.Told(account, institution, now()) }, err
	}
}
