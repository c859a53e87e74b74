package jard_test

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// untold are the functions of stores that write and leave no line in the
// trail, each with its reason. A function that writes and is not here must
// reach the trail.
func untold() map[string]string {
	list := map[string]string{}
	for why, places := range map[string][]string{
		"what the machine sees or counts: nobody acts": {
			"inventory/indicatordb.Fold of Store", "inventory/indicatordb.Recount of Store", "inventory/inventorydb.FollowFiles of Store",
			"inventory/inventorydb.ScreenAll of Store", "inventory/portaldb.Record of Store", "inventory/portaldb.Keep of Store", "inventory/portaldb.Walk of Store",
			"monitor/assessdb.Put of Store", "monitor/domaindb.Note of Store", "monitor/examinedb.Keep of Store", "monitor/monitordb.KeepChains of Store",
			"monitor/monitordb.KeepGaps of Store", "monitor/surveydb.Roll of Store", "monitor/vantagedb.Hear of Store", "monitor/vantagedb.KeepHere of Store",
			"monitor/vantagedb.Signed of Store", "monitor/vantagedb.Take of Store", "monitor/vantagedb.Vantage of Store", "monitor/vantagedb.Weigh of Store",
			"monitor/whydb.Keep of Store",
		},
		"who serves or holds what at this moment": {
			"inventory/cataloguedb.Keep of Store", "inventory/cataloguedb.Lease of Store", "inventory/cataloguedb.Publish of Store",
			"inventory/cataloguedb.Refused of Store", "inventory/cataloguedb.Release of Store", "inventory/cataloguedb.Served of Store",
			"monitor/sharedb.Beat of Store", "monitor/sharedb.Leave of Store", "monitor/sharedb.Release of Store",
		},
		"what is over its term is forgotten, by the clock": {
			"alert/alertdb.Forget of Store", "inventory/cataloguedb.Sweep of Store", "inventory/inventorydb.ForgetFiles of Store", "inventory/portaldb.Tidy of Store",
			"mail/maildb.Purge of Store", "monitor/assessdb.Tidy of Store", "monitor/monitordb.ForgetGaps of Store", "monitor/monitordb.Purge of Store",
			"monitor/surveydb.Forget of Store", "monitor/surveydb.ForgetHanded of Store", "monitor/whydb.Forget of Store", "notice/noticedb.Forget of Store",
		},
		"a message on its way: it tells of acts that have their lines, and its own history is kept": {
			"alert/alertdb.Failed of Store", "alert/alertdb.Next of Store", "alert/alertdb.Release of Store", "alert/alertdb.Sent of Store",
			"inventory/requestdb.SendDigests of Store", "mail/maildb.Append", "mail/maildb.Failed of Store", "mail/maildb.Next of Store",
			"mail/maildb.Release of Store", "mail/maildb.Sent of Store", "notice/noticedb.ByCalendar of Store", "notice/noticedb.Keep of Store",
			"notice/noticedb.Link of Store", "notice/noticedb.Preference of Store", "notice/noticedb.Release of Store", "notice/noticedb.Reminders of Store",
			"notice/noticedb.Take of Store",
		},
		"reads, or fills a database that nobody serves from; the command that calls it leaves the line": {
			"backup/backupdb.Fill", "backup/backupdb.Load", "backup/backupdb.Restore", "backup/backupdb.Sums", "backup/backupdb.Tables", "backup/backupdb.Take of Store",
			"backup/backupdb.Write", "backup/backupdb.WriteFile", "backup/backupdb.WriteSealed",
		},
		"somebody outside acts on what is theirs alone; a line would keep what is to be forgotten": {
			"inventory/requestdb.Erase of Store", "inventory/requestdb.Support of Store", "monitor/monitordb.FollowLink of Store", "monitor/surveydb.Later of Store",
		},
		"a secret or a mark that a form needs, and nobody decides": {
			"identity/identitydb.OfferSecond of Store", "inventory/inventorydb.Once of Store", "inventory/requestdb.FormKey of Store", "monitor/surveydb.Seal of Store",
			"monitor/surveydb.Since of Store",
		},
		"a session is used, or proved again; its beginning and its end have lines":          {"identity/identitydb.BySession of Store", "identity/identitydb.Prove of Store", "identity/identitydb.ProveVouched of Store", "identity/identitydb.RenewSession of Store"},
		"the language of one's own pages, which concerns nobody else":                       {"identity/identitydb.SetLanguage of Store"},
		"a look at a file is asked for: what it brings is a line where it changes anything": {"inventory/inventorydb.AskLook of Store"},
		"a proposal, which applying makes a line":                                           {"monitor/surveydb.Propose of Store"},
	} {
		for _, place := range places {
			list[place] = why
		}
	}
	return list
}

