package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// seenBy asks for a page or the metrics with a token.
func (r *running) seenBy(t *testing.T, path, token string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept-Language", "en")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return string(body)
}

func TestATimedBackupIsToldOf(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "backups")
	secret := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(secret, []byte("trois vaches à Béja\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var c configs.Config
	r := start(t, databasetest.URL(t, database.SQLite), func(settings *configs.Config) {
		settings.Watch.Enabled = false
		settings.Backup.Folder, settings.Backup.PassphraseFile = folder, secret
		c = *settings
	})
	admin := r.token(t, identity.Admin, "")
	if said := r.seenBy(t, "/desk/processes", admin); !strings.Contains(said, "No backup has succeeded yet.") {
		t.Error("the page does not say that there is no backup")
	}
	settings := []string{"JARD_DATABASE_URL", string(c.Database.URL), "JARD_BACKUP_FOLDER", folder, "JARD_BACKUP_PASSPHRASE_FILE", secret}
	if code, out, said := jard(t.Context(), "", settings, "backup"); code != 0 || !strings.HasPrefix(out, filepath.Join(folder, "jard-")) {
		t.Fatalf("by a clock outside: %d, %s%s", code, out, said)
	}
	if code, _, said := jard(t.Context(), "", settings[:2], "backup"); code != 2 || !strings.Contains(said, "backup.folder") {
		t.Errorf("without a folder: %d, %s", code, said)
	}
	made, err := filepath.Glob(filepath.Join(folder, "jard-*.jardbackup"))
	if err != nil || len(made) != 1 {
		t.Fatalf("%q, %v", made, err)
	}
	said := r.seenBy(t, "/desk/processes", admin)
	if !strings.Contains(said, "Last good backup") || !strings.Contains(said, filepath.Base(made[0])) {
		t.Error("the page does not tell of the backup")
	}
	numbers := r.seenBy(t, "/metrics", admin)
	if !strings.Contains(numbers, "\njard_backup_last_success_timestamp_seconds 1") || !strings.Contains(numbers, "\njard_backup_last_bytes ") {
		t.Error("the metrics do not tell of the backup")
	}
	if code, out, said := jard(t.Context(), "", []string{"JARD_BACKUP_PASSPHRASE_FILE", secret}, "backup", "--verify", made[0]); code != 0 || !strings.Contains(out, "is sound") {
		t.Errorf("%d, %s%s", code, out, said)
	}
}

func TestSettingsOfBackupsAreChecked(t *testing.T) {
	for _, c := range []struct {
		settings []string
		says     string
	}{
		{[]string{"JARD_BACKUP_FOLDER", "x", "JARD_BACKUP_SCHEDULE", "at night"}, `backup.schedule: "at night" is no cron line; write 30 2 * * *`},
		{[]string{"JARD_BACKUP_KEEP_DAILY", "-1"}, "backup.keep.daily: -1 is outside 0 to 1000"},
		{[]string{"JARD_BACKUP_PASSPHRASE_FILE", "/nowhere/passphrase"}, "backup.passphrase_file: open /nowhere/passphrase: no such file or directory"},
	} {
		code, _, said := jard(t.Context(), "", c.settings, "check")
		if code != 1 || !strings.Contains(said, c.says) {
			t.Errorf("%q: %d, %s", c.settings, code, said)
		}
	}
}
