package configs

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Mail says through which server mail leaves.
type Mail struct {
	Host       string   `yaml:"host"` // empty: mail stays in the outbox
	Port       int      `yaml:"port"`
	TLS        string   `yaml:"tls"` // starttls, implicit, none
	User       string   `yaml:"user"`
	Password   Secret   `yaml:"password"`
	From       string   `yaml:"from"`
	Timeout    Duration `yaml:"timeout"`
	KeepBodies Duration `yaml:"keep_bodies"`
}

// Notices says when people are reminded.
type Notices struct {
	Plan string `yaml:"plan"` // path of a table of steps; empty: the pilot's
}

func defaultMail() Mail {
	return Mail{Port: 587, TLS: "starttls", Timeout: Duration(30 * time.Second), KeepBodies: Duration(30 * 24 * time.Hour)}
}

func (m Mail) validate() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("mail."+key+": "+format, args...))
	}
	if strings.ContainsAny(m.Host, ":/@ \r\n") {
		wrong("host", "%q is no name of a server; write smtp.example.tn, the port has a key of its own", m.Host)
	}
	if m.Port < 1 || m.Port > 65535 {
		wrong("port", "%d is outside 1 to 65535", m.Port)
	}
	if m.TLS != "starttls" && m.TLS != "implicit" && m.TLS != "none" {
		wrong("tls", "%q is no way to encrypt; use starttls, implicit or none", m.TLS)
	}
	if a, err := mail.ParseAddress(m.From); m.From != "" && (err != nil || a.Address != m.From) {
		wrong("from", "%q is no address; write jard@example.tn", m.From)
	}
	if m.Host != "" && m.From == "" {
		wrong("from", "required when mail.host is set")
	}
	if m.Password != "" && m.User == "" {
		wrong("user", "required when mail.password is set")
	}
	if m.Timeout < Duration(time.Second) || m.Timeout > Duration(10*time.Minute) {
		wrong("timeout", "%s is outside 1s to 10m", m.Timeout)
	}
	if m.KeepBodies < 0 {
		wrong("keep_bodies", "must not be negative")
	}
	return errors.Join(faults...)
}
