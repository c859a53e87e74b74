package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// promtool runs Prometheus' own tool; without it the test says loudly what is
// not tested.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not on this machine, so rules and queries are NOT tested: apt-get install prometheus")
	}
	out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
	if err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

func TestTheRulesDoWhatTheySay(t *testing.T) {
	tests, err := filepath.Glob("prometheus/tests/*.yml")
	if err != nil || len(tests) < 3 {
		t.Fatal(tests, err)
	}
	promtool(t, "check", "rules", "prometheus/recording.yml", "prometheus/alerts.yml")
	promtool(t, "check", "config", "prometheus/prometheus.yml")
	promtool(t, "check", "config", "--syntax-only", "prometheus/compose.yml")
	promtool(t, append([]string{"test", "rules"}, tests...)...)
}

// rules are the groups of a file of rules.
type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Record, Expr string
			Labels              map[string]string
			Annotations         map[string]string
		}
	}
}

func readRules(t *testing.T, path string) rules {
	t.Helper()
	var r rules
	if err := yaml.Unmarshal([]byte(read(t, path)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEveryAlertIsTold sees that an alert says how grave it is and what it is,
// and that those the operator is woken for are tested.
func TestEveryAlertIsTold(t *testing.T) {
	tested := ""
	for _, name := range []string{"services", "watch", "register", "survey", "backup", "limits", "signin"} {
		tested += read(t, "prometheus/tests/"+name+".yml")
	}
	for _, g := range readRules(t, "prometheus/alerts.yml").Groups {
		for _, r := range g.Rules {
			if r.Labels["severity"] != "page" && r.Labels["severity"] != "ticket" || r.Annotations["summary"] == "" {
				t.Errorf("%s does not say how grave it is, or what it is", r.Alert)
			}
			if g.Name != "jard-register" && !strings.Contains(tested, "alertname: "+r.Alert+"\n") {
				t.Errorf("%s is not tested", r.Alert)
			}
		}
	}
}

// dashboard is what we look at of a Grafana dashboard.
type dashboard struct {
	UID, Title string
	Editable   bool
	Templating struct {
		List []struct {
			Name, Label, Type, AllValue string
			Multi                       bool
			Refresh                     int
			Query                       any
		}
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	Targets                  []struct{ RefID, Expr string }
	GridPos                  struct{ H, W, X, Y int }
	FieldConfig              struct{ Defaults struct{ Unit string } }
}

func dashboards(t *testing.T) []dashboard {
	t.Helper()
	paths, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(paths) != 2 {
		t.Fatal(paths, err)
	}
	var all []dashboard
	for _, path := range paths {
		var d dashboard
		if err := json.Unmarshal([]byte(read(t, path)), &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, d)
	}
	return all
}

var (
	ranged  = regexp.MustCompile(`\[([^\]]+)\]`)
	counted = regexp.MustCompile(`(\w+\()?(jard_\w+_total|process_cpu_seconds_total)`)
	named   = regexp.MustCompile(`\{([^}]*)\}`)
)

// TestDashboardsKeepTheLintersRules keeps the rules of Grafana's dashboard
// linter, restated here: it is not among the modules that can be had.
func TestDashboardsKeepTheLintersRules(t *testing.T) {
	for _, d := range dashboards(t) {
		if d.UID == "" || d.Editable {
			t.Errorf("%s has no uid, or can be edited where it is provisioned", d.Title)
		}
		there := map[string]bool{}
		for _, v := range d.Templating.List {
			there[v.Name] = true
			switch {
			case v.Name == "datasource" && (v.Type != "datasource" || v.Label != "Data source" || v.Query != "prometheus"):
				t.Errorf("%s: the data source is no variable of Prometheus", d.Title)
			case v.Type == "query" && v.Refresh != 2:
				t.Errorf("%s: $%s is not read again when the time changes", d.Title, v.Name)
			case slices.Contains([]string{"job", "instance"}, v.Name) && (!v.Multi || v.AllValue != ".+" || v.Label == ""):
				t.Errorf("%s: $%s must take several values, all of them .+", d.Title, v.Name)
			}
		}
		if !there["datasource"] || !there["job"] || !there["instance"] {
			t.Errorf("%s lacks a variable: %v", d.Title, there)
		}
		ids, taken := map[int]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if ids[p.ID] {
				t.Errorf("%s: two panels have the number %d", d.Title, p.ID)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x > 23 {
						t.Fatalf("%s: %s lies over %s", d.Title, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
			if p.Type != "row" {
				lint(t, d.Title+": "+p.Title, p)
			}
		}
	}
}

func lint(t *testing.T, name string, p panel) {
	t.Helper()
	if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
		t.Errorf("%s lacks a title, a description, a unit, a query or the data source", name)
	}
	for _, q := range p.Targets {
		for _, selector := range named.FindAllStringSubmatch(q.Expr, -1) {
			if !strings.Contains(selector[1], `job=~"$job"`) || !strings.Contains(selector[1], `instance=~"$instance"`) {
				t.Errorf("%s: %s does not say which job and instance", name, selector[0])
			}
		}
		for _, m := range ranged.FindAllStringSubmatch(q.Expr, -1) {
			if m[1] != "$__rate_interval" && m[1] != "$__range" {
				t.Errorf("%s: the range %s is not the panel's", name, m[1])
			}
		}
		for _, m := range counted.FindAllStringSubmatch(q.Expr, -1) {
			if m[1] != "rate(" && m[1] != "increase(" && m[1] != "irate(" {
				t.Errorf("%s: the counter %s is shown as it is", name, m[2])
			}
		}
	}
}

// TestEveryQueryIsPromQL has promtool parse each query as a rule.
func TestEveryQueryIsPromQL(t *testing.T) {
	fill := strings.NewReplacer("$__rate_interval", "5m", "$__range", "1d", "$job", ".+", "$instance", ".+", "$institution", ".+", "$service", "b3")
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var all []rule
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				all = append(all, rule{fmt.Sprintf("q:%s:%d_%s", strings.ReplaceAll(d.UID, "-", "_"), p.ID, q.RefID), fill.Replace(q.Expr)})
			}
		}
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "queries", "rules": all}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "queries.yml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d queries", len(all))
	promtool(t, "check", "rules", "--lint=none", path)
}

// TestTheSettingsOfTheComposeFilesFitTogether sees that who is scraped and who
// is told are those the compose file runs; deploy/ship looks at the rest.
func TestTheSettingsOfTheComposeFilesFitTogether(t *testing.T) {
	var file struct {
		Services map[string]any
		Secrets  map[string]struct{ File string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose/compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	scrapes := read(t, "prometheus/compose.yml")
	for name := range file.Services {
		if strings.HasPrefix(name, "jard") && !strings.Contains(scrapes, name+":8080") {
			t.Errorf("Prometheus does not know %s", name)
		}
	}
	if !strings.Contains(scrapes, "alertmanager:9093") || file.Services["alertmanager"] == nil {
		t.Error("Prometheus tells nobody")
	}
	toldAlike(t, file.Services["mail"] != nil)
	script := read(t, "compose/secrets.sh")
	for name, s := range file.Secrets {
		if s.File != "./secrets/"+name || !strings.Contains(script, "make "+name+" ") {
			t.Errorf("secrets.sh does not make %s", name)
		}
	}
}

// toldAlike compares Alertmanager's settings of the compose file with those for
// everybody: only where it is told differs, and there it is the mail catcher.
func toldAlike(t *testing.T, catcher bool) {
	t.Helper()
	var general, ours map[string]any
	for path, into := range map[string]*map[string]any{"alertmanager/alertmanager.yml": &general, "alertmanager/compose.yml": &ours} {
		if err := yaml.Unmarshal([]byte(read(t, path)), into); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"route", "inhibit_rules"} {
		if !reflect.DeepEqual(general[part], ours[part]) {
			t.Errorf("%s differs", part)
		}
	}
	if global, is := ours["global"].(map[string]any); !is || global["smtp_smarthost"] != "mail:1025" || !catcher {
		t.Error("alerts reach nobody")
	}
	for _, r := range ours["receivers"].([]any) {
		if who := r.(map[string]any); who["email_configs"] == nil {
			t.Errorf("%v is told nothing", who["name"])
		}
	}
	if !strings.Contains(read(t, "compose/compose.yaml"), "--config.file=/etc/alertmanager/compose.yml") {
		t.Error("Alertmanager reads another file")
	}
	if tool, err := exec.LookPath("amtool"); err == nil {
		if out, err := exec.CommandContext(t.Context(), tool, "check-config", "alertmanager/alertmanager.yml", "alertmanager/compose.yml").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// TestSecretsAreMadeOnce runs the script twice in a folder of its own.
func TestSecretsAreMadeOnce(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "secrets.sh"), []byte(read(t, "compose/secrets.sh")), 0o600); err != nil {
		t.Fatal(err)
	}
	var former string
	for range 2 {
		if out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(folder, "secrets.sh")).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		password, err := os.ReadFile(filepath.Join(folder, "secrets", "postgres_password"))
		if err != nil || len(password) != 49 {
			t.Fatalf("%q, %v", password, err)
		}
		address, err := os.ReadFile(filepath.Join(folder, "secrets", "database_url"))
		if err != nil || !strings.Contains(string(address), ":"+strings.TrimSpace(string(password))+"@postgres") || former != "" && former != string(address) {
			t.Fatalf("%q, before %q, %v", address, former, err)
		}
		former = string(address)
	}
	if info, err := os.Stat(filepath.Join(folder, "secrets")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("everybody may look into the folder: %v, %v", info, err)
	}
}
