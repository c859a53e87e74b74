package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/roster"
	"github.com/jard-odi/jard/monitor/schedule"
)

// roster writes files that declare some of the services into dir and lets them
// keep these, through the same acts as anybody's. Without a folder the pages
// keep everything.
func (d *demoFiller) roster(ctx context.Context, dir string) error {
	if dir == "" {
		return nil
	}
	store, by := monitordb.New(d.db, nil), identity.System("jard demo")
	files := map[string][]monitor.Service{}
	for _, k := range demo.Roster() {
		v, err := store.Change(ctx, by, k.Service, func(v *monitor.Service) error {
			return v.HandOver(by, monitor.Declared{Service: *v, File: k.File}, schedule.Period)
		})
		if err != nil {
			return err
		}
		if k.Gone {
			continue
		}
		files[k.File] = append(files[k.File], *v)
		if !k.Taken {
			continue
		}
		_, err = store.Change(ctx, by, k.Service, func(v *monitor.Service) error {
			if err := v.TakeOver(by); err != nil {
				return err
			}
			want := *v
			want.Tier, want.LifeEvent = monitor.Critical, "tax"
			return v.Edit(by, want, schedule.Period)
		})
		if err != nil {
			return err
		}
	}
	return writeRoster(dir, files)
}

func writeRoster(dir string, files map[string][]monitor.Service) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a place for the demo's files: %w", err)
	}
	for name, services := range files {
		text, err := roster.Write(services)
		if err != nil {
			return err
		}
		text = append([]byte("# Services of the demo that this file keeps; see docs/services.md.\n"), text...)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("write the demo's files: %w", err)
		}
	}
	return nil
}
