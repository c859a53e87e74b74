package snippets

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs/criteria"
)

// names are those that there are for a server.
func names(t *testing.T, server string) []string {
	t.Helper()
	found, err := fs.Glob(Files, server+"/*.conf")
	if err != nil {
		t.Fatal(err)
	}
	for n, path := range found {
		found[n] = strings.TrimSuffix(filepath.Base(path), ".conf")
	}
	return found
}

func TestEveryServerHasEverySnippet(t *testing.T) {
	want := []string{"caching", "compression", "headers", "hsts", "https-redirect", "security-txt", "tls"}
	for _, server := range Servers() {
		if got := names(t, server); !slices.Equal(got, want) {
			t.Errorf("%s has %v; want %v", server, got, want)
		}
	}
	if _, ok := Of("nginx", "../snippets"); ok {
		t.Error("a name leads out of the folder")
	}
}

func TestEverySnippetOfACriterionExists(t *testing.T) {
	files, err := fs.Glob(criteria.Files, "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(criteria.Files, file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			name, found := strings.CutPrefix(strings.TrimSpace(line), "snippet: ")
			if _, ok := Of("nginx", name); found && !ok {
				t.Errorf("%s names the snippet %q, which does not exist", file, name)
			}
		}
	}
}

// TestNginxTakesThem has nginx check the syntax of all of them together.
func TestNginxTakesThem(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Log("nginx is not on this machine: its settings were not checked")
		return
	}
	dir := t.TempDir()
	var whole, server strings.Builder
	for _, name := range names(t, "nginx") {
		text, _ := Of("nginx", name)
		switch name {
		case "compression", "tls", "https-redirect":
			whole.WriteString(strings.ReplaceAll(strings.ReplaceAll(text, "listen 80;", "listen unix:"+dir+"/r;"), "listen [::]:80;", ""))
		default:
			server.WriteString(text)
		}
	}
	conf := "daemon off; pid " + dir + "/pid; error_log stderr; events {} http { access_log off;\n" +
		"client_body_temp_path " + dir + "/b; proxy_temp_path " + dir + "/p; fastcgi_temp_path " + dir + "/f; uwsgi_temp_path " + dir + "/u; scgi_temp_path " + dir + "/s;\n" +
		whole.String() + "server { listen unix:" + dir + "/a; server_name a.tn;\n" + server.String() + "}\n}\n"
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), nginx, "-t", "-p", dir, "-e", "stderr", "-c", path).CombinedOutput(); err != nil {
		t.Errorf("nginx -t: %v\n%s", err, out)
	}
}

func TestSettingsOfIISAreWellFormed(t *testing.T) {
	for _, name := range names(t, "iis") {
		text, _ := Of("iis", name)
		if strings.HasPrefix(text, "Windows Registry") {
			continue
		}
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

// TestSectionsOfApacheAreClosed is the least that can be seen without Apache.
func TestSectionsOfApacheAreClosed(t *testing.T) {
	for _, name := range names(t, "apache") {
		text, _ := Of("apache", name)
		var open []string
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if end, closes := strings.CutPrefix(line, "</"); closes {
				if len(open) == 0 || open[len(open)-1] != strings.TrimSuffix(end, ">") {
					t.Errorf("%s: %s closes what is not open", name, line)
					break
				}
				open = open[:len(open)-1]
			} else if begin, opens := strings.CutPrefix(line, "<"); opens {
				open = append(open, strings.FieldsFunc(begin, func(c rune) bool { return c == ' ' || c == '>' })[0])
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %v is not closed", name, open)
		}
	}
	apache, err := exec.LookPath("apache2")
	if err != nil {
		t.Log("Apache is not on this machine: only its sections were checked")
		return
	}
	dir := t.TempDir()
	conf := "ServerRoot " + dir + "\nPidFile " + dir + "/pid\nServerName a.tn\nListen 127.0.0.1:18197\nErrorLog /dev/stderr\n"
	for _, module := range []string{"mpm_event", "authz_core", "headers", "alias", "ssl", "mime", "filter", "deflate"} {
		conf += "LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n"
	}
	for _, name := range names(t, "apache") {
		text, _ := Of("apache", name)
		conf += strings.ReplaceAll(text, "*:80", "127.0.0.1:18197")
	}
	path := filepath.Join(dir, "httpd.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), apache, "-t", "-f", path).CombinedOutput(); err != nil {
		t.Errorf("apache2 -t: %v\n%s", err, out)
	}
}
