package configs

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheExampleIsTheDefault(t *testing.T) {
	got, err := Load("jard.example.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Outgoing.AllowNetworks, want.Watch.ReferenceHosts, want.Proxies = []string{}, []string{}, []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jard.example.yaml says something else than Default (-default +example):\n%s", diff)
	}
}

func TestBadFilesNameEveryFault(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(file, nil)
			if err == nil {
				t.Fatal("accepted")
			}
			if got := err.Error() + "\n"; got != string(want) {
				t.Errorf("said:\n%swant:\n%s", got, want)
			}
		})
	}
}

func TestTheEnvironmentOverridesTheFile(t *testing.T) {
	env := map[string]string{
		"JARD_DATABASE_URL":            "postgres://jard:12345@db/jard",
		"JARD_LISTEN":                  ":9090",
		"JARD_OUTGOING_ALLOW_NETWORKS": "127.0.0.0/8, ::1/128",
		"JARD_LIMITS_STOP_AFTER":       "3s",
		"JARD_DATABASE_MIGRATE":        "false",
		"JARD_WATCH_WORKERS":           "7",
		"JARD_TRUSTED_PROXIES":         "127.0.0.1/32",
		"JARD_CATALOGUE_CONSUMERS":     "[{name: portal, agent: ckan}, {name: europe, network: 2001:db8::/32}]",
	}
	c, err := Load("jard.example.yaml", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Database.URL) != env["JARD_DATABASE_URL"] || c.Listen != ":9090" || c.Database.Migrate ||
		c.Watch.Workers != 7 || time.Duration(c.Limits.StopAfter) != 3*time.Second || len(c.Outgoing.AllowNetworks) != 2 ||
		len(c.Proxies) != 1 || len(c.Catalogue.Consumers) != 2 || c.Catalogue.Consumers[1].Network != "2001:db8::/32" {
		t.Errorf("read %+v", c)
	}
}

func TestABadEnvironmentSaysWhichVariable(t *testing.T) {
	env := map[string]string{"JARD_WATCH_WORKERS": "many", "JARD_LIMITS_STOP_AFTER": "15", "JARD_CATALOGUE_CONSUMERS": "portal"}
	_, err := Load("", func(name string) string { return env[name] })
	want := "catalogue.consumers (JARD_CATALOGUE_CONSUMERS): \"portal\" cannot be read as a list such as [{name: portal, agent: ckan}]\n" +
		"watch.workers (JARD_WATCH_WORKERS): \"many\" cannot be read as a whole number\n" +
		"limits.stop_after (JARD_LIMITS_STOP_AFTER): \"15\" cannot be read as a duration such as 30s"
	if err == nil || err.Error() != want {
		t.Errorf("said:\n%v\nwant:\n%s", err, want)
	}
}

func TestAMissingFileIsAFault(t *testing.T) {
	_, err := Load("testdata/nothing.yaml", nil)
	if want := "read configuration: testdata/nothing.yaml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("Load = %v; want %s", err, want)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c := Default()
	c.Database.URL = "postgres://jard:hunter2@db/jard"
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Database.URL), string(data)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("the password is shown: %s", shown)
		}
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, file := range append(files, "jard.example.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		c := Default()
		if c.decode(data) == nil {
			_ = c.Validate()
		}
	})
}

func TestSecretsOfJourneysComeFromTheEnvironment(t *testing.T) {
	env := map[string]string{
		"JARD_WATCH_SECRETS": "[{name: portal, value: 'env:PORTAL_PASSWORD', hosts: [a.tn], services: [portal]}]", "PORTAL_PASSWORD": "s3cr3t",
	}
	c, err := Load("", func(name string) string { return env[name] })
	if err != nil || len(c.Watch.Secrets) != 1 || string(c.Watch.Secrets[0].Value) != "s3cr3t" {
		t.Errorf("read %+v, %v", c.Watch.Secrets, err)
	}
	if shown := fmt.Sprintf("%+v %#v", c.Watch, c.Watch); strings.Contains(shown, "s3cr3t") {
		t.Errorf("the secret is shown: %s", shown)
	}
	delete(env, "PORTAL_PASSWORD")
	_, err = Load("", func(name string) string { return env[name] })
	if want := "watch.secrets[0].value: PORTAL_PASSWORD is not set in the environment"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("said %v; want %s", err, want)
	}
}
