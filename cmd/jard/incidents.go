package main

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/monitor/incidentweb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// incidents adds the room of incidents and maintenance: its pages, and the
// timed work that tells who asked to be told.
func (h *house) incidents(store *monitordb.Store, people *identitydb.Store, shell *web.Shell) {
	pages := incidentweb.New(shell, store, people, time.Now)
	pages.Routes()
	h.jobs = append(h.jobs,
		job{"open incidents after maintenance", "* * * * *", func(ctx context.Context) error {
			_, err := store.AfterMaintenance(ctx)
			return err
		}},
		job{"tell who follows incidents", "* * * * *", func(ctx context.Context) error {
			_, err := store.TellSubscribers(ctx, pages.Letters().Write)
			return err
		}},
		job{"forget who follows incidents no longer", "23 3 * * *", func(ctx context.Context) error {
			_, err := store.ForgetSubscribers(ctx)
			return err
		}})
}
