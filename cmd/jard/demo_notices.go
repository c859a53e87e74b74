package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web/locale"
)

// notices lets the demo's people be written to twice, as the timed job would
// have: what they read under "my messages" are the mails themselves, with
// links that work. One officer reads Arabic.
func (d *demoFiller) notices(ctx context.Context, c configs.Config) error {
	people := identitydb.New(d.db, nil)
	if err := people.SetLanguage(ctx, d.officers["ms"], lang.Arabic); err != nil {
		return err
	}
	words, err := locale.Load()
	if err != nil {
		return err
	}
	register := inventorydb.New(d.db, nil)
	v, err := register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	for _, back := range []int{12, 0} {
		clock := morning(v.Workdays(), d.now.AddDate(0, 0, -back), d.now)
		keep := stores{people: people, register: register, notices: noticedb.New(d.db, func() time.Time { return clock })}
		maker, err := keep.digests(d.db, c, words)
		if err != nil {
			return err
		}
		if _, err := maker.Run(ctx); err != nil {
			return fmt.Errorf("write the demo's digests: %w", err)
		}
	}
	return nil
}

// morning is the last morning up to t, and not after now, on which the
// administration worked.
func morning(work *inventory.Workdays, t, now time.Time) time.Time {
	day := t.In(inventory.Tunis())
	at := time.Date(day.Year(), day.Month(), day.Day(), 7, 15, 0, 0, inventory.Tunis())
	for !work.Works(at) || at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}
