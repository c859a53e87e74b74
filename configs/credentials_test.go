package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written puts files into a folder of the test.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestSecretsStandInFiles(t *testing.T) {
	folder := written(t, map[string]string{
		"url":                     "postgres://jard:from-file@db/jard\n",
		"JARD_MAIL_PASSWORD":      "from-folder\r\n",
		"jard_JARD_METRICS_TOKEN": "a-token-of-the-folder", // as systemd names it
		"jard_NOC_SECRET":         "noc",
		"JARD_LISTEN":             "192.0.2.1:1", // the environment goes first
		"README":                  "is none of ours",
	})
	env := map[string]string{
		"JARD_DATABASE_URL_FILE": filepath.Join(folder, "url"), "CREDENTIALS_DIRECTORY": folder, "JARD_LISTEN": ":9090",
		"JARD_MAIL_USER": "jard", "JARD_MAIL_HOST": "mail.example.tn", "JARD_MAIL_FROM": "jard@example.tn",
		"JARD_ALERTS_CHANNELS": "[{name: noc, type: webhook, url: 'https://noc.example.tn/', secret: 'env:NOC_SECRET'}]",
	}
	c, err := Load("", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"database.url":  {string(c.Database.URL), "postgres://jard:from-file@db/jard"},
		"mail.password": {string(c.Mail.Password), "from-folder"},
		"metrics.token": {string(c.Metrics.Token), "a-token-of-the-folder"},
		"listen":        {c.Listen, ":9090"},
		"alerts":        {string(c.Alerts.Channels[0].Secret), "noc"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestFaultyFilesOfSecrets(t *testing.T) {
	folder := written(t, map[string]string{
		"empty": "\n", "two": "a\nb\n", "long": strings.Repeat("x", mostInAFile+1), "JARD_DATABSE_URL": "misspelt", "JARD_TOKEN": "of the agent",
	})
	for _, test := range []struct{ name, path, want string }{
		{"JARD_DATABASE_URL", "absent", "JARD_DATABASE_URL_FILE: FOLDER/absent: no such file or directory"},
		{"JARD_DATABASE_URL", "empty", "JARD_DATABASE_URL_FILE: FOLDER/empty: empty; write the value into it, or leave the file out"},
		{"JARD_MAIL_PASSWORD", "two", "JARD_MAIL_PASSWORD_FILE: FOLDER/two: more than one line"},
		{"JARD_MAIL_PASSWORD", "long", "JARD_MAIL_PASSWORD_FILE: FOLDER/long: longer than 65536 bytes"},
	} {
		env := map[string]string{test.name + "_FILE": filepath.Join(folder, test.path)}
		_, err := Load("", func(name string) string { return env[name] })
		if err == nil || strings.ReplaceAll(err.Error(), folder, "FOLDER") != test.want {
			t.Errorf("%s: said %v, want %s", test.path, err, test.want)
		}
	}
	for want, env := range map[string]map[string]string{
		"JARD_LISTEN: JARD_LISTEN_FILE is set as well; leave one of them out": {"JARD_LISTEN": ":1", "JARD_LISTEN_FILE": "x"},
		"FOLDER/JARD_DATABSE_URL: no setting has this name":                   {"CREDENTIALS_DIRECTORY": folder},
		"CREDENTIALS_DIRECTORY: FOLDER/gone: no such file or directory":       {"CREDENTIALS_DIRECTORY": folder + "/gone"},
	} {
		_, err := Load("", func(name string) string { return env[name] })
		if err == nil || strings.ReplaceAll(err.Error(), folder, "FOLDER") != want {
			t.Errorf("said %v, want %s", err, want)
		}
	}
}
