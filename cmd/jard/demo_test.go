package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// TestTheDemoFillsAnOrdinaryDatabase fills one, then asks the product's own
// stores what they see in it.
func TestTheDemoFillsAnOrdinaryDatabase(t *testing.T) {
	ctx := t.Context()
	c := configs.Default()
	dir := t.TempDir()
	c.Database.URL, c.Watch.Services = configs.Secret("sqlite:"+filepath.Join(dir, "jard.db")), filepath.Join(dir, "services")
	street, err := simulation.Open(demo.Services())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = street.Close() })
	filled, err := fillDemo(ctx, c, street, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })

	t.Run("datasets are spread over every state", func(t *testing.T) {
		counts, err := inventorydb.New(db, nil).Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		by, all := map[inventory.State]int{}, 0
		for _, n := range counts {
			by[n.State] += n.N
			all += n.N
		}
		if all != filled.datasets || all < 450 {
			t.Errorf("there are %d datasets; %d were told", all, filled.datasets)
		}
		for _, state := range inventory.States() {
			if by[state] < 3 {
				t.Errorf("%d are %s; there should be something to look at", by[state], state)
			}
		}
		late, err := inventorydb.New(db, nil).Overdue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(late) < 20 || len(late) > all/4 {
			t.Errorf("%d of %d are overdue; want about a tenth", len(late), all)
		}
	})
	t.Run("everybody can sign in", func(t *testing.T) {
		store := identitydb.New(db, nil)
		for _, l := range filled.logins {
			entered, err := store.SignIn(ctx, l.email, l.password, identity.Caller{Address: "127.0.0.1"})
			if err != nil {
				t.Errorf("%s: %v", l.email, err)
				continue
			}
			actor, err := store.BySession(ctx, entered.Token)
			if err != nil || string(actor.Role) != l.role {
				t.Errorf("%s is %s, %v; want %s", l.email, actor.Role, err, l.role)
			}
		}
		if len(filled.logins) < 6 {
			t.Errorf("%d logins; want one for each role that signs in", len(filled.logins))
		}
	})
	t.Run("services have a past and a note that says it is made up", func(t *testing.T) {
		list, err := monitordb.New(db, nil).List(ctx, identity.System("test"), monitordb.Filter{State: monitor.Active, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != len(demo.Services()) {
			t.Errorf("%d services are watched; want %d", len(list), len(demo.Services()))
		}
		for _, s := range list {
			if s.Note != demo.Note || !strings.HasPrefix(s.Checks[0].Target, "http") || !strings.Contains(s.Checks[0].Target, "//127.0.0.") {
				t.Errorf("%s: %q at %s", s.Slug, s.Note, s.Checks[0].Target)
			}
		}
		if filled.readings < 20_000 {
			t.Errorf("%d readings of the past were stored", filled.readings)
		}
	})
	_ = database.Close(db) // it is served now
	t.Run("dashboards find what they ask for", func(t *testing.T) {
		whatDashboardsAskForIsShown(t, string(c.Database.URL), c.Watch.Services)
	})
}

func TestTheDemoIntroducesItself(t *testing.T) {
	var out strings.Builder
	c := configs.Default()
	d := &filled{
		logins: []login{{"officer", "agent@demo.example", "sfax-1234-douz", "records"}}, shared: "Shared.",
		datasets: 482, readings: 1000, took: 1234 * time.Millisecond,
	}
	if err := d.introduce(&out, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Jard is running: http://127.0.0.1:8080", "http://127.0.0.1:8080/status", "agent@demo.example  sfax-1234-douz",
		"482 datasets", "1.2s", "invented", "Ctrl+C",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}

func TestTheDemoFindsAnAddress(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if address, err := freeAddress(t.Context(), taken.Addr().String()); err == nil {
		t.Errorf("an address that is taken was given out: %s", address)
	}
	if address, err := freeAddress(t.Context(), "127.0.0.1:0"); err != nil || strings.HasSuffix(address, ":0") {
		t.Errorf("port 0 became %s, %v; want a real one", address, err)
	}
	if address, err := freeAddress(t.Context(), ""); err != nil || !strings.HasPrefix(address, "127.0.0.1:") {
		t.Errorf("without a wish it became %s, %v", address, err)
	}
}

func TestTheDemoStaysOnThisMachine(t *testing.T) {
	p := program{getenv: func(key string) string {
		return map[string]string{"JARD_DATABASE_URL": "postgres://production/jard"}[key]
	}}
	c, err := demoSettings(context.Background(), p, "127.0.0.1:0", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(c.Database.URL), "sqlite:") {
		t.Error("the demo would write into the installation's own database")
	}
	if !strings.HasPrefix(c.BaseURL, "http://127.0.0.1:") || strings.HasSuffix(c.BaseURL, ":0") {
		t.Errorf("the demo says it is at %s", c.BaseURL)
	}
}

func TestPassphrases(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		p := passphrase()
		if err := identity.CheckPassword(p); err != nil {
			t.Errorf("%s: %v", p, err)
		}
		seen[p] = true
	}
	if len(seen) < 45 {
		t.Errorf("50 passphrases hold only %d different ones", len(seen))
	}
}
