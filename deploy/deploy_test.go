// Package deploy_test reads the files that installations are made from and
// sees that they keep what they promise.
package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTheImageHoldsTheProgramOnly reads the last stage of the Dockerfile.
func TestTheImageHoldsTheProgramOnly(t *testing.T) {
	file := read(t, "../Dockerfile")
	stages := strings.Split(file, "\nFROM ")
	last := stages[len(stages)-1]
	for _, want := range []string{
		"scratch\n", "USER 65532:65532", "HEALTHCHECK", `"check", "--ready"`, "STOPSIGNAL SIGTERM", `ENTRYPOINT ["/jard"]`,
		"ca-certificates.crt", "WORKDIR /var/lib/jard\n", "VOLUME /var/lib/jard\n",
	} {
		if !strings.Contains(last, want) {
			t.Errorf("the last stage lacks %q", want)
		}
	}
	if !strings.Contains(file, "CGO_ENABLED=0 go build -trimpath") {
		t.Error("the program is not built static")
	}
	for _, never := range []string{"ADD ", "apt-get", "curl", ":latest", "--privileged"} {
		if strings.Contains(file, never) {
			t.Errorf("the Dockerfile has %q", never)
		}
	}
	for _, from := range regexp.MustCompile(`(?m)^(?:FROM|ARG \w+_IMAGE=)\s*(\S+)`).FindAllStringSubmatch(file, -1) {
		if from[1] != "scratch" && !strings.HasPrefix(from[1], "${") && !regexp.MustCompile(`:\d+\.\d+\.\d+-|@sha256:`).MatchString(from[1]) {
			t.Errorf("%s names no version", from[1])
		}
	}
}

// TestTheBuilderKnowsOurGo compares the image that builds with go.mod.
func TestTheBuilderKnowsOurGo(t *testing.T) {
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	if version == nil || !strings.Contains(read(t, "../Dockerfile"), "GO_IMAGE=golang:"+version[1]+".") {
		t.Errorf("the Dockerfile does not build with Go %v of go.mod", version)
	}
}

func TestTheYAMLFilesAreSound(t *testing.T) {
	for _, path := range []string{
		"compose/compose.yaml", "compose/single.yaml", "prometheus/prometheus.yml", "prometheus/compose.yml", "prometheus/alerts.yml", "prometheus/recording.yml",
		"alertmanager/alertmanager.yml", "grafana/provisioning/datasources/prometheus.yml", "grafana/provisioning/dashboards/jard.yml",
	} {
		var content map[string]any
		if err := yaml.Unmarshal([]byte(read(t, path)), &content); err != nil || len(content) == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
