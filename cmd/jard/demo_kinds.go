package main

import (
	"net/url"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
)

// atCounter sets the secret that the demo's journey logs in with, for the
// simulated counter and nobody else.
func atCounter(c *configs.Config, places demo.Places) {
	c.Watch.Registries = places.Registry
	at, err := url.Parse(places.Counter)
	if err != nil {
		return // it was made a moment ago; without it the journey says that a secret is missing
	}
	c.Watch.Secrets = append(c.Watch.Secrets, configs.WatchSecret{
		Name: demo.CounterSecret, Value: demo.CounterPassword, Hosts: []string{at.Hostname()},
		Services: []string{demo.CounterService},
	})
}
