package demo

import (
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Places are where simulated things answer that are no pages: a counter with a
// login, a name server, a mail server, a registry of domains.
type Places struct{ Counter, NameServer, Mail, Registry string }

// Zone is the domain that the simulated name server keeps, and ZoneAddress
// what it answers.
const (
	Zone        = "horaires.trains.example"
	ZoneAddress = "192.0.2.44"
)

// CounterSecret is what the operator of the demo has set for the journey of
// CounterService.
const (
	CounterSecret  = "guichet_demo"
	CounterService = "demo-etat-civil"
)

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
	case CounterService:
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

// PastOf calls keep with every reading of the made-up past of such a check,
// the oldest first: it has always answered.
func PastOf(check monitor.Check, now time.Time, keep func(r monitor.Reading, c monitor.Current)) {
	pace := map[monitor.Kind]time.Duration{
		monitor.Journey: 160 * time.Millisecond, monitor.DNS: 900 * time.Microsecond, monitor.TCP: 1200 * time.Microsecond,
	}[check.Kind]
	standing := monitor.Current{CheckID: check.ID, Service: check.Service}
	now = now.UTC().Truncate(time.Microsecond)
	l, step := luckOf(check.Service+check.Name), pastEvery
	for at := now.AddDate(0, 0, -pastDays); at.Before(now); at = at.Add(step) {
		if now.Sub(at) <= recentPast {
			step = recentStep
		}
		slot := int(at.Unix() / int64(step/time.Second))
		r := monitor.Reading{
			Check: check.ID, At: at, Attempt: 1, Every: step, Verdict: monitor.Up, Address: "127.0.0.1",
			Phases: monitor.Phases{
				monitor.PhaseConnect: time.Duration(l.between(slot, 80, 200)) * time.Microsecond,
				monitor.PhaseWait:    pace * time.Duration(l.between(slot+1, 85, 120)) / 100,
			},
		}
		standing.Take(&r, confirmations)
		keep(r, standing)
	}
}

// kindsPeriod is how often the demo looks at them.
const kindsPeriod = 10 * time.Second
