package main

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheArchiveIsInstalledFrom unpacks the archive, installs it under a root
// of its own, updates it, goes back, and removes it.
func TestTheArchiveIsInstalledFrom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive") // once: packing takes its time; make reproduce does it twice
	if err := run(t.Context(), []string{"archive", "--arch", "amd64", "--binary", program(t), "--root", repo, "--version", "v1.2.3", "--out", path}, io.Discard, env); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	headers := untar(t, z, folder)
	top := "jard-v1.2.3-linux-amd64/"
	for _, name := range []string{
		"bin/jard", "install.sh", "LICENSE", "THIRD-PARTY.txt", "sbom.cdx.json", "docs/install.md", "docs/installation.md", "etc/jard.yaml",
		"deploy/systemd/jard.service", "deploy/nginx/jard.conf", "deploy/caddy/Caddyfile", "deploy/haproxy/haproxy.cfg",
		"deploy/compose/single.yaml", "deploy/kubernetes/base/kustomization.yaml", "share/pilot/ministries.csv",
	} {
		if headers[top+name] == nil {
			t.Errorf("the archive lacks %s", name)
		}
	}
	for name := range headers {
		if strings.HasSuffix(name, ".go") || !strings.HasPrefix(name, top) {
			t.Errorf("the archive has %s", name)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("not root, so the archive is NOT installed from")
	}
	installed(t, filepath.Join(folder, top))
}

// site is a root of its own that an archive is installed under.
type site struct {
	*testing.T
	from, root string
}

// script runs install.sh, which ends well or not.
func (s site) script(well bool, args ...string) string {
	s.Helper()
	// A mask as strict as some give root: others must be able to read what is installed all the same.
	cmd := exec.CommandContext(s.Context(), "sh", append([]string{"-c", `umask 077 && exec "$0" "$@"`, filepath.Join(s.from, "install.sh"), "--root", s.root}, args...)...)
	out, err := cmd.CombinedOutput()
	if (err == nil) != well {
		s.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s site) says(said string, want ...string) {
	s.Helper()
	for _, w := range want {
		if !strings.Contains(said, w) {
			s.Errorf("lacks %q: %s", w, said)
		}
	}
}

func (s site) path(path string) string { return filepath.Join(s.root, path) }

func (s site) there(path string) bool {
	_, err := os.Lstat(s.path(path))
	return err == nil
}

func (s site) write(path, text string, mode os.FileMode) {
	s.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(path)), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(s.path(path), []byte(text), mode); err != nil {
		s.Fatal(err)
	}
	if err := os.Chmod(s.path(path), mode); err != nil {
		s.Fatal(err)
	}
}

