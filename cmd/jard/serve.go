package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/web"
)

func serveCommand(ctx context.Context, p program, args []string) error {
	f := flags("serve")
	settings := p.configure(f)
	if _, err := parse(f, args); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	log := logger(p.err, c.Log)
	return serve(ctx, c, log, func(s *server) error {
		if s.oneTime != "" {
			fmt.Fprintf(p.out, "first run: sign in as %s with the one-time password %s\n",
				c.FirstRun.AdminEmail, s.oneTime)
		}
		return nil
	})
}

// server is a running Jard, as far as whoever started it needs to know.
type server struct {
	address string // where it listens, with the port it really got
	oneTime string // password of the first administrator; empty when there was one
	db      *gorm.DB
}

// serve runs everything until ctx ends, then stops in the opposite order:
// requests under way finish, readings are written, the database closes last.
// started is called once the address answers.
func serve(ctx context.Context, c configs.Config, log *slog.Logger, started func(*server) error) (err error) {
	letGo, err := database.Hold(string(c.Database.URL))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, letGo()) }()
	db, err := openDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	if err := upToDate(ctx, c, db); err != nil {
		return err
	}
	worry(ctx, c, db, log)
	s := &server{db: db}
	if c.FirstRun.Seed {
		if err := seedOnce(ctx, db); err != nil {
			return fmt.Errorf("first run: %w", err)
		}
	}
	if s.oneTime, err = identitydb.New(db, nil).FirstAdmin(ctx, c.FirstRun.AdminEmail); err != nil {
		return fmt.Errorf("first run: %w", err)
	}

	if err := auditdb.New(db).Settings(ctx, identity.System("jard serve"), c.Values()); err != nil {
		return err
	}

	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer func() { stopBackground(); running.Wait() }()
	house, err := build(c, log, db)
	if err != nil {
		return err
	}
	for _, work := range house.background {
		running.Go(func() { work(background) })
	}
	take, closeTurns, err := shareTurns(background, c, db, house.jobs, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeTurns()) }()
	stopJobs, err := startJobs(background, log, c.Location(), house.jobs, take)
	if err != nil {
		return err
	}
	defer stopJobs()

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.address = listener.Addr().String()
	return house.answer(ctx, listener, c, log, func() error { return started(s) })
}

// answer serves HTTP on l until ctx ends, then lets requests under way finish.
func (h *house) answer(ctx context.Context, l net.Listener, c configs.Config, log *slog.Logger, started func() error,
) error {
	patience := web.Patience{
		Head: 10 * time.Second, Idle: 2 * time.Minute, Read: 5 * time.Minute, // a slow harvester reading a large page
		MinRate: c.Limits.MinRate, Most: c.Limits.Most, PerNetwork: c.Limits.PerNetwork,
	}
	lane := h.lane(ctx, l, patience)
	server := &http.Server{
		Handler:           h.handler,
		ReadHeaderTimeout: patience.Head,
		ReadTimeout:       wholeBody, // slower than limits.min_rate is given up long before
		WriteTimeout:      wholeBody + patience.Read,
		IdleTimeout:       patience.Idle,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.With("room", "http").Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(lane) }()
	log.Info("listening", "address", l.Addr().String(), "base_url", c.BaseURL, "version", version)
	if err := started(); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	h.stopping.Store(true)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(c.Limits.StopAfter))
	defer cancel()
	if h.company.Size() > 1 { // whoever balances between us sends nobody here any more
		select {
		case <-time.After(min(time.Duration(c.Limits.Drain), time.Duration(c.Limits.StopAfter)/2)):
		case err := <-ended:
			return fmt.Errorf("serve: %w", err)
		}
	}
	if err := errors.Join(server.Shutdown(last), lane.Drain(last)); err != nil {
		return errors.Join(fmt.Errorf("stop: %w", err), server.Close())
	}
	log.Info("stopped")
	return nil
}

// wholeBody is how long the largest body may take on a poor connection.
const wholeBody = 10 * time.Minute

// goodFor is how long the database's last good answer stands: whoever asks
// /readyz in a loop must not make it write in a loop.
const goodFor = 500 * time.Millisecond

// ready tells whether requests can be served: not while stopping, and not
// without a database that takes writes.
func (h *house) ready(db *gorm.DB) func(context.Context) error {
	var mu sync.Mutex
	var good time.Time // until when the last good answer stands
	return func(ctx context.Context) error {
		if h.stopping.Load() {
			return fault.New(fault.Unavailable, "web.stopping")
		}
		mu.Lock()
		defer mu.Unlock()
		if time.Now().Before(good) {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := database.Ready(ctx, db); err != nil {
			return errors.Join(fault.New(fault.Unavailable, "web.database_away"), err)
		}
		good = time.Now().Add(goodFor)
		return nil
	}
}