// Whatever a store writes for somebody leaves a line in the trail, or stands
// in the list with its reason: doors and commands write by stores alone.
func TestWhatStoresWriteLeavesALine(t *testing.T) {
	a := readActs(t)
	rooms := map[string]map[string]*writing{}
	for _, s := range a.sources {
		if !strings.HasSuffix(s.folder, "db") || s.folder == "audit/auditdb" {
			continue
		}
		if rooms[s.folder] == nil {
			rooms[s.folder] = map[string]*writing{}
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				rooms[s.folder][f.Name.Name+receiver(f)] = writes(s, f)
			}
		}
	}
	if len(rooms) < 15 {
		t.Fatalf("%d rooms; something is wrong with this test", len(rooms))
	}
	known, seen := untold(), map[string]bool{}
	for folder, funcs := range rooms {
		for name, w := range funcs {
			place := folder + "." + name
			if !ast.IsExported(name) || !reaches(funcs, name, func(w *writing) bool { return w.writes }) || reaches(funcs, name, func(w *writing) bool { return w.tells }) {
				continue
			}
			seen[place] = true
			if known[place] == "" {
				t.Errorf("%s writes %v and leaves no line in the trail", place, w.calls)
			}
		}
	}
	for place := range known {
		if !seen[place] {
			t.Errorf("the list knows %s, which writes nothing without a line or is gone", place)
		}
	}
}

// writing is what a function does to the database, and whom it calls in its room.
type writing struct {
	writes, tells bool
	calls         []string
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	e := f.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return " of " + id.Name
	}
	return ""
}

var changing = regexp.MustCompile(`(?i)^\s*(INSERT|UPDATE|DELETE)\b`)

func writes(s source, f *ast.FuncDecl) *writing {
	w := &writing{}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			w.calls = append(w.calls, fun.Name)
		case *ast.SelectorExpr:
			if x, ok := fun.X.(*ast.Ident); ok && (s.imports[x.Name] == "audit/auditdb" || s.imports[x.Name] == "audit") {
				w.tells = w.tells || fun.Sel.Name == "Append" || fun.Sel.Name == "Note"
				return true
			}
			w.calls = append(w.calls, fun.Sel.Name)
			w.writes = w.writes || written(fun.Sel.Name, call.Args)
		}
		return true
	})
	return w
}

// written tells whether a call of gorm changes something.
func written(name string, args []ast.Expr) bool {
	switch name {
	case "Create", "CreateInBatches", "Updates", "Update", "UpdateColumn", "UpdateColumns", "Delete", "Save":
		return true
	case "Exec", "Raw":
		for _, a := range args {
			if text, ok := literal(a); ok && changing.MatchString(text) {
				return true
			}
		}
		if len(args) > 0 && name == "Exec" {
			_, isText := literal(args[0])
			return !isText
		}
	}
	return false
}

// reaches tells whether a function, or one that it calls in its room, is so.
func reaches(funcs map[string]*writing, name string, is func(*writing) bool) bool {
	seen := map[string]bool{}
	next := []string{name}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		w := funcs[at]
		if is(w) {
			return true
		}
		for called := range funcs {
			bare, _, _ := strings.Cut(called, " of ")
			if slices.Contains(w.calls, bare) {
				next = append(next, called)
			}
		}
	}
	return false
}
