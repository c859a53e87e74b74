package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nobody is the account of the image: a number that stands for no one.
const nobody = 65532

// image writes the container image as the Dockerfile describes it, for the
// processors it is given a program for, into one archive that podman, docker,
// skopeo, ctr and crane read.
func (o order) image(out io.Writer) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var first v1.Image
	for _, one := range []struct{ arch, binary string }{{"amd64", o.amd64}, {"arm64", o.arm64}} {
		if one.binary == "" {
			continue
		}
		img, err := o.one(one.arch, one.binary)
		if err != nil {
			return fmt.Errorf("%s: %w", one.arch, err)
		}
		if first == nil {
			first = img
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: one.arch}},
		})
	}
	if first == nil {
		return errors.New("image: name a program, --amd64 or --arm64")
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	if err := o.pack(index, first); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s  jard:%s\n", digest, o.version)
	return nil
}

// one is the image for one processor: one layer and how to run it.
func (o order) one(arch, binary string) (v1.Image, error) {
	certificates, err := os.ReadFile(o.certificates)
	if err != nil {
		return nil, fmt.Errorf("root certificates: %w", err)
	}
	var layer bytes.Buffer
	if err := write(&layer, o.at, []entry{
		{name: "jard", mode: 0o755, from: binary},
		{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, text: certificates},
		{name: "etc/passwd", mode: 0o644, text: fmt.Appendf(nil, "jard:x:%d:%d:Jard:/var/lib/jard:/nonexistent\n", nobody, nobody)},
		{name: "etc/group", mode: 0o644, text: fmt.Appendf(nil, "jard:x:%d:\n", nobody)},
		{name: "var/lib/jard/", mode: 0o700, uid: nobody},
		{name: "var/backups/jard/", mode: 0o700, uid: nobody}, // a volume laid over it is nobody's too
		{name: "tmp/", mode: 0o1777},
	}); err != nil {
		return nil, err
	}
	packed, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), mutate.Addendum{
		Layer: packed, History: v1.History{Created: v1.Time{Time: o.at}, CreatedBy: "deploy/ship image", Comment: "the program and root certificates"},
	})
	if err != nil {
		return nil, err
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created, file.Config = "linux", arch, v1.Time{Time: o.at}, o.run(certificates)
	return mutate.ConfigFile(img, file)
}

// run says how the image is run; a test compares it with the Dockerfile.
func (o order) run(certificates []byte) v1.Config {
	sum := sha256.Sum256(certificates)
	config := v1.Config{
		User: fmt.Sprintf("%d:%d", nobody, nobody), WorkingDir: "/var/lib/jard", Entrypoint: []string{"/jard"}, Cmd: []string{"serve"},
		Env:          []string{"JARD_LISTEN=0.0.0.0:8080"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}}, Volumes: map[string]struct{}{"/var/lib/jard": {}}, StopSignal: "SIGTERM",
		Healthcheck: &v1.HealthConfig{
			Test: []string{"CMD", "/jard", "check", "--ready"}, Interval: 30 * time.Second, Timeout: 5 * time.Second, StartPeriod: 20 * time.Second,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title": "Jard", "org.opencontainers.image.version": o.version,
			"org.opencontainers.image.created": o.at.Format(time.RFC3339), "org.opencontainers.image.licenses": "AGPL-3.0-or-later",
			"org.opencontainers.image.description":     "Register of public data and watch over public services",
			"org.opencontainers.image.documentation":   "https://github.com/jard-odi/jard/blob/main/docs/install.md",
			"org.opencontainers.image.source":          "https://github.com/jard-odi/jard",
			"org.opencontainers.image.url":             "https://github.com/jard-odi/jard",
			"io.github.jard-odi.certificates.sha256":   hex.EncodeToString(sum[:]),
			"io.github.jard-odi.image.reproduced-with": "make image",
		},
	}
	if o.revision != "" {
		config.Labels["org.opencontainers.image.revision"] = o.revision
	}
	return config
}

// pack writes index as one archive: the layout of OCI, and beside it the list
// that docker load has read since long before.
func (o order) pack(index v1.ImageIndex, first v1.Image) error {
	folder, err := os.MkdirTemp("", "ship")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	to, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	if err := to.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": o.version, "io.containerd.image.name": "docker.io/library/jard:" + o.version,
	})); err != nil {
		return err
	}
	old, err := forDocker(first, "jard:"+o.version)
	if err != nil {
		return err
	}
	entries := []entry{{name: "manifest.json", mode: 0o644, text: old}}
	if err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		entries = append(entries, entry{name: filepath.ToSlash(name), mode: 0o644, from: path})
		return err
	}); err != nil {
		return err
	}
	return create(o.out, func(w io.Writer) error { return write(w, o.at, entries) })
}

// forDocker names the parts of img as docker save does.
func forDocker(img v1.Image, name string) ([]byte, error) {
	manifest, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	blob := func(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }
	var layers []string
	for _, l := range manifest.Layers {
		layers = append(layers, blob(l.Digest))
	}
	return json.Marshal([]map[string]any{{"Config": blob(manifest.Config.Digest), "RepoTags": []string{name}, "Layers": layers}})
}

// create writes a file as a whole or not at all.
func create(path string, fill func(io.Writer) error) error {
	if path == "" {
		return errors.New("name the file to write, --out")
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".ship-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(fill(file), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
