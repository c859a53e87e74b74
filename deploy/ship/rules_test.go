package main

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	compose "github.com/compose-spec/compose-go/v2/types"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	disruption "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// secret are words in names of variables whose values nobody but the program
// may see.
var secret = regexp.MustCompile(`(?i)password|secret|token|database_url|key$`)

// project reads a compose file as compose does: by the schema of the
// specification, variables filled in.
func project(t *testing.T, file string) *compose.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(repo, "deploy/compose", file)},
		cli.WithEnv([]string{"JARD_VERSION=v1.2.3", "JARD_HOST=jard.example.tn", "JARD_ADMIN=amel@example.tn"}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}

// TestTheComposeFilesKeepOurRules: the schema, and what it cannot know.
func TestTheComposeFilesKeepOurRules(t *testing.T) {
	for file, services := range map[string][]string{
		"single.yaml":  {"caddy", "jard"},
		"compose.yaml": {"alertmanager", "caddy", "grafana", "jard-1", "jard-2", "mail", "postgres", "prometheus"},
	} {
		p := project(t, file)
		if names := p.ServiceNames(); !slices.Equal(names, services) {
			t.Errorf("%s has %v", file, names)
		}
		for name, s := range p.Services {
			hardened(t, file+": "+name, s)
			for _, v := range s.Volumes {
				if _, err := os.Stat(v.Source); v.Type == "bind" && err != nil {
					t.Errorf("%s: %s: %v", file, name, err)
				}
			}
			for _, port := range s.Ports {
				if name != "caddy" && port.HostIP != "127.0.0.1" {
					t.Errorf("%s: %s: port %s is open to everybody", file, name, port.Published)
				}
			}
		}
		// The database and its door: nothing from outside reaches either.
		for _, inner := range []string{"front", "store", "watch", "post"} {
			if n, there := p.Networks[inner]; there && !n.Internal {
				t.Errorf("%s: %s is no network of the inside", file, inner)
			}
		}
		if s, there := p.Services["postgres"]; there && (len(s.Networks) != 1 || len(s.Ports) > 0) {
			t.Errorf("%s: PostgreSQL can be reached: %v", file, s.Networks)
		}
		proxied(t, file, p)
		for name, s := range p.Services {
			if folder := s.Environment["JARD_BACKUP_FOLDER"]; strings.HasPrefix(name, "jard") &&
				!slices.ContainsFunc(s.Volumes, func(v compose.ServiceVolumeConfig) bool {
					return folder != nil && v.Target == *folder && v.Source == "backups"
				}) {
				t.Errorf("%s: backups of %s are lost with it", file, name)
			}
		}
	}
}

// hardened are the rules for each container.
func hardened(t *testing.T, name string, s compose.ServiceConfig) {
	t.Helper()
	image, tag, _ := strings.Cut(s.Image, ":")
	for what, wrong := range map[string]bool{
		"names no version":                 tag == "" || tag == "latest" || image == "",
		"is privileged":                    s.Privileged || s.NetworkMode == "host" || s.Pid == "host" || len(s.Devices) > 0,
		"may write its own files":          !s.ReadOnly,
		"keeps capabilities":               !slices.Equal(s.CapDrop, []string{"ALL"}),
		"may get more rights":              !slices.Contains(s.SecurityOpt, "no-new-privileges:true"),
		"has no bound of memory":           s.MemLimit == 0,
		"has no bound of processors":       s.CPUS == 0,
		"has no bound of processes":        s.PidsLimit == 0,
		"is not asked how it is":           s.HealthCheck == nil || s.HealthCheck.Disable,
		"fills the disk with its log":      s.Logging == nil || s.Logging.Options["max-size"] == "",
		"does not come back":               s.Restart != "unless-stopped",
		"takes the socket of the engine":   slices.ContainsFunc(s.Volumes, func(v compose.ServiceVolumeConfig) bool { return strings.Contains(v.Source, "docker.sock") }),
		"is in every network by default":   len(s.Networks) == 0 || s.Networks["default"] != nil,
		"builds where it should only load": s.Build != nil,
	} {
		if wrong {
			t.Errorf("%s %s", name, what)
		}
	}
	for key, value := range s.Environment {
		if value != nil && *value != "" && secret.MatchString(strings.TrimSuffix(strings.TrimSuffix(key, "__FILE"), "_FILE")) && !strings.HasSuffix(key, "_FILE") {
			t.Errorf("%s: the secret %s stands in the environment instead of a file", name, key)
		}
		if strings.HasSuffix(key, "_FILE") {
			file := strings.TrimPrefix(*value, "/run/secrets/")
			if !slices.ContainsFunc(s.Secrets, func(c compose.ServiceSecretConfig) bool { return c.Source == file }) {
				t.Errorf("%s: %s names %s, which it does not get", name, key, *value)
			}
		}
	}
}

