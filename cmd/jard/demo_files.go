package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/filewatch"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/outgoing"
)

// onShelf has the demo look at the files that it serves itself, and at no
// others: nothing outside this machine is asked.
func onShelf(c *configs.Config, shelf *simulation.Shelf) {
	c.Files.Hosts = []string{shelf.Host()}
	c.Files.Every = configs.Duration(time.Minute)
	c.Files.Retry = configs.Duration(20 * time.Second)
	c.Files.Pause = configs.Duration(300 * time.Millisecond)
	c.Files.PerDay = 100_000
	c.Files.Timeout = configs.Duration(10 * time.Second)
}

// files records the datasets whose files the shelf serves, and fetches their
// past from it, look by look, at the days on which it happened.
func (d *demoFiller) files(ctx context.Context, shelf *simulation.Shelf) error {
	clock := d.now
	now := func() time.Time { return clock }
	shelf.At(now)
	defer shelf.At(time.Now)
	tree, err := identitydb.New(d.db, nil).Institutions(ctx)
	if err != nil {
		return err
	}
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		return err
	}
	f := fileTeller{
		r:       replay{store: inventorydb.New(d.db, now), reviewer: d.reviewer},
		fetcher: filewatch.NewFetcher(filewatch.FetchOptions{Guard: guard, Now: now, UserAgent: "Jard demo"}),
	}
	if f.r.vocabulary, err = f.r.store.Vocabulary(ctx); err != nil {
		return err
	}
	all := demo.Files(shelf.Site(), d.now)
	for back := demo.FilesSince + 2; back >= 1; back-- {
		clock = d.now.AddDate(0, 0, -back)
		for n, one := range all {
			officer := d.officers[tree.Ministry(one.Entry.Institution).Slug]
			if back == demo.FilesSince+2 {
				f.r.refs = append(f.r.refs, "")
				f.r.story.Entries = append(f.r.story.Entries, one.Entry)
			}
			for _, e := range f.events(one, n, back, clock) {
				if err := f.r.happen(ctx, officer, one.Entry, e); err != nil {
					return fmt.Errorf("%s %q: %w", e.Act, one.Entry.Content.Title["fr"], err)
				}
			}
			if err := f.look(ctx, f.r.refs[n], back); err != nil {
				return err
			}
		}
	}
	d.filled.datasets += len(all)
	return nil
}

// fileTeller tells the past of the files.
type fileTeller struct {
	r       replay
	fetcher *filewatch.Fetcher
}

// events are what happened to an entry on the day that lies back days ago.
func (f *fileTeller) events(one demo.File, n, back int, at time.Time) []demo.Event {
	switch back {
	case demo.FilesSince + 2:
		return []demo.Event{{At: at, Entry: n, Act: demo.Record}, {At: at, Entry: n, Act: demo.Submit}}
	case demo.FilesSince + 1:
		return []demo.Event{{At: at, Entry: n, Act: demo.Approve}}
	}
	if slices.Contains(one.Updates, back) {
		return []demo.Event{{At: at, Entry: n, Act: demo.Refresh, Day: inventory.DateOf(at, inventory.Tunis())}}
	}
	return nil
}

// look looks at the files of an entry, every third day and daily in the end.
func (f *fileTeller) look(ctx context.Context, ref string, back int) error {
	if back > demo.FilesSince || back > 5 && back%3 != 0 {
		return nil
	}
	seen, err := f.r.store.Files(ctx, f.r.reviewer, ref)
	if err != nil {
		return err
	}
	for n := range seen {
		_, err := f.r.store.KeepLook(ctx, &seen[n], f.fetcher.Look(ctx, &seen[n]), file.Pace{Every: time.Minute, Retry: time.Second}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}
