package demo

import "time"

// AlertBox is a channel of the demo: mail to an address, which stays in the
// demo's own outbox.
type AlertBox struct{ Name, Address, Language string }

// AlertBoxes are the channels besides mail to people.
func AlertBoxes() []AlertBox {
	return []AlertBox{
		{"permanence", "permanence@demo.example", "fr"},
		{"astreinte-nuit", "astreinte@demo.example", "ar"},
	}
}

// AlertedFor is how far back the demo's people have been told of trouble.
const AlertedFor = 7 * 24 * time.Hour
