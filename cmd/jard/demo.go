package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
)

// demoCommand serves the product on a database that is made up at the start
// and thrown away at the end. It is a client of the product: what it shows went
// through the same rules and stores as anybody's work.
func demoCommand(ctx context.Context, p program, args []string) (err error) {
	f := flags("demo")
	listen := f.String("listen", p.getenv("JARD_LISTEN"), "address to listen on")
	if _, err := parse(f, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jard-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := demoSettings(ctx, p, *listen, dir)
	if err != nil {
		return err
	}
	street, err := simulation.Open(demo.Services())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, street.Close()) }()

	onShelf(&c, street.Shelf)
	withBoxes(&c)
	atCounter(&c, street.Places)

	fmt.Fprintln(p.out, "Preparing the demo …")
	began := time.Now()
	filled, err := fillDemo(ctx, c, street, time.Now())
	if err != nil {
		return fmt.Errorf("prepare the demo: %w", err)
	}
	filled.took = time.Since(began)
	return filled.open(ctx, c, dir, logger(p.err, c.Log), p.out)
}

// open serves the demo until ctx ends, and has agents look beside it. They end
// with it, also when it cannot go on: before the folder goes.
func (d *filled) open(ctx context.Context, c configs.Config, dir string, log *slog.Logger, out io.Writer) error {
	looking, end := context.WithCancel(ctx)
	away := func() {}
	defer func() { end(); away() }()
	return serve(ctx, c, log, func(*server) (err error) {
		if away, err = d.agents(looking, c, dir, log); err != nil {
			return err
		}
		return d.introduce(out, c)
	})
}

// demoSettings are those of a new installation, but for a place of its own, a
// prober that may look at loopback, and quick re-checks.
func demoSettings(ctx context.Context, p program, listen, dir string) (configs.Config, error) {
	c := configs.Default()
	var err error
	if c.Listen, err = freeAddress(ctx, listen); err != nil {
		return c, err
	}
	c.BaseURL = p.getenv("JARD_BASE_URL")
	if c.BaseURL == "" {
		host, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return c, fmt.Errorf("%w: --listen: %w", errUsage, err)
		}
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "127.0.0.1"
		}
		c.BaseURL = "http://" + net.JoinHostPort(host, port)
	}
	c.Database.URL = configs.Secret("sqlite:" + filepath.Join(dir, "jard.db"))
	c.Watch.Services = filepath.Join(dir, "services")
	c.Outgoing.AllowNetworks = []string{"127.0.0.0/8"}
	c.Outgoing.UserAgent = "Jard demo"
	c.Catalogue.Consumers = []configs.Consumer{{Name: demo.NationalReader, Agent: "ckanext-harvest"}}
	c.Watch.Spool = filepath.Join(dir, "spool")
	c.Watch.RecheckAfter = configs.Duration(time.Second)
	c.Watch.RecheckAgain = configs.Duration(2 * time.Second)
	c.Log.Level, c.Log.Format = "warn", "text"
	return c, c.Validate()
}

// freeAddress returns where to listen: what was asked for, with port 0 made a
// real one, or, when nothing was, the usual address or the next that is free.
func freeAddress(ctx context.Context, asked string) (string, error) {
	candidates := []string{asked}
	if asked == "" {
		candidates = []string{configs.Default().Listen, "127.0.0.1:8081", "127.0.0.1:8082", "127.0.0.1:0"}
	}
	var err error
	for _, candidate := range candidates {
		var l net.Listener
		if l, err = new(net.ListenConfig).Listen(ctx, "tcp", candidate); err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", fmt.Errorf("listen: %w", err)
}

// filled is what the demo tells about itself.
type filled struct {
	logins   []login
	shared   string // how the other officers sign in
	datasets int
	readings int64
	took     time.Duration
	tokens   map[string]string // of the vantages that send
}

// login is how somebody signs in.
type login struct{ role, email, password, sees string }

// introduce prints the address and how to sign in.
func (d *filled) introduce(w io.Writer, c configs.Config) error {
	fmt.Fprintf(w, "\n  Jard is running: %s\n\n", c.BaseURL)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"Register", "/datasets"},
		{"Status of services", "/status"},
		{"Sign in", "/login"},
		{"Catalogue for portals", "/catalog.jsonld"},
		{"API", "/api/docs"},
		{"Metrics", "/metrics"},
	} {
		fmt.Fprintf(t, "  %s\t%s%s\n", line[0], c.BaseURL, line[1])
	}
	fmt.Fprintf(t, "\n  ROLE\tEMAIL\tPASSWORD\t\n")
	for _, l := range d.logins {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", l.role, l.email, l.password, l.sees)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("introduce the demo: %w", err)
	}
	_, err := fmt.Fprintf(w, `
  %s
  %d datasets and %d readings of a made-up past were prepared in %s; from now on
  the simulated services are really probed, every %s. All of it is invented, and
  nothing outside this machine is asked. It is thrown away at the end: Ctrl+C.

`, d.shared, d.datasets, d.readings, d.took.Round(100*time.Millisecond), demo.Period)
	return err
}

// passphrase is easy to type and, behind the throttle of the login page, hard
// enough to guess for an installation that lives a day.
func passphrase() string {
	places := strings.Fields("ariana beja bizerte carthage djerba douz gabes gafsa hammamet kairouan kebili " +
		"mahdia matmata medenine monastir nabeul sbeitla sfax siliana sousse tabarka tataouine tozeur zaghouan")
	pick := func(n int) int {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
		if err != nil {
			panic(err) // crypto/rand never fails on a system that works
		}
		return int(i.Int64())
	}
	take := func() string {
		n := pick(len(places))
		defer func() { places = slices.Delete(places, n, n+1) }() // two of one would be refused: it is guessed first
		return places[n]
	}
	return fmt.Sprintf("%s-%04d-%s-%s", take(), pick(10_000), take(), take())
}

// fillDemo makes the database of the demo and closes it again for serve.
func fillDemo(ctx context.Context, c configs.Config, street *simulation.Street, now time.Time) (_ *filled, err error) {
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	if err := seedOnce(ctx, db); err != nil {
		return nil, err
	}
	d := &demoFiller{db: db, now: now, filled: &filled{}}
	for _, step := range []func(context.Context) error{
		d.people,
		d.register,
		func(ctx context.Context) error { return d.files(ctx, street.Shelf) },
		d.heads,
		func(ctx context.Context) error {
			return d.voices(ctx, func(path string) string { return c.BaseURL + path })
		},
		d.mandates,
		d.naming,
		d.sheets,
		d.twins,
		d.desk,
		func(ctx context.Context) error { return d.portal(ctx, c.BaseURL) },
		func(ctx context.Context) error { return d.services(ctx, street) },
		d.opinions,
		d.vantages,
		d.incidents,
		func(ctx context.Context) error { return d.alerts(ctx, c) },
		func(ctx context.Context) error { return d.roster(ctx, c.Watch.Services) },
		func(ctx context.Context) error { return d.notices(ctx, c) },
		d.assess,
		d.examined,
		func(ctx context.Context) error { return d.whys(ctx, c) },
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return d.filled, nil
}
