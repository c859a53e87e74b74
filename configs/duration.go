package configs

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// Duration is a time.Duration written as 30s, 5m or 24h.
type Duration time.Duration

// UnmarshalYAML reads 30s; a bare number is refused, since it would hide its unit.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no duration; write 30s, 5m or 24h", node.Line, node.Value)
	}
	*d = Duration(parsed)
	return nil
}

// String writes it as it is read.
func (d Duration) String() string { return time.Duration(d).String() }
