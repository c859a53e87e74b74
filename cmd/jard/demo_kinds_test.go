package main

import (
	"slices"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/monitor/journey"
)

// A secret that a journey of the demo names is set, for its service and in a
// way that the configuration takes: or the demo greets people with a grey row.
func TestTheDemoKnowsTheSecretsOfItsJourneys(t *testing.T) {
	at := demo.Places{Counter: "http://127.0.0.1:8099/"}
	c := configs.Default()
	atCounter(&c, at)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, s := range demo.Services() {
		for _, check := range s.More(at) {
			if check.Settings.Journey == nil {
				continue
			}
			plan, err := journey.Read("journey", check.Settings.Journey.Source)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range plan.Secrets() {
				named++
				if !slices.ContainsFunc(c.Watch.Secrets, func(w configs.WatchSecret) bool {
					return w.Name == name && slices.Contains(w.Services, s.Slug)
				}) {
					t.Errorf("the journey of %s has no secret %s", s.Slug, name)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no journey of the demo names a secret")
	}
}
