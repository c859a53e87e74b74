package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/agent"
	"github.com/jard-odi/jard/monitor/council"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
	"github.com/jard-odi/jard/monitor/vantageweb"
	"github.com/jard-odi/jard/monitor/watch"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
)

// rechecks are the waits before a failure is confirmed.
func rechecks(c configs.Config) []time.Duration {
	return []time.Duration{time.Duration(c.Watch.RecheckAfter), time.Duration(c.Watch.RecheckAgain)}
}

// elsewhere is what looks at services from other places, and weighs it with what is seen from here.
type elsewhere struct {
	views   *vantagedb.Store
	council *council.Council
}

func newElsewhere(db *gorm.DB, watched *monitordb.Store, writer *monitordb.Writer, c configs.Config, log *slog.Logger) elsewhere {
	views := vantagedb.New(db, nil, len(rechecks(c)))
	return elsewhere{views, council.New(watched, writer, views, time.Now, log)}
}

// vantages adds the pages of vantages, what agents ask, and their numbers.
func (h *house) vantages(e elsewhere, keep stores, c configs.Config, shell *web.Shell, seen *metrics.Metrics) *vantageweb.Pages {
	pages := vantageweb.New(shell, vantageweb.Options{
		Store: e.views, Council: e.council, Institutions: keep.people,
		Manner: vantage.NewManner(c.Location().String(), rechecks(c), time.Duration(c.Watch.HostPause)),
	})
	pages.Routes()
	seen.Registry().MustRegister(&metrics.Vantages{
		List: func() ([]metrics.Vantage, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			return e.numbers(ctx)
		},
		Refused: pages.Refused,
	})
	h.background = append(h.background, e.council.Follow)
	h.jobs = append(h.jobs, job{"forget old batches of vantages", "53 3 * * *", e.views.Tidy})
	return pages
}

// numbers are the vantages that have a say, for the metrics.
func (e elsewhere) numbers(ctx context.Context) ([]metrics.Vantage, error) {
	all, err := e.views.List(ctx, identity.System("metrics"))
	if err != nil {
		return nil, err
	}
	blind := e.council.Blind()
	out := make([]metrics.Vantage, 0, len(all))
	for n := range all {
		v := &all[n]
		if v.EnrolledAt == nil || v.RevokedAt != nil || v.SeenAt == nil {
			continue
		}
		out = append(out, metrics.Vantage{
			Slug: v.Slug, Seen: *v.SeenAt, Waiting: v.Waiting, Lost: v.Lost, Gaps: v.Gaps,
			Offset: time.Duration(v.OffsetUs) * time.Microsecond, Silent: v.State(e.views.Now()) == vantage.Silent, Blind: blind[v.ID],
		})
	}
	return out, nil
}

// agentCommand looks at services from another place and delivers what it sees.
func agentCommand(ctx context.Context, p program, args []string) error {
	f := flags("agent")
	server := f.String("server", p.getenv("JARD_SERVER"), "address of the installation")
	state := f.String("state", filepath.Join("var", "agent"), "folder of the identity and the spool")
	once := f.Bool("once", false, "look at everything a single time, deliver it, and end")
	plain := f.Bool("plain", false, "allow http to a server that is not this machine")
	every := f.Duration("deliver-every", 2*time.Second, "how often what was seen is delivered")
	spool := f.Int64("spool", agent.DefaultSpool>>20, "MB that may wait on disk while the server cannot be reached")
	settings := p.configure(f)
	words, err := parse(f, args)
	switch {
	case err != nil:
		return err
	case len(words) > 0:
		return fmt.Errorf("%w: agent: %q is not understood", errUsage, words[0])
	case *server == "":
		return fmt.Errorf("%w: agent: name the installation, --server https://…", errUsage)
	case *every < 50*time.Millisecond || *every > time.Hour:
		return fmt.Errorf("%w: agent: --deliver-every is between 50ms and 1h", errUsage)
	case *spool < 1:
		return fmt.Errorf("%w: agent: --spool is at least 1 MB", errUsage)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	c.BaseURL = *server // whoever finds us in a log is led to the installation
	prober, err := newProber(c)
	if err != nil {
		return err
	}
	client, err := toServer()
	if err != nil {
		return err
	}
	token, err := configs.Value("JARD_TOKEN", p.getenv)
	if err != nil {
		return err
	}
	a, err := agent.New(agent.Options{
		Server: *server, Token: token, Dir: *state, Version: version, Plain: *plain, HTTP: client, Prober: prober,
		References: c.Watch.ReferenceHosts, Own: &watch.OwnLink{}, InFlight: c.Watch.Workers, SpoolBytes: *spool << 20, SealAfter: *every, Log: logger(p.err, c.Log),
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if *once {
		err = a.Once(ctx)
	} else {
		err = a.Run(ctx)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// serverWithin is how long the installation may take to answer an agent.
const serverWithin = 30 * time.Second

// toServer returns a client to the installation. Its address was written by
// whoever runs the agent, so it may be in any network.
func toServer() (*http.Client, error) {
	guard, err := outgoing.New([]string{"0.0.0.0/0", "::/0"})
	if err != nil {
		return nil, err
	}
	client := guard.Client(serverWithin)
	if t, ok := client.Transport.(*http.Transport); ok {
		dialer := guard.Dialer(10 * time.Second)
		dialer.KeepAlive = 15 * time.Second
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		}
	}
	return client, nil
}
