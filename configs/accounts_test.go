package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A key comes from the environment or a file, from one of them, and is never shown.
func TestTheKeyThatSeals(t *testing.T) {
	key := strings.Repeat("k", leastKey)
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"JARD_SIGN_IN_KEY_FILE": file, "JARD_SIGN_IN_TOTP_REQUIRED": "admin, mcd", "JARD_SIGN_IN_TOTP_GRACE": "0s"}
	c, err := Load("", func(name string) string { return env[name] })
	if err != nil || string(c.SignIn.Key) != key || len(c.SignIn.TOTPRequired) != 2 || c.SignIn.TOTPGrace != 0 || len(c.Warnings()) != 0 {
		t.Fatalf("read %+v, %v", c.SignIn, err)
	}
	if shown := fmt.Sprintf("%v %+v", c, c.SignIn); strings.Contains(shown, key) {
		t.Errorf("the key is shown: %s", shown)
	}
	for name, wrong := range map[string]string{
		"JARD_SIGN_IN_KEY":           "sign_in.key_file: key is set too; keep one of them",
		"JARD_SIGN_IN_TOTP_REQUIRED": `sign_in.totp_required[0]: "x" is no role of people`,
		"JARD_SIGN_IN_FORMER_KEYS":   "sign_in.former_keys[0]: a key has at least 32 letters",
		"JARD_SIGN_IN_KEY_FILE":      "sign_in.key_file: x: no such file or directory",
	} {
		_, err := Load("", func(asked string) string {
			if asked == name {
				return "x"
			}
			return env[asked]
		})
		if err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s said %v; want %s", name, err, wrong)
		}
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("", func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("an empty file said %v", err)
	}
}
