package demo

import "github.com/jard-odi/jard/lang"

// Office is a place of a simulated service where people come.
type Office struct {
	Code   string
	Name   lang.Text
	Share  int    // of the answers at offices, of a hundred
	Lean   int    // how much happier people are there, in tenths of a point
	Screen string // name of the screen at its counter; empty: posters only
}

// Offices are the places of a simulated service; one is too small to be told alone.
func (s Service) Offices() []Office {
	switch s.Slug {
	case "demo-etat-civil":
		return []Office{
			{"tunis-bab-souika", lang.Text{"fr": "Tunis, Bab Souika", "ar": "تونس، باب سويقة"}, 45, -6, "Hall"},
			{"sfax-medina", lang.Text{"fr": "Sfax, Médina", "ar": "صفاقس، المدينة العتيقة"}, 32, 4, "Guichet 2"},
			{"sousse-riadh", lang.Text{"fr": "Sousse, Riadh", "ar": "سوسة، الرياض"}, 18, 1, ""},
			{"tozeur", lang.Text{"fr": "Tozeur", "ar": "توزر"}, 5, 5, ""},
		}
	case "demo-visite-technique":
		return []Office{
			{"ben-arous", lang.Text{"fr": "Ben Arous", "ar": "بن عروس"}, 60, 0, ""}, {"ariana", lang.Text{"fr": "Ariana", "ar": "أريانة"}, 40, 2, ""},
		}
	}
	return nil
}

// officeOf is the office that a draw from 0 to 99 falls on, and how people lean there.
func (s Service) officeOf(draw int) (code string, lean int) {
	for _, o := range s.Offices() {
		if draw < o.Share {
			return o.Code, o.Lean
		}
		draw -= o.Share
	}
	return "", 0
}
