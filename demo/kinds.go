package demo

import (
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Places are where simulated things answer that are no pages: a counter with a
// login, a name server, a mail server.
type Places struct{ Counter, NameServer, Mail string }

// Zone is the domain that the simulated name server keeps, and ZoneAddress
// what it answers.
const (
	Zone        = "horaires.trains.example"
	ZoneAddress = "192.0.2.44"
)

// CounterSecret is what the operator of the demo has set for its journey.
const CounterSecret = "guichet_demo"

// CounterUser and CounterPassword open the simulated counter.
const (
	CounterUser     = "sonde"
	CounterPassword = "simulation-7431"
)

// counterJourney logs in at the counter and asks for a record.
const counterJourney = `# Une visite complète du guichet simulé.
steps:
  - name: page de connexion
    get: /connexion
    expect: {css: "form#connexion input[name=jeton]"}
  - name: connexion
    form: "form#connexion"
    fill:
      utilisateur: ` + CounterUser + `
      mot_de_passe: "{{secret.` + CounterSecret + `}}"
    expect: {url: /espace, contains: "Bonjour"}
    take:
      dossier: {css: "a.dossier", attr: href}
  - name: dossier
    get: "{{dossier}}"
    headers: {Accept: application/json}
    expect:
      json: {statut: ouvert}
      within: 2s
`

// More returns the checks of other kinds that the service has besides its page.
func (s Service) More(at Places) []monitor.Check {
	check := monitor.Check{Schedule: "@every " + kindsPeriod.String(), Timeout: 4 * time.Second}
	switch s.Slug {
	case "demo-etat-civil":
		check.Name, check.Kind, check.Target = "guichet", monitor.Journey, at.Counter
		check.Settings.Journey = &monitor.JourneySettings{Source: counterJourney}
	case "demo-horaires-trains":
		check.Name, check.Kind, check.Target = "nom", monitor.DNS, Zone
		check.Settings.DNS = &monitor.DNSSettings{Servers: []string{at.NameServer}, Present: []string{ZoneAddress}, MinTTL: 60}
	case "demo-declaration-salaires":
		check.Name, check.Kind, check.Target = "courrier", monitor.TCP, at.Mail
		check.Settings.TCP = &monitor.TCPSettings{Talk: monitor.ReadTalk("< ^220 \n> EHLO jard.example\\r\\n\n< (?m)^250 ")}
	default:
		return nil
	}
	return []monitor.Check{check}
}

// kindsPeriod is how often the demo looks at them.
const kindsPeriod = 10 * time.Second
