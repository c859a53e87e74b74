package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	outside "github.com/jard-odi/jard/inventory/request"
)

// The demo has messages in every state, and mails that went to the outbox.
func TestTheDemoIsToldByPeopleOutside(t *testing.T) {
	ctx := context.Background()
	c := configs.Default()
	c.Database.URL = configs.Secret("sqlite:" + filepath.Join(t.TempDir(), "jard.db"))
	street, err := simulation.Open(demo.Services())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = street.Close() })
	if _, err := fillDemo(ctx, c, street, time.Now()); err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	store, err := newRequests(db, nil, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	counts, err := store.StateCounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	by, all := map[outside.State]int{}, 0
	for _, n := range counts {
		by[n.State] += n.N
		all += n.N
	}
	for _, state := range outside.States() {
		if by[state] == 0 && state != outside.Opened && state != outside.Answered && state != outside.Declined {
			t.Errorf("nothing is %s", state) // what ended long ago is closed, and keeps how it ended
		}
	}
	var mails int64
	if err := db.Table("mail_outbox").Count(&mails).Error; err != nil || all < 25 || mails == 0 {
		t.Errorf("%d messages and %d mails, %v", all, mails, err)
	}
}
