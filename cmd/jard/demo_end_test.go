package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
)

// torn is an output that is gone.
type torn struct{}

func (torn) Write([]byte) (int, error) { return 0, errors.New("the terminal is gone") }

// What ends the demo ends its agents too, whether they have begun or not: it
// says why, and does not hang.
func TestADemoThatCannotGoOnSaysWhy(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for name, tt := range map[string]struct {
		listen string
		out    io.Writer
		want   string
	}{
		"the port is taken":                    {taken.Addr().String(), io.Discard, "address already in use"},
		"nobody listens any more, agents look": {"127.0.0.1:0", torn{}, "the terminal is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := configs.Default()
			c.Listen, c.Database.URL, c.Watch.Enabled = tt.listen, configs.Secret("sqlite:"+filepath.Join(dir, "jard.db")), false
			c.Watch.Spool, c.FirstRun.Seed = "", false
			d := &filled{tokens: map[string]string{}}
			for _, place := range demo.Vantages() {
				d.tokens[place.Slug] = "jardv-nobody" // port 0 is nobody's: they try until they are told to end
			}
			ended := make(chan error, 1)
			go func() { ended <- d.open(t.Context(), c, dir, slog.New(slog.DiscardHandler), tt.out) }()
			select {
			case err := <-ended:
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("it ended with %v; want %q", err, tt.want)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("it hangs")
			}
		})
	}
}