// proxied sees that Jard believes the network Caddy comes from, and no other.
func proxied(t *testing.T, file string, p *compose.Project) {
	t.Helper()
	front := p.Networks["front"].Ipam.Config[0].Subnet
	for name, s := range p.Services {
		if !strings.HasPrefix(name, "jard") {
			continue
		}
		if believed := s.Environment["JARD_TRUSTED_PROXIES"]; believed == nil || *believed != front {
			t.Errorf("%s: %s believes %v, and Caddy comes from %s", file, name, believed, front)
		}
		if !strings.Contains(*p.Services["caddy"].Environment["JARD_UPSTREAMS"], name+":8080") {
			t.Errorf("%s: Caddy does not know %s", file, name)
		}
	}
}

// render builds an overlay as kubectl apply -k does.
func render(t *testing.T, overlay string) map[string][]byte {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(repo, "deploy/kubernetes", overlay))
	if err != nil {
		t.Fatalf("%s: %v", overlay, err)
	}
	objects := map[string][]byte{}
	for _, r := range built.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		objects[r.GetKind()+"/"+r.GetName()] = text
	}
	return objects
}

// TestKubernetesWouldTakeTheManifests decodes every object strictly into the
// types of Kubernetes, and judges the pods by its own rules.
func TestKubernetesWouldTakeTheManifests(t *testing.T) {
	judge, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for overlay, want := range map[string]int{"small": 7, "production": 12} {
		objects := render(t, overlay)
		if len(objects) != want {
			t.Errorf("%s makes %d objects, want %d", overlay, len(objects), want)
		}
		var pod *core.PodTemplateSpec
		for name, text := range objects {
			kind, _, _ := strings.Cut(name, "/")
			into := map[string]any{
				"Namespace": &core.Namespace{}, "ServiceAccount": &core.ServiceAccount{}, "Service": &core.Service{}, "ConfigMap": &core.ConfigMap{},
				"NetworkPolicy": &networking.NetworkPolicy{}, "Ingress": &networking.Ingress{}, "PodDisruptionBudget": &disruption.PodDisruptionBudget{},
				"StatefulSet": &apps.StatefulSet{}, "Deployment": &apps.Deployment{}, "CronJob": &batch.CronJob{}, "PersistentVolumeClaim": &core.PersistentVolumeClaim{},
			}[kind]
			if into == nil {
				t.Errorf("%s: %s is of a kind nobody looked at", overlay, name)
				continue
			}
			if err := yaml.UnmarshalStrict(text, into); err != nil {
				t.Errorf("%s: %s: %v", overlay, name, err)
			}
			switch o := into.(type) {
			case *apps.StatefulSet:
				pod = &o.Spec.Template
				selects(t, overlay, o.Spec.Selector, pod)
			case *apps.Deployment:
				pod = &o.Spec.Template
				selects(t, overlay, o.Spec.Selector, pod)
			case *batch.CronJob:
				once := &o.Spec.JobTemplate.Spec.Template
				restricted(t, overlay+" backup", judge, once)
				modest(t, overlay+" backup", once.Spec)
				if once.Labels["app.kubernetes.io/name"] == "jard" || o.Spec.ConcurrencyPolicy != batch.ForbidConcurrent || o.Spec.JobTemplate.Spec.ActiveDeadlineSeconds == nil {
					t.Errorf("%s: a backup is taken for a process, made twice, or never ends", overlay)
				}
			case *disruption.PodDisruptionBudget:
				if o.Spec.MinAvailable.IntValue() != 2 {
					t.Errorf("%s: %v stay", overlay, o.Spec.MinAvailable)
				}
			case *core.ConfigMap:
				for key := range o.Data {
					if secret.MatchString(key) {
						t.Errorf("%s: the secret %s stands in the settings", overlay, key)
					}
				}
			}
		}
		if pod == nil {
			t.Fatalf("%s runs nothing", overlay)
		}
		restricted(t, overlay, judge, pod)
		modest(t, overlay, pod.Spec)
		probed(t, overlay, pod.Spec)
	}
}

// restricted judges a pod by the strictest rules Kubernetes has.
func restricted(t *testing.T, name string, judge policy.Evaluator, pod *core.PodTemplateSpec) {
	t.Helper()
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, r := range judge.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
		if !r.Allowed {
			t.Errorf("%s: not restricted: %s: %s", name, r.ForbiddenReason, r.ForbiddenDetail)
		}
	}
}

