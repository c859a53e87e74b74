package watch

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// farm is a target with a record of its own: who was asked when, told apart by
// the number at the end of the path. Each answer is held for 50 ms; paths under
// /hang/ are held for half a minute.
type farm struct {
	mu      sync.Mutex
	every   time.Duration
	last    map[int]time.Time
	jitter  []time.Duration // how far the gap between two visits was from the period
	held    []time.Duration
	visits  int
	strange int         // gaps of more than one and a half periods: a visit is missing
	soaked  map[int]int // visits of each number under /soak/
	shut    bool        // nobody is let in any more
}

const (
	farmHold = 50 * time.Millisecond
	farmHang = 30 * time.Second
)

// record is what a farm says about its visitors.
type record struct {
	Visits, Seen, Missing int
	JitterP50, JitterP99  time.Duration
	JitterMax, HeldMiddle time.Duration
}

func (f *farm) visit(path string) {
	began := time.Now()
	kind, number, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	id, _ := strconv.Atoi(number)
	hangs := kind == "hang"
	if !hangs {
		f.mu.Lock()
		f.visits++
		if last, ok := f.last[id]; ok && f.every > 0 {
			gap := began.Sub(last)
			if gap > f.every*3/2 {
				f.strange++
			}
			f.jitter = append(f.jitter, (gap - f.every).Abs())
		}
		f.last[id] = began
		f.mu.Unlock()
	}
	if hangs {
		time.Sleep(farmHang)
		return
	}
	time.Sleep(farmHold)
	f.mu.Lock()
	f.held = append(f.held, time.Since(began))
	f.mu.Unlock()
}

// turned is the answer of a farm that lets nobody in any more.
const turned = http.StatusTooManyRequests

// soak counts a visit and answers it as its number and its turn want it: well,
// badly, late, never, halfway, or with the connection cut.
func (f *farm) soak(w http.ResponseWriter, r *http.Request, number string, body []byte) {
	id, _ := strconv.Atoi(number)
	f.mu.Lock()
	if f.shut {
		f.mu.Unlock()
		w.WriteHeader(turned)
		return
	}
	f.soaked[id]++
	turn := f.soaked[id]
	f.mu.Unlock()
	switch (id*7 + turn/5) % 16 { // each mood holds for five visits, so that some failures are confirmed
	case 0:
		w.WriteHeader(http.StatusInternalServerError)
	case 1: // hangs until the visitor goes
		<-r.Context().Done()
	case 2:
		w.Header().Set("Content-Length", strconv.Itoa(2*len(body))) // a lie
		_, _ = w.Write(body)
	case 3:
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	case 4: // a byte at a time, until the visitor has had enough
		for _, c := range body {
			if _, err := w.Write([]byte{c}); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	case 5:
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	default:
		_, _ = w.Write(body)
	}
}

// forget begins the record anew for a period.
func (f *farm) forget(every time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.every, f.last, f.jitter, f.held, f.visits, f.strange = every, map[int]time.Time{}, nil, nil, 0, 0
}

func (f *farm) tell() record {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := record{Visits: f.visits, Seen: len(f.last), Missing: f.strange}
	if n := len(f.jitter); n > 0 {
		slices.Sort(f.jitter)
		r.JitterP50, r.JitterP99, r.JitterMax = f.jitter[n/2], f.jitter[n*99/100], f.jitter[n-1]
	}
	if n := len(f.held); n > 0 {
		slices.Sort(f.held)
		r.HeldMiddle = f.held[n/2]
	}
	return r
}

// beFarm serves until its standard input ends. It prints its addresses and its
// certificate on one line.
func beFarm() {
	f := &farm{last: map[int]time.Time{}, soaked: map[int]int{}}
	body := []byte(strings.Repeat("Bienvenue sur le service. ", 40))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/record":
			_ = json.NewEncoder(w).Encode(f.tell())
			return
		case "/soaked":
			f.mu.Lock()
			defer f.mu.Unlock()
			f.shut = r.URL.Query().Get("shut") != ""
			_ = json.NewEncoder(w).Encode(f.soaked)
			return
		case "/forget":
			every, _ := time.ParseDuration(r.URL.Query().Get("every"))
			f.forget(every)
			return
		}
		if number, soaks := strings.CutPrefix(r.URL.Path, "/soak/"); soaks {
			f.soak(w, r, number, body)
			return
		}
		f.visit(r.URL.Path)
		_, _ = w.Write(body)
	})
	certificate, written, err := farmCertificate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var addresses []string
	for range 2 {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		addresses = append(addresses, l.Addr().String())
		if len(addresses) == 2 {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
		}
		go func() { _ = http.Serve(l, handler) }() //nolint:gosec // loopback
	}
	line, _ := json.Marshal([]string{"http://" + addresses[0], "https://" + addresses[1], string(written)})
	fmt.Println(string(line))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// farmCertificate is an ECDSA P-256 certificate for loopback, and in PEM.
func farmCertificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "farm"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// remoteFarm is a farm in a process of its own, so that its processor time is
// not ours.
type remoteFarm struct {
	tb            testing.TB
	plain, secure string
	roots         *x509.CertPool
}

func startFarm(tb testing.TB) *remoteFarm {
	tb.Helper()
	c := spawn(tb, roleFarm)
	c.lines.Buffer(make([]byte, 0, 64<<10), bufio.MaxScanTokenSize)
	if !c.lines.Scan() {
		tb.Fatal("the farm said nothing")
	}
	var line []string
	if err := json.Unmarshal(c.lines.Bytes(), &line); err != nil {
		tb.Fatal(err)
	}
	f := &remoteFarm{tb: tb, plain: line[0], secure: line[1], roots: x509.NewCertPool()}
	if !f.roots.AppendCertsFromPEM([]byte(line[2])) {
		tb.Fatal("the farm's certificate cannot be read")
	}
	return f
}

func (f *remoteFarm) forget(every time.Duration) {
	f.tb.Helper()
	f.get("/forget?every=" + every.String()).Body.Close()
}

func (f *remoteFarm) record() (r record) {
	f.tb.Helper()
	resp := f.get("/record")
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		f.tb.Fatal(err)
	}
	return r
}

func (f *remoteFarm) get(path string) *http.Response {
	f.tb.Helper()
	resp, err := http.Get(f.plain + path) //nolint:noctx // a farm of this test
	if err != nil {
		f.tb.Fatal(err)
	}
	return resp
}
