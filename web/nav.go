package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jard-odi/jard/identity"
)

// NavGroup is where an entry of the working menu stands.
type NavGroup string

// The groups of the working menu, in the order they stand. An entry that names
// none is about the house, so that a new room never pushes the bar to a second line.
const (
	NavHouse    NavGroup = ""         // people, mail, accounts
	NavBar      NavGroup = "bar"      // on the bar itself: what most people open every day
	NavRegister NavGroup = "register" // the rest of the work on the register
	NavFollow   NavGroup = "follow"   // figures and what is watched
)

// navGroups are the groups that open on demand, in the order they stand after the bar.
func navGroups() []NavGroup { return []NavGroup{NavRegister, NavFollow, NavHouse} }

// key names the sentence that names the group.
func (g NavGroup) key() string {
	return "web.nav.group." + cmp.Or(string(g), "house")
}

// NavItem is an entry of the menu. Rooms add theirs with AddNav.
type NavItem struct {
	Path  string
	Key   string       // sentence that names it
	Act   identity.Act // who may do it anywhere sees the entry; empty: everybody
	Desk  bool         // part of the working pages, after signing in
	Group NavGroup     // of a working page
	Rank  int          // lower stands earlier; those of one rank stand as they were added
	Last  bool         // stands after what other rooms add
}

// NavLink is an entry as a page shows it; one with links opens to show them.
type NavLink struct {
	Href    string
	Name    string
	Current bool
	Links   []NavLink
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
	at := slices.IndexFunc(s.nav, func(n NavItem) bool { return n.Last || n.Rank > item.Rank })
	if at < 0 || item.Last {
		at = len(s.nav)
	}
	s.nav = slices.Insert(s.nav, at, item)
}

// menus are the public menu and the working one as the actor sees them.
func (s *Shell) menus(r *request, path string) (public, desk []NavLink) {
	seen := s.visible(r)
	current := currentOf(seen, path)
	groups := map[NavGroup][]NavLink{}
	for _, item := range seen {
		link := NavLink{Href: item.Path, Name: r.say(item.Key), Current: item.Path == current}
		if item.Desk {
			groups[item.Group] = append(groups[item.Group], link)
		} else {
			public = append(public, link)
		}
	}
	desk = groups[NavBar]
	for _, g := range navGroups() {
		desk = append(desk, gather(r.say(g.key()), groups[g])...)
	}
	return public, desk
}

// gather puts links under one name; a single one needs no such detour.
func gather(name string, links []NavLink) []NavLink {
	if len(links) < 2 {
		return links
	}
	within := slices.ContainsFunc(links, func(l NavLink) bool { return l.Current })
	return []NavLink{{Name: name, Current: within, Links: links}}
}

// visible are the entries the actor sees, each address once: two permissions
// may lead to one page.
func (s *Shell) visible(r *request) []NavItem {
	seen := make([]NavItem, 0, len(s.nav))
	for _, item := range s.nav {
		hidden := item.Desk && !r.actor.Known() || item.Act != "" && !r.actor.MayAnywhere(item.Act)
		if !hidden && !slices.ContainsFunc(seen, func(n NavItem) bool { return n.Path == item.Path }) {
			seen = append(seen, item)
		}
	}
	return seen
}

// currentOf is the address of the entry a page belongs to: the longest
// beginning of its path.
func currentOf(items []NavItem, path string) (longest string) {
	for _, item := range items {
		within := path == item.Path || strings.HasPrefix(path, strings.TrimSuffix(item.Path, "/")+"/")
		if within && len(item.Path) > len(longest) {
			longest = item.Path
		}
	}
	return longest
}