func selects(t *testing.T, overlay string, s *meta.LabelSelector, pod *core.PodTemplateSpec) {
	t.Helper()
	for key, value := range s.MatchLabels {
		if pod.Labels[key] != value {
			t.Errorf("%s: its own pods are not selected: %s", overlay, key)
		}
	}
}

// modest are the rules for every pod that Kubernetes does not have.
func modest(t *testing.T, overlay string, spec core.PodSpec) {
	t.Helper()
	c := spec.Containers[0]
	for what, wrong := range map[string]bool{
		"the token of the cluster is handed in":   spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken,
		"other services become variables of ours": spec.EnableServiceLinks == nil || *spec.EnableServiceLinks,
		"the image has no version":                !strings.HasSuffix(c.Image, ":v1.0.0"),
		"it may write its own files":              c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem,
		"memory has no bound":                     c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero(),
		"it is killed while requests end":         *spec.TerminationGracePeriodSeconds < 20,
	} {
		if wrong {
			t.Errorf("%s: %s", overlay, what)
		}
	}
	for _, e := range c.Env {
		if secret.MatchString(e.Name) && e.Value != "" {
			t.Errorf("%s: %s stands in the manifest", overlay, e.Name)
		}
	}
}

// probed sees that a process is asked how it is, and the right thing.
func probed(t *testing.T, overlay string, spec core.PodSpec) {
	t.Helper()
	c := spec.Containers[0]
	if c.LivenessProbe == nil || c.ReadinessProbe == nil || c.StartupProbe == nil {
		t.Fatalf("%s: a probe is missing", overlay)
	}
	if c.LivenessProbe.HTTPGet.Path != "/healthz" {
		t.Errorf("%s: alive asks the database", overlay)
	}
	if c.ReadinessProbe.HTTPGet.Path != "/readyz" {
		t.Errorf("%s: ready does not ask the database", overlay)
	}
}

// TestRulesAndDashboardsForTheOperators reads what rules.sh prints as the
// cluster would: every group of rules and every dashboard is in it, unchanged.
func TestRulesAndDashboardsForTheOperators(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), filepath.Join(repo, "deploy/kubernetes/prometheus/rules.sh"), "elsewhere").Output()
	if err != nil {
		t.Fatal(err)
	}
	groups, boards := []any{}, 0
	for text := range strings.SplitSeq(strings.TrimPrefix(string(out), "---\n"), "\n---\n") {
		var o struct {
			Kind     string
			Metadata struct{ Namespace string }
			Spec     struct{ Groups []any }
			Data     map[string]string
		}
		if err := yaml.Unmarshal([]byte(text), &o); err != nil || o.Metadata.Namespace != "elsewhere" {
			t.Fatalf("%v: %.200s", err, text)
		}
		groups = append(groups, o.Spec.Groups...)
		for name, board := range o.Data {
			file := strings.TrimPrefix(name, "jard-")
			if want, err := os.ReadFile(filepath.Join(repo, "deploy/grafana/dashboards", file)); err != nil || strings.TrimSpace(board) != strings.TrimSpace(string(want)) {
				t.Errorf("%s is another, %v", name, err)
			}
			boards++
		}
	}
	var want []any
	for _, file := range []string{"recording.yml", "alerts.yml"} {
		var rules struct{ Groups []any }
		text, err := os.ReadFile(filepath.Join(repo, "deploy/prometheus", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &rules); err != nil {
			t.Fatal(err)
		}
		want = append(want, rules.Groups...)
	}
	if !reflect.DeepEqual(groups, want) || boards != 2 {
		t.Errorf("%d groups and %d dashboards, or others than are there", len(groups), boards)
	}
}

// TestEveryManifestIsUsed renders the optional part too, whose kind is not
// Kubernetes' own, and finds files that no overlay has.
func TestEveryManifestIsUsed(t *testing.T) {
	if text := render(t, "prometheus")["ServiceMonitor/jard"]; !strings.Contains(string(text), "path: /metrics") {
		t.Errorf("nothing is scraped: %s", text)
	}
	err := filepath.WalkDir(filepath.Join(repo, "deploy/kubernetes"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "kustomization.yaml" || strings.HasSuffix(path, ".sh") {
			return err
		}
		list, err := os.Open(filepath.Join(filepath.Dir(path), "kustomization.yaml"))
		if err != nil {
			return err
		}
		defer list.Close()
		text, err := io.ReadAll(list)
		if !strings.Contains(string(text), d.Name()) {
			t.Errorf("%s is in no kustomization", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
