package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// sbom writes the list of parts in the form of CycloneDX 1.6.
func (o order) sbom(ctx context.Context) error {
	all, err := parts(ctx, o.root, o.binary)
	if err != nil {
		return err
	}
	return create(o.out, func(w io.Writer) error { return o.list(ctx, w, all) })
}

// list writes the list of parts.
func (o order) list(ctx context.Context, w io.Writer, all []part) error {
	bom, err := o.bom(ctx, all)
	if err != nil {
		return err
	}
	return cyclonedx.NewBOMEncoder(w, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6)
}

func (o order) bom(ctx context.Context, all []part) (*cyclonedx.BOM, error) {
	program, err := os.ReadFile(o.binary)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(program)
	hashes := []cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	jard := part{kind: "golang", name: "github.com/jard-odi/jard", version: o.version}
	bom := cyclonedx.NewBOM()
	// A number that is the same for the same program: version 8 is "as the maker likes".
	bom.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-8%s-a%s-%x", sum[0:4], sum[4:6], hex.EncodeToString(sum[6:8])[1:], hex.EncodeToString(sum[8:10])[1:], sum[10:16])
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: o.at.Format(time.RFC3339),
		Component: &cyclonedx.Component{
			BOMRef: jard.purl(), Type: cyclonedx.ComponentTypeApplication, Name: "jard", Version: o.version, PackageURL: jard.purl(), Hashes: &hashes,
			Licenses: &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "AGPL-3.0-or-later"}}},
		},
	}
	var components []cyclonedx.Component
	for _, p := range all {
		components = append(components, p.component())
	}
	bom.Components = &components
	edges, err := o.edges(ctx, jard, all)
	bom.Dependencies = &edges
	return bom, err
}

func (p part) component() cyclonedx.Component {
	c := cyclonedx.Component{
		BOMRef: p.purl(), Type: cyclonedx.ComponentTypeLibrary, Name: p.name, Version: p.version, PackageURL: p.purl(), Scope: cyclonedx.ScopeRequired,
	}
	if p.built {
		c.Scope = cyclonedx.ScopeExcluded
	}
	algorithm, text := cyclonedx.HashAlgoSHA256, strings.TrimPrefix(p.sum, "h1:") // a hash of the hashes of its files
	if rest, ok := strings.CutPrefix(p.sum, "sha512-"); ok {
		algorithm, text = cyclonedx.HashAlgoSHA512, rest
	}
	if raw, err := base64.StdEncoding.DecodeString(text); err == nil && len(raw) > 0 {
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: algorithm, Value: hex.EncodeToString(raw)}}
	}
	if len(p.licences) > 0 {
		var all cyclonedx.Licenses
		for _, l := range p.licences {
			all = append(all, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: l}})
		}
		c.Licenses = &all
	}
	return c
}

// edges tell which part stands on which, as the go command says; what npm
// brings stands under Jard itself.
func (o order) edges(ctx context.Context, jard part, all []part) ([]cyclonedx.Dependency, error) {
	graph, err := command(ctx, o.root, "go", "mod", "graph")
	if err != nil {
		return nil, err
	}
	there := map[string]part{jard.name: jard}
	for _, p := range all {
		there[p.name] = p
	}
	on := map[string][]string{}
	for line := range strings.Lines(string(graph)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			return nil, errors.New("go mod graph: " + line)
		}
		a, version, _ := strings.Cut(from, "@")
		b, _, _ := strings.Cut(to, "@")
		p, known := there[a]
		q, needed := there[b]
		if known && needed && (version == "" || version == p.version) && !slices.Contains(on[p.purl()], q.purl()) {
			on[p.purl()] = append(on[p.purl()], q.purl())
		}
	}
	for _, p := range all {
		if p.kind == "npm" || p.name == "std" {
			on[jard.purl()] = append(on[jard.purl()], p.purl())
		}
	}
	var edges []cyclonedx.Dependency
	for _, p := range append([]part{jard}, all...) {
		to := on[p.purl()]
		slices.Sort(to)
		edges = append(edges, cyclonedx.Dependency{Ref: p.purl(), Dependencies: &to})
	}
	return edges, nil
}
