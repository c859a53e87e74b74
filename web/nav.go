package web

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/identity"
)

// NavItem is an entry of the menu. Rooms add theirs with AddNav.
type NavItem struct {
	Path string
	Key  string       // sentence that names it
	Act  identity.Act // who may do it anywhere sees the entry; empty: everybody
	Desk bool         // part of the working pages, after signing in
	Last bool         // stands after what other rooms add
}

// NavLink is an entry as a page shows it.
type NavLink struct {
	Href    string
	Name    string
	Desk    bool
	Current bool
}

// publicNav are the entries everybody sees; their addresses are part of the
// public contract.
func publicNav() []NavItem {
	return []NavItem{
		{Path: "/datasets", Key: "web.nav.datasets"},
		{Path: "/status", Key: "web.nav.status"},
		{Path: "/api/docs", Key: "web.nav.api", Last: true},
	}
}

// AddNav adds an entry to the menu. It is called while the rooms are wired.
func (s *Shell) AddNav(item NavItem) {
	at := slices.IndexFunc(s.nav, func(n NavItem) bool { return n.Last })
	if at < 0 || item.Last {
		at = len(s.nav)
	}
	s.nav = slices.Insert(s.nav, at, item)
}

// menu is what the actor sees; the entry whose path is the longest beginning of
// this page's is the current one.
func (s *Shell) menu(r *request, path string) []NavLink {
	links, best, length := []NavLink{}, -1, 0
	for _, item := range s.nav {
		if item.Desk && !r.actor.Known() || item.Act != "" && !r.actor.MayAnywhere(item.Act) {
			continue
		}
		within := path == item.Path || strings.HasPrefix(path, strings.TrimSuffix(item.Path, "/")+"/")
		if within && len(item.Path) > length {
			best, length = len(links), len(item.Path)
		}
		links = append(links, NavLink{Href: item.Path, Name: r.say(item.Key), Desk: item.Desk})
	}
	if best >= 0 {
		links[best].Current = true
	}
	return links
}
