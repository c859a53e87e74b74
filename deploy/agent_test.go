package deploy_test

import (
	"strings"
	"testing"
)

// TestTheAgentsUnitGivesNothingAway sees that what guards the installation
// guards the agent, which runs on a machine of somebody else.
func TestTheAgentsUnitGivesNothingAway(t *testing.T) {
	unit, model := read(t, "systemd/jard-agent.service"), read(t, "systemd/jard.service")
	for line := range strings.Lines(model) {
		name, _, _ := strings.Cut(line, "=")
		for _, guard := range []string{"Protect", "Private", "Restrict", "NoNew", "Capability", "Ambient", "SystemCall", "Memory", "Lock", "RemoveIPC", "DynamicUser", "UMask"} {
			if strings.HasPrefix(name, guard) && name != "RestartSec" && !strings.Contains(unit, name+"=") {
				t.Errorf("the unit lacks %s", name)
			}
		}
	}
	for _, want := range []string{
		"ExecStart=/usr/local/bin/jard agent --state /var/lib/jard-agent\n", "StateDirectory=jard-agent\n", "StateDirectoryMode=0700",
		"EnvironmentFile=/etc/jard/agent.environment", "CapabilityBoundingSet=\n", "KillSignal=SIGTERM",
	} {
		if !strings.Contains(unit, want) {
			t.Errorf("the unit lacks %q", want)
		}
	}
	if strings.Contains(unit, "ExecStart=/usr/local/bin/jard agent --server") {
		t.Error("the address stands in the unit instead of its environment")
	}
}
