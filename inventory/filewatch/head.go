package filewatch

import (
	"context"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/file"
)

// Head fetches the file of a distribution for an officer and returns the names
// and first rows of its longest table, as they are: whoever is handed them
// shows them masked and lets go of them. Nothing of the file is kept, not even
// that it was seen; the site is asked as politely as ever. The reason says why
// there is no table to return.
func (r *Rounds) Head(ctx context.Context, by identity.Actor, ref, distribution string) (table [][]string, why file.Reason, err error) {
	f, err := r.o.Store.AskHead(ctx, by, ref, distribution)
	if err != nil {
		return nil, file.None, err
	}
	within, cancel := context.WithTimeout(ctx, r.o.Wait)
	defer cancel()
	if err := r.turn(within, f.Host); err != nil {
		return nil, file.None, err
	}
	defer r.leave(f.Host)
	host, err := r.o.Store.FileHost(ctx, f.Host)
	if err != nil {
		return nil, file.None, err
	}
	looking, stop := context.WithTimeout(ctx, 2*r.o.Wait)
	defer stop()
	s := r.o.Fetcher.with(func(_ context.Context, _ *file.File, header []string, rows [][]string) []int {
		table = append([][]string{header}, rows...)
		return nil
	}).Look(looking, f)
	host.Visited(s, r.o.Manners, r.o.Now().UTC())
	r.pause(f.Host, host.NotBefore)
	return table, s.Reason, r.o.Store.KeepHost(context.WithoutCancel(ctx), &host)
}

// with is the same fetcher with another screen.
func (f *Fetcher) with(screen Screen) *Fetcher {
	g := *f
	g.o.Screen = screen
	return &g
}