func (s site) read(path string) string {
	s.Helper()
	text, err := os.ReadFile(s.path(path))
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func installed(t *testing.T, from string) {
	t.Helper()
	s := site{t, from, filepath.Join(t.TempDir(), "a root, with blanks")}
	if err := os.Mkdir(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	s.says(s.script(true), "installed: jard ", "systemctl enable --now jard")
	for path, mode := range map[string]os.FileMode{
		"etc/jard": 0o750, "etc/jard/credentials": 0o700, "etc/jard/jard.yaml": 0o640, "var/lib/jard": 0o700, "var/backups/jard": 0o700, "usr/local/bin/jard": 0o755,
		"usr/local/sbin": 0o755, "usr/local/sbin/jardctl": 0o755, "usr/local/share/jard": 0o755, "usr/local/share/jard/docs": 0o755,
		"usr/local/share/jard/docs/install.md": 0o644, "usr/local/share/jard/THIRD-PARTY.txt": 0o644,
	} {
		if info, err := os.Stat(s.path(path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %o", path, info, err, mode)
		}
	}
	s.says(s.read("etc/systemd/system/jard@.service"), "JARD_LISTEN=127.0.0.1:%i\n", "\nStateDirectory=jard-%i\n", "\nWorkingDirectory=/var/lib/jard-%i\n")
	s.write("etc/jard/jard.yaml", "listen: 127.0.0.1:9\n", 0o600)
	s.write("var/lib/jard/kept", "data", 0o600)
	s.write("usr/local/bin/jard", "#!/bin/sh\necho jard v0.0.12\n", 0o755)
	updated(s)
	s.says(s.script(false, "--purge"), "nothing was done")
	wants := s.path("etc/systemd/system/multi-user.target.wants/jard@8081.service")
	if err := errors.Join(os.MkdirAll(filepath.Dir(wants), 0o755), os.Symlink("/etc/systemd/system/jard@.service", wants)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"var/lib/jard-8081/spool", "var/lib/jard-agent/kept", "var/backups/jard/kept"} {
		s.write(path, "", 0o600)
	}
	s.script(true, "--remove")
	if _, err := os.Lstat(wants); err == nil {
		t.Error("the process of a port is still enabled")
	}
	if s.there("usr/local/bin/jard") || s.there("etc/systemd/system/jard@.service") || s.there("usr/local/share/jard") {
		t.Error("it is still there")
	}
	if !s.there("var/lib/jard/kept") || !s.there("etc/jard/jard.yaml") {
		t.Error("the data are gone")
	}
	s.script(true, "--remove", "--purge")
	if s.there("var/lib/jard") || s.there("etc/jard") || s.there("var/lib/jard-8081") {
		t.Error("the data are still there")
	}
	if !s.there("var/backups/jard/kept") || !s.there("var/lib/jard-agent/kept") {
		t.Error("backups are gone, or what is the agent's")
	}
}

// updated updates, goes back, refuses what is older, and goes on after having
// been cut short.
func updated(s site) {
	s.Helper()
	s.says(s.script(true), "replaced:  jard v0.0.12", "systemctl restart jard")
	s.says(s.script(true), "installed: ")
	s.says(s.script(true, "--back"), "to:   jard v0.0.12")
	s.says(s.read("etc/jard/jard.yaml"), "listen: 127.0.0.1:9\n")

	program := filepath.Join(s.from, "bin/jard")
	if err := os.Rename(program, program+".kept"); err != nil {
		s.Fatal(err)
	}
	older := site{s.T, s.from, s.from}
	older.write("bin/jard", "#!/bin/sh\necho jard v0.0.12-rc1\n", 0o755)
	s.says(s.script(false), "the older jard v0.0.12-rc1")
	older.write("bin/jard", "#!/bin/sh\necho jard v0.0.9\n", 0o755)
	s.says(s.script(false), "jard v0.0.12 is installed", "nothing was done")
	s.says(s.script(true, "--older"), "installed: jard v0.0.9")
	older.write("bin/jard", "#!/bin/sh\necho jard v0.0.9-2-gabcdef0\n", 0o755) // two commits after it
	s.says(s.script(true), "installed: jard v0.0.9-2-gabcdef0")
	older.write("bin/jard", "#!/bin/sh\necho jard v0.0.9\n", 0o755)
	s.says(s.script(true, "--older"), "installed: jard v0.0.9")
	older.write("bin/jard", "#!/bin/sh\nexit 126\n", 0o755)
	s.says(s.script(false), "the program does not run here")
	s.says(s.read("usr/local/bin/jard"), "v0.0.9")
	if err := os.Rename(program+".kept", program); err != nil {
		s.Fatal(err)
	}

	s.write("etc/systemd/system/jard.service", "changed\n", 0o644)
	s.write("usr/local/share/jard.new/half", "", 0o644)
	list := filepath.Join(s.from, "CHANGELOG.md")
	if err := os.Rename(list, list+".away"); err != nil {
		s.Fatal(err)
	}
	s.says(s.script(false), "CHANGELOG.md is missing")
	if err := os.Rename(list+".away", list); err != nil {
		s.Fatal(err)
	}
	s.says(s.script(true), "jard.service.changed", "replaced:  jard v0.0.9")
	if s.there("usr/local/share/jard.new") || s.there("usr/local/share/jard/half") || s.read("etc/systemd/system/jard.service.changed") != "changed\n" {
		s.Error("what an installation that was cut short left is still there, or what somebody changed is not")
	}
}
