package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

const repo = "../.."

// program is the built Jard; make test names it.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("JARD_BINARY")
	if path == "" {
		path = filepath.Join(repo, "build/jard")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%v: what a release hands out is NOT tested; make build", err)
	}
	return path
}

func env(string) string { return "1790000000" }

// twice does the same into two files and sees that they are the same.
func twice(t *testing.T, args ...string) string {
	t.Helper()
	var paths [2]string
	for n := range paths {
		paths[n] = filepath.Join(t.TempDir(), "out")
		if err := run(t.Context(), append(args, "--root", repo, "--version", "v1.2.3", "--out", paths[n]), io.Discard, env); err != nil {
			t.Fatal(err)
		}
	}
	a, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(paths[1]); err != nil || !bytes.Equal(a, b) {
		t.Fatalf("%s gave other bytes the second time (%d, %d), %v", args[0], len(a), len(b), err)
	}
	return paths[0]
}

// untar unpacks a tar into a folder and returns its headers.
func untar(t *testing.T, from io.Reader, folder string) map[string]*tar.Header {
	t.Helper()
	headers := map[string]*tar.Header{}
	for r := tar.NewReader(from); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return headers
		} else if err != nil {
			t.Fatal(err)
		}
		headers[h.Name] = h
		path := filepath.Join(folder, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheImage makes the image twice, unpacks it as an engine would, compares
// it with the Dockerfile, and runs it as the account it names, alone in its root.
func TestTheImage(t *testing.T) {
	binary := program(t)
	certificates := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(certificates, []byte("# none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(twice(t, "image", "--amd64", binary, "--arm64", certificates, "--certificates", certificates))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	folder := t.TempDir()
	headers := untar(t, file, folder)
	if headers["manifest.json"] == nil || headers["oci-layout"] == nil {
		t.Fatal("neither docker nor podman would read it")
	}
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := index.IndexManifest()
	if err != nil || len(outer.Manifests) != 1 || outer.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "v1.2.3" {
		t.Fatal(outer, err)
	}
	inner, err := index.ImageIndex(outer.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := inner.IndexManifest()
	if err != nil || len(m.Manifests) != 2 || m.Manifests[1].Platform.Architecture != "arm64" {
		t.Fatal(m, err)
	}
	img, err := inner.Image(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	asTheDockerfileSays(t, img)
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatal(layers, err)
	}
	content, err := layers[0].Uncompressed() // compares the digests too
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.MkdirTemp("", "image") // not t.TempDir, whose parents nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	inside := untar(t, content, root)
	for name, h := range inside {
		if h.ModTime.Unix() != 1790000000 || h.Uname != "" || h.Mode&0o6000 != 0 {
			t.Errorf("%s: %v %q %o", name, h.ModTime, h.Uname, h.Mode)
		}
		if own := name == "var/lib/jard/" || name == "var/backups/jard/" || name == "tmp/"; !own && (h.Uid != 0 || h.Mode&0o022 != 0) {
			t.Errorf("%s: the program may write it", name)
		}
	}
	for _, own := range []string{"var/lib/jard/", "var/backups/jard/"} {
		if h := inside[own]; h == nil || h.Uid != nobody || h.Mode != 0o700 {
			t.Errorf("%s is not the program's own: %v", own, h)
		}
	}
	if len(inside) != 13 || inside["jard"].Mode != 0o755 {
		t.Errorf("the image holds something else: %v", inside)
	}
	alone(t, root)
}

// asTheDockerfileSays compares how the image is run with the Dockerfile's end.
func asTheDockerfileSays(t *testing.T, img v1.Image) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := config.Config
	list := func(l []string) string {
		text, _ := json.Marshal(l)
		return strings.ReplaceAll(string(text), `","`, `", "`)
	}
	text, err := os.ReadFile(filepath.Join(repo, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	stages := strings.Split(string(text), "\nFROM ")
	last := stages[len(stages)-1]
	for _, line := range []string{
		"USER " + c.User, "WORKDIR " + c.WorkingDir, "ENTRYPOINT " + list(c.Entrypoint), "CMD " + list(c.Cmd), "STOPSIGNAL " + c.StopSignal, "ENV " + c.Env[0],
		"EXPOSE 8080", "VOLUME /var/lib/jard", "HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD " + list(c.Healthcheck.Test[1:]),
	} {
		if !strings.Contains(last+"\n", line+"\n") {
			t.Errorf("the Dockerfile does not say %q", line)
		}
	}
	for name, value := range c.Labels {
		written := name + `="` + strings.Replace(value, "v1.2.3", "${VERSION}", 1) + `"`
		if !strings.Contains(last, written) && strings.HasPrefix(name, "org.") && !strings.HasSuffix(name, ".created") && !strings.HasSuffix(name, ".revision") {
			t.Errorf("the Dockerfile does not say %s", written)
		}
	}
	if config.OS != "linux" || config.Architecture != "amd64" || config.Created.Unix() != 1790000000 {
		t.Errorf("%s/%s of %v", config.OS, config.Architecture, config.Created)
	}
}

// alone serves from the unpacked image: nothing else is in its root, and it is
// nobody there.
func alone(t *testing.T, root string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("not root, so the image is NOT run in a root of its own")
		return
	}
	for path, mode := range map[string]os.FileMode{"": 0o755, "tmp": 0o777 | os.ModeSticky, "var/lib/jard": 0o700} {
		if err := os.Chmod(filepath.Join(root, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(filepath.Join(root, "var/lib/jard"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/jard", "serve")
	cmd.Path, cmd.Dir, cmd.Env = "/jard", "/var/lib/jard", []string{"JARD_LISTEN=127.0.0.1:0", "JARD_WATCH_ENABLED=false", "JARD_FILES_ENABLED=false", "JARD_WATCH_REGISTRIES="}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, told := "", regexp.MustCompile(`"address":"([^"]+)"`)
	lines := bufio.NewScanner(log)
	for address == "" && lines.Scan() {
		t.Log(lines.Text())
		if m := told.FindStringSubmatch(lines.Text()); m != nil {
			address = m[1]
		}
	}
	if address != "" {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("answered %v, %v", answer, err)
		} else {
			answer.Body.Close()
		}
	}
	cancel()
	go func() { _, _ = io.Copy(io.Discard, log) }()
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 0 || address == "" {
		t.Errorf("ended with %v, listened on %q", err, address)
	}
}

// TestTheListOfPartsIsWhole compares it with what the program says of itself.
func TestTheListOfPartsIsWhole(t *testing.T) {
	binary := program(t)
	file, err := os.Open(twice(t, "sbom", "--binary", binary))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(file, cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(bom.SerialNumber) {
		t.Errorf("%s is no number", bom.SerialNumber)
	}
	there := map[string]cyclonedx.Component{}
	for _, c := range *bom.Components {
		there[c.Name+" "+c.Version] = c
		if c.Scope == cyclonedx.ScopeRequired && (c.Licenses == nil || c.Hashes == nil && c.Name != "std") {
			t.Errorf("%s says neither its licence nor its sum", c.Name)
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "dep" {
			count++
			if _, ok := there[f[1]+" "+f[2]]; !ok {
				t.Errorf("%s %s is not in the list", f[1], f[2])
			}
		}
	}
	if count < 50 || !slices.ContainsFunc(*bom.Components, func(c cyclonedx.Component) bool { return strings.HasPrefix(c.Name, "@fontsource/") }) {
		t.Errorf("%d modules, and fonts are missing", count)
	}
	refs := map[string]bool{bom.Metadata.Component.BOMRef: true}
	for _, c := range *bom.Components {
		refs[c.BOMRef] = true
	}
	for _, d := range *bom.Dependencies {
		if d.Dependencies == nil {
			continue
		}
		for _, to := range *d.Dependencies {
			if !refs[to] {
				t.Errorf("%s is depended on and not in the list", to)
			}
		}
	}
	t.Logf("%d modules, %d parts", count, len(there))
}

func TestEveryLicenceMayBeInIt(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"licences", "--root", repo, "--binary", program(t)}, &out, env); err != nil {
		t.Fatal(err)
	}
	t.Log(regexp.MustCompile(`(?m)^  .*\n`).ReplaceAllString(out.String(), ""))
}

func TestWhatMayNotBeInIt(t *testing.T) {
	err := judge([]part{
		{name: "good", version: "v1", licences: []string{"MIT"}},
		{name: "tool", version: "v1", built: true, licences: []string{"GPL-2.0"}},
		{name: "bare", version: "v1"},
		{name: "closed", version: "v2", licences: []string{"MIT", "SSPL-1.0"}},
		{name: "new", version: "v3", licences: []string{"Frameworx-1.0"}},
	})
	want := "bare v1: no licence was found\nclosed v2: SSPL-1.0 is no free licence\nnew v3: Frameworx-1.0 was not looked at; see deploy/ship/licences.go"
	if err == nil || err.Error() != want {
		t.Errorf("said %v, want %s", err, want)
	}
}
