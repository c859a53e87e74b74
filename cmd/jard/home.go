package main

import (
	"context"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/monitorweb"
	"github.com/jard-odi/jard/web"
)

// newest is how many datasets the first page names.
const newest = 6

// home counts what the first page tells of both domains; neither knows the other.
func (s stores) home(ctx context.Context) (web.HomeFigures, error) {
	var h web.HomeFigures
	figures, err := s.publicFigures(ctx)
	if err != nil {
		return h, err
	}
	page, err := s.register.Public(ctx, inventorydb.PublicFilter{PerPage: newest})
	if err != nil {
		return h, err
	}
	tree, err := s.people.Institutions(ctx)
	if err != nil {
		return h, err
	}
	board, err := s.watched.Board(ctx)
	if err != nil {
		return h, err
	}
	h = web.HomeFigures{
		Datasets: figures.Stock.Datasets, Institutions: figures.Bodies, Formats: len(page.Facets.Formats),
		UpToDate: figures.Promises.Met, Promised: figures.Promises.Judged(),
	}
	for _, p := range page.Items {
		h.Newest = append(h.Newest, web.HomeDataset{
			Title: p.Content.Title, Path: "/datasets/" + p.Ref, Institution: tree[p.Institution].Name, Published: p.Modified,
		})
	}
	tally(&h, board)
	return h, nil
}

// publicFigures are the figures that the public page of indicators shows.
func (s stores) publicFigures(ctx context.Context) (indicator.Figures, error) {
	var f indicator.Figures
	now := time.Now()
	m, err := s.figures.Measure(ctx, indicatordb.Public(nil), indicator.YearTo(now), indicator.DayOf(now))
	if err != nil {
		return f, err
	}
	for _, stock := range m.Stocks {
		if f.Stock = f.Stock.Add(stock); stock.Datasets > 0 {
			f.Bodies++
		}
	}
	for _, day := range m.Days {
		f.Promises = f.Promises.Add(day.Promises)
	}
	return f, nil
}

// tally counts the services on the board.
func tally(h *web.HomeFigures, board *monitordb.Board) {
	h.Services = len(board.Services)
	for _, s := range board.Services {
		switch {
		case s.Verdict.Answers():
			h.Working++
		case s.Verdict == monitor.Down:
			h.Silent++
			if since := s.Since; h.SilentSince == nil || since.Before(*h.SilentSince) {
				h.SilentSince = &since
			}
		}
	}
}

// servicesOf lists the public services of an institution and the bodies under it.
func (s stores) servicesOf(ctx context.Context, institution string) ([]inventoryweb.Service, error) {
	tree, err := s.people.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	board, err := s.watched.Board(ctx)
	if err != nil {
		return nil, err
	}
	slugs := tree.Under(institution, board.At)
	var list []inventoryweb.Service
	for _, one := range board.Services {
		if slices.Contains(slugs, one.Service.Institution) {
			list = append(list, inventoryweb.Service{
				Slug: one.Service.Slug, Name: one.Service.Name, Mark: monitorweb.VerdictKind(one.Verdict),
				Key: "monitor.verdict." + one.Verdict.String(),
			})
		}
	}
	return list, nil
}
