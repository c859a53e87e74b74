package catalogue

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// sinceForms are the ways a moment may be written. One without a zone is UTC,
// as CKAN takes it.
var sinceForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
}

// maxSince is longer than any moment.
const maxSince = 40

// ParseSince reads a day, which begins in Tunis, or a moment.
func ParseSince(text string) (time.Time, error) {
	wrong := fault.At("modified_since", "catalogue.since.invalid")
	if len(text) > maxSince {
		return time.Time{}, wrong
	}
	if day := inventory.Date(text); len(text) == len("2006-01-02") && day.Valid() {
		t, err := time.ParseInLocation(time.DateOnly, text, inventory.Tunis())
		if err == nil {
			return t.UTC(), nil
		}
	}
	// A plus that nobody escaped has become a space on its way.
	if zone := strings.LastIndexByte(text, ' '); zone > len("2006-01-02T") {
		text = text[:zone] + "+" + text[zone+1:]
	}
	text = strings.Replace(text, " ", "T", 1)
	for _, form := range sinceForms {
		if t, err := time.Parse(form, text); err == nil && t.Year() > 0 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, wrong
}

// sinceText writes a moment as the links from page to page carry it.
func sinceText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// SincePage returns a page, by its number from 1, of what has changed at the
// moment or after it: the datasets, and beside them records of the withdrawn,
// however long ago that is. The links carry the snapshot and the moment, so
// that the pages fit together. count is how many there are; past the last there
// is no document, and the first is there even when nothing has changed.
func (s *Snapshot) SincePage(ctx context.Context, f Format, since time.Time, number int) (d *Document, count int, err error) {
	changed, gone := s.changedSince(since)
	size := s.writer.settings.PageSize
	count = max(1, (max(len(changed), len(gone))+size-1)/size)
	if number < 1 || number > count {
		return nil, count, nil
	}
	own := s.slice(number)
	own.count, own.total = count, len(changed)
	// Links name the snapshot last, and the moment goes with it.
	own.snapshot += "&modified_since=" + url.QueryEscape(sinceText(since))
	live, err := s.Publications(ctx, window(changed, (number-1)*size, size)...)
	if err != nil {
		return nil, count, fmt.Errorf("pages since %s: %w", sinceText(since), err)
	}
	nodes := s.writer.withdrawn(s.stones(window(gone, (number-1)*size, size)))
	nodes = append(nodes, s.writer.paging(own, f))
	nodes = append(nodes, s.writer.among(live)...)
	b := bytes.NewBufferString(between(f))
	writeRun(b, f, nodes...)
	b.WriteString(end(f))
	return Compose(f.ContentType(), s.heads[f], NewPart(b.Bytes())), count, nil
}

// among describes the datasets as members of the catalogue, and all they point
// at that not every page describes.
func (w *writer) among(live []inventory.Publication) []*node {
	var all []*written
	for _, p := range live {
		nodes := w.describe(p)
		all = append(all, &written{pub: p, nodes: nodes, points: w.points(nodes)})
	}
	if len(all) == 0 {
		return nil
	}
	nodes := []*node{w.members(all)}
	for _, one := range all {
		nodes = append(nodes, one.nodes...)
	}
	for _, x := range w.sharedBy(all) {
		nodes = append(nodes, x.nodes...)
	}
	return nodes
}

// changedSince lists, in the order of UUIDs, what changed at the moment or after it.
func (s *Snapshot) changedSince(since time.Time) (changed []string, gone []inventory.Publication) {
	for _, e := range s.entries {
		if !e.modified.Before(since) {
			changed = append(changed, e.id)
		}
	}
	for _, p := range s.gone {
		if !withdrawnAt(p).Before(since) {
			gone = append(gone, p)
		}
	}
	sortByUUID(gone)
	return changed, gone
}
