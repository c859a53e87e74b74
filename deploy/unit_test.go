package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTheUnitGivesNothingAway(t *testing.T) {
	unit := read(t, "systemd/jard.service")
	for _, want := range []string{
		"User=jard\n", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "PrivateUsers=yes",
		"SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM", "MemoryDenyWriteExecute=yes", "NoExecPaths=/\n",
		"ExecStartPre=/usr/local/bin/jard check", "LoadCredential=jard:/etc/jard/credentials\n",
		"StateDirectory=jard", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "LimitCORE=0\n",
	} {
		if !strings.Contains(unit, want) {
			t.Errorf("the unit lacks %q", want)
		}
	}
	for file, want := range map[string]string{
		"systemd/jard.sysusers": "u jard - ", "systemd/jard.tmpfiles": "d /etc/jard/credentials 0700 root root",
	} {
		if !strings.Contains(read(t, file), want) {
			t.Errorf("%s lacks %q", file, want)
		}
	}
}

// TestWhatSystemdThinksOfTheUnits asks systemd itself how much they expose
// (0 is nothing, 10 everything), and whether it understands every line.
func TestWhatSystemdThinksOfTheUnits(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not on this machine, so the units are NOT judged: apt-get install systemd")
	}
	folder := t.TempDir()
	for unit, text := range map[string]string{"jard.service": read(t, "systemd/jard.service"), "jard-agent.service": read(t, "systemd/jard-agent.service"), "jard@8081.service": instances(t)} {
		if err := os.WriteFile(filepath.Join(folder, unit), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exposure := regexp.MustCompile(`Overall exposure level for \S+: (\d+\.\d)`)
	for _, unit := range []string{"jard.service", "jard-agent.service", "jard@8081.service"} {
		out, err := exec.CommandContext(t.Context(), tool, "security", "--no-pager", "--offline=yes", filepath.Join(folder, unit)).CombinedOutput()
		found := exposure.FindSubmatch(out)
		if err != nil || found == nil {
			t.Fatalf("%s: %v\n%s", unit, err, out)
		}
		if score, err := strconv.ParseFloat(string(found[1]), 64); err != nil || score > 1.5 {
			t.Errorf("%s: exposed by %s of 10, want at most 1.5:\n%s", unit, found[1], out)
		}
		t.Logf("%s: exposed by %s of 10", unit, found[1])
		out, _ = exec.CommandContext(t.Context(), tool, "verify", "--man=no", filepath.Join(folder, unit)).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, unit) && !strings.Contains(line, "/usr/local/bin/jard is not executable") {
				t.Error(line)
			}
		}
	}
}

// instances is the unit of more processes, as install.sh makes it.
func instances(t *testing.T) string {
	t.Helper()
	function := regexp.MustCompile(`(?ms)^instances\(\) \{.*?^\}$`).FindString(read(t, "install.sh"))
	out, err := exec.CommandContext(t.Context(), "sh", "-c", function+"\ninstances systemd/jard.service").CombinedOutput()
	if err != nil || function == "" {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestTheUnitOfMoreProcesses: each has a port and a folder, and all else as the first.
func TestTheUnitOfMoreProcesses(t *testing.T) {
	first, more := strings.Split(read(t, "systemd/jard.service"), "\n"), strings.Split(instances(t), "\n")
	var differ []string
	for _, line := range more {
		if !slices.Contains(first, line) {
			differ = append(differ, line)
		}
	}
	want := []string{
		"Description=Jard, register of public data and watch over public services, port %i", "Environment=JARD_LISTEN=127.0.0.1:%i",
		"StateDirectory=jard-%i", "WorkingDirectory=/var/lib/jard-%i",
	}
	if !slices.Equal(differ, want) || len(more) != len(first)+1 {
		t.Errorf("differs in %q", differ)
	}
}

// TestCommandsRunAsTheService runs jardctl in a root of its own, on a program
// that tells how it was run.
func TestCommandsRunAsTheService(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "sh", "-n", "systemd/jardctl").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if os.Geteuid() != 0 {
		out, err := exec.CommandContext(t.Context(), "systemd/jardctl", "version").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "run it as root") {
			t.Errorf("said %s, %v", out, err)
		}
		t.Skip("not root, so jardctl is NOT run as somebody else")
	}
	root, err := os.MkdirTemp("", "jardctl") // not t.TempDir, whose parents nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	put := func(path string, mode os.FileMode, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the mask was
			t.Fatal(err)
		}
	}
	put("usr/local/bin/jard", 0o755, `#!/bin/sh
printf '%s\n' "args: $*" "user: $(id -un)" "folder: $PWD" "mask: $(umask)" "secret: $(cat "$CREDENTIALS_DIRECTORY/JARD_DATABASE_URL")" \
	"listen: $JARD_LISTEN" "config: $JARD_CONFIG" "of ours: $OURS" "credentials: $CREDENTIALS_DIRECTORY"
exit 3
`)
	put("etc/jard/credentials/JARD_DATABASE_URL", 0o600, "postgres://x")
	put("etc/jard/environment", 0o600, "# a remark\n\nJARD_LISTEN=\"127.0.0.1:1 2\"\n")
	put("var/lib/jard/kept", 0o600, "")
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "systemd/jardctl", "user", "add", "--name", "Amel Ben Salah")
	cmd.Env = append(os.Environ(), "JARD_ROOT="+root, "JARD_USER=nobody", "OURS=handed on")
	if group, err := exec.CommandContext(t.Context(), "getent", "group", "nobody").Output(); err != nil || len(group) == 0 {
		cmd.Env = append(cmd.Env, "JARD_GROUP=nogroup")
	}
	text, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 3 {
		t.Fatalf("ended with %d, want the program's 3: %v\n%s", code, err, text)
	}
	for _, want := range []string{
		"args: user add --name Amel Ben Salah\n", "user: nobody\n", "folder: " + root + "/var/lib/jard\n", "mask: 0077\n", "secret: postgres://x\n",
		"listen: 127.0.0.1:1 2\n", "config: " + root + "/etc/jard/jard.yaml\n", "of ours: \n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if _, folder, _ := strings.Cut(strings.TrimSpace(string(text)), "credentials: "); folder == "" {
		t.Error("no folder of secrets")
	} else if _, err := os.Stat(folder); err == nil {
		t.Errorf("%s was left behind", folder)
	}
}
