package scan

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eicar is the file that every scanner takes for a virus, and is none. It is
// put together here so that no scanner takes this file for one.
func eicar() string {
	return `X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!` + `$H+H*`
}

// listen answers each connection with serve until the test ends.
func listen(t *testing.T, network string, serve func(net.Conn)) string {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// clamdStandIn speaks as much of clamd as is asked for.
func clamdStandIn(conn net.Conn) {
	r := bufio.NewReader(conn)
	if ask, err := r.ReadString(0); err != nil || ask != "zINSTREAM\x00" {
		fmt.Fprintf(conn, "UNKNOWN COMMAND\x00")
		return
	}
	var file bytes.Buffer
	for {
		var n uint32
		if binary.Read(r, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&file, r, int64(n)); err != nil {
			return
		}
	}
	if strings.Contains(file.String(), eicar()) {
		fmt.Fprintf(conn, "stream: Win.Test.EICAR_HDB-1 FOUND\x00")
		return
	}
	fmt.Fprintf(conn, "stream: OK\x00")
}

// icapStandIn speaks as much of ICAP as is asked for.
func icapStandIn(conn net.Conn) {
	r := textproto.NewReader(bufio.NewReader(conn))
	line, err := r.ReadLine()
	if err != nil {
		return
	}
	if _, err := r.ReadMIMEHeader(); err != nil {
		return
	}
	if !strings.HasPrefix(line, "RESPMOD icap://") || !strings.HasSuffix(line, "/avscan ICAP/1.0") {
		fmt.Fprintf(conn, "ICAP/1.0 404 Service not found\r\n\r\n")
		return
	}
	for range 2 { // the request and the answer inside
		if _, err := r.ReadLine(); err != nil {
			return
		}
		if _, err := r.ReadMIMEHeader(); err != nil {
			return
		}
	}
	file, err := io.ReadAll(httputil.NewChunkedReader(r.R))
	if err != nil {
		return
	}
	if strings.Contains(string(file), eicar()) {
		fmt.Fprintf(conn, "ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar-Test-Signature;\r\n\r\n")
		return
	}
	fmt.Fprintf(conn, "ICAP/1.0 204 No Content\r\n\r\n")
}

// script writes a scanner of our own and returns where it is.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scanner")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil { //nolint:gosec // it has to run
		t.Fatal(err)
	}
	return path
}

func TestScanners(t *testing.T) {
	for name, says := range map[string]string{
		"clamd over TCP":    "clamd:" + listen(t, "tcp", clamdStandIn),
		"clamd by a socket": "clamd:" + listen(t, "unix", clamdStandIn),
		"ICAP":              "icap://" + listen(t, "tcp", icapStandIn) + "/avscan",
		"a command":         "command:" + script(t, `grep -q EICAR-STANDARD && { echo "stream: Eicar FOUND"; exit 1; }; exit 0`),
	} {
		s, err := Open(says, 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		large := strings.Repeat("fine, ", 100_000)
		for file, want := range map[string]bool{"": false, "a,b\n1,2\n": false, large: false, eicar(): true, large + eicar(): true} {
			v, err := s.Scan(t.Context(), strings.NewReader(file))
			if err != nil || v.Found != want || want && !strings.Contains(strings.ToLower(v.Name), "eicar") {
				t.Errorf("%s: %d bytes = %+v, %v; want found %t", name, len(file), v, err, want)
			}
		}
	}
}

// A scanner that is away, hangs, or says something else gives no verdict.
func TestNoVerdictIsAnError(t *testing.T) {
	gone := listen(t, "tcp", func(net.Conn) {})
	mad := listen(t, "tcp", func(c net.Conn) { fmt.Fprint(c, "stream: INSTREAM size limit exceeded. ERROR\x00\r\n\r\n") })
	hangs := listen(t, "tcp", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	for _, says := range []string{
		"clamd:" + gone, "clamd:" + mad, "clamd:" + hangs, "clamd:127.0.0.1:1", "clamd:/nowhere/clamd.ctl",
		"icap://" + gone + "/avscan", "icap://" + mad + "/avscan", "icap://" + hangs + "/avscan",
		"icap://" + listen(t, "tcp", icapStandIn) + "/elsewhere", "command:/nowhere/scanner", "command:" + script(t, "exit 2"), "command:" + script(t, "exec sleep 60"),
	} {
		s, err := Open(says, 200*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := s.Scan(t.Context(), strings.NewReader("a,b")); err == nil {
			t.Errorf("%s = %+v; want an error", says, v)
		}
	}
}

// broken is a file that cannot be read to its end.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // as of a form that was cut off
	}
	return n, err
}

// A file of which only the beginning was seen is not clean.
func TestAFileThatBreaksOffGetsNoVerdict(t *testing.T) {
	for _, says := range []string{
		"clamd:" + listen(t, "tcp", clamdStandIn), "icap://" + listen(t, "tcp", icapStandIn) + "/avscan", "command:" + script(t, "exec cat >/dev/null"),
		"clamd:" + listen(t, "tcp", func(c net.Conn) { fmt.Fprint(c, "stream: OK\x00"); _, _ = io.Copy(io.Discard, c) }), // says so before it has it
		"icap://" + listen(t, "tcp", func(c net.Conn) { fmt.Fprint(c, "ICAP/1.0 204 No Content\r\n\r\n"); _, _ = io.Copy(io.Discard, c) }) + "/avscan",
	} {
		s, err := Open(says, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := s.Scan(t.Context(), broken{strings.NewReader(strings.Repeat("fine, ", 50_000))}); err == nil {
			t.Errorf("%s = %+v; want an error", says, v)
		}
	}
}

func TestACommandSeesNoneOfOurSecrets(t *testing.T) {
	t.Setenv("JARD_DATABASE_URL", "postgres://jard:secret@localhost/jard")
	s, err := Open("command:"+script(t, `env | grep -q JARD && { echo leaked; exit 1; }; exit 0`), 0)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s.Scan(t.Context(), strings.NewReader("")); err != nil || v.Found {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestWhatNamesNoScanner(t *testing.T) {
	for _, says := range []string{"", "clamd", "clamd:", "clamd:run/clamd.ctl", "icap:", "icap://", "icap://host", "icap://host/", "command:", "command: ", "command:scan", "http://host/x"} {
		if s, err := Open(says, 0); err == nil || s != nil {
			t.Errorf("%q = %+v", says, s)
		}
	}
}

func FuzzVerdicts(f *testing.F) {
	for _, s := range []string{"stream: OK\x00", "stream: a FOUND\x00", "", "ICAP/1.0 204 x\r\n\r\n", "ICAP/1.0 200 OK\r\nX-Infection-Found: Threat=a;\r\n\r\n", "ICAP/1.0 200 OK\r\n\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func() (Verdict, error){
			func() (Verdict, error) { return clamdVerdict(s) },
			func() (Verdict, error) { return icapVerdict(bufio.NewReader(strings.NewReader(s))) },
		} {
			v, err := read()
			if v.Found && (err != nil || v.Name == "" || len(v.Name) > nameAtMost || strings.ContainsAny(v.Name, "\r\n")) {
				t.Errorf("%q = %+v, %v", s, v, err)
			}
			if err != nil && v.Found {
				t.Error("both found and failed")
			}
		}
		if n := nameOf(foundBy(s)); n == "" || len(n) > nameAtMost {
			t.Errorf("%q is named %q", s, n)
		}
	})
}
