package harvesttest

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Wire carries connections to a server and spoils some of them: resets them
// before or within the answer, ends them within the answer as if it were whole,
// or lets them wait.
type Wire struct {
	listener net.Listener
	address  func() string
	every    atomic.Int64 // one in so many is spoiled; 0 means none
	carried  atomic.Int64
	spoiled  atomic.Int64
	mu       sync.Mutex
	chance   *rand.Rand
}

// NewWire listens on loopback until the test ends. The same seed spoils the
// same connections.
func NewWire(tb testing.TB, address func() string, seed uint64) *Wire {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it lives as long as the test
	if err != nil {
		tb.Fatal(err)
	}
	w := &Wire{listener: l, address: address, chance: rand.New(rand.NewPCG(seed, 5))} //nolint:gosec // chance, not a secret
	tb.Cleanup(func() { l.Close() })
	go w.accept()
	return w
}

// Address is where it listens.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// SpoilOneIn spoils one connection in n from now on; 0 spoils none.
func (w *Wire) SpoilOneIn(n int) { w.every.Store(int64(n)) }

// Spoiled is how many connections have been spoiled.
func (w *Wire) Spoiled() int { return int(w.spoiled.Load()) }

func (w *Wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer near.Close()
			w.carry(near.(*net.TCPConn))
		}()
	}
}

// fate is what happens to a connection.
type fate int

const (
	whole fate = iota
	refused
	reset
	cut
	late
)

func (w *Wire) fate() (fate, int64) {
	every := w.every.Load()
	if every == 0 || w.carried.Add(1)%every != 0 {
		return whole, 0
	}
	w.spoiled.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	return []fate{refused, reset, cut, cut, late}[w.chance.IntN(5)], 200 + w.chance.Int64N(12_000)
}

// carry takes the bytes of one connection both ways, as its fate has it.
func (w *Wire) carry(near *net.TCPConn) {
	f, after := w.fate()
	if f == refused {
		_ = near.SetLinger(0)
		return
	}
	far, err := net.Dial("tcp", w.address()) //nolint:noctx // it ends with the connection
	if err != nil {
		_ = near.SetLinger(0)
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.(*net.TCPConn).CloseWrite()
	}()
	switch f {
	case reset, cut:
		_, _ = io.CopyN(near, far, after)
		if f == reset {
			_ = near.SetLinger(0)
		}
	case late:
		<-time.After(40 * time.Millisecond)
		_, _ = io.Copy(near, far)
	default:
		_, _ = io.Copy(near, far)
	}
}
