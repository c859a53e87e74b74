package demo

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Behaviour is how a simulated service answers.
type Behaviour string

// The behaviours, one for each thing a watch must tell apart.
const (
	Healthy   Behaviour = "healthy"    // answers at once
	Slow      Behaviour = "slow"       // answers after a second or two
	Moody     Behaviour = "moody"      // now and then much slower
	Flapping  Behaviour = "flapping"   // fails for a while, then answers again
	Dead      Behaviour = "dead"       // refuses connections
	Hanging   Behaviour = "hanging"    // accepts and never answers
	Broken    Behaviour = "broken"     // answers 200 with a page that says error
	Redirects Behaviour = "redirects"  // answers at another address
	Expired   Behaviour = "expired"    // its certificate has expired
	WrongHost Behaviour = "wrong-host" // its certificate is for another name

	HalfSpoken Behaviour = "half-spoken" // its Arabic version is under repair and says so with a good status
)

// Service is one simulated online service. Its name is that of a service
// people know, marked as a simulation.
type Service struct {
	Slug        string
	Name        lang.Text
	Institution string // slug
	LifeEvent   string
	Tier        monitor.Tier
	Behaviour   Behaviour
	Pace        time.Duration // how long it usually takes to answer
}

// Services lists the simulated services.
func Services() []Service {
	list := []Service{
		{Slug: "etat-civil", Institution: "mi", LifeEvent: "birth", Tier: monitor.Critical, Behaviour: Healthy, Pace: 60},
		{Slug: "bulletin-n3", Institution: "mi", LifeEvent: "justice", Tier: monitor.Normal, Behaviour: Flapping, Pace: 140},
		{Slug: "declaration-impots", Institution: "mf", LifeEvent: "tax", Tier: monitor.Critical, Behaviour: Slow, Pace: 1150},
		{Slug: "vignette", Institution: "mf", LifeEvent: "vehicle", Tier: monitor.Normal, Behaviour: Redirects, Pace: 90},
		{Slug: "inscription-universitaire", Institution: "mesrs", LifeEvent: "study", Tier: monitor.Critical, Behaviour: Moody, Pace: 120},
		{Slug: "visite-technique", Institution: "mt", LifeEvent: "vehicle", Tier: monitor.Normal, Behaviour: Dead, Pace: 180},
		{Slug: "horaires-trains", Institution: "mt", LifeEvent: "mobility", Tier: monitor.Information, Behaviour: Healthy, Pace: 35},
		{Slug: "remboursement-soins", Institution: "mas", LifeEvent: "health", Tier: monitor.Critical, Behaviour: Expired, Pace: 110},
		{Slug: "declaration-salaires", Institution: "mas", LifeEvent: "work", Tier: monitor.Critical, Behaviour: Healthy, Pace: 210},
		{Slug: "carnet-vaccination", Institution: "ms", LifeEvent: "health", Tier: monitor.Normal, Behaviour: WrongHost, Pace: 95},
		{Slug: "rendez-vous-hopital", Institution: "ms", LifeEvent: "health", Tier: monitor.Normal, Behaviour: Broken, Pace: 160},
		{Slug: "facture-eau", Institution: "marhp", LifeEvent: "home", Tier: monitor.Normal, Behaviour: Hanging, Pace: 130},
		{Slug: "prix-marches", Institution: "marhp", LifeEvent: "agriculture", Tier: monitor.Information, Behaviour: Healthy, Pace: 45},
		{Slug: "candidature-hajj", Institution: "mar", LifeEvent: "information", Tier: monitor.Information, Behaviour: HalfSpoken, Pace: 75},
	}
	for n := range list {
		name := serviceNames[list[n].Slug]
		list[n].Name = lang.Text{"fr": name.fr + " (simulation)", "ar": name.ar + " (محاكاة)"}
		list[n].Slug = "demo-" + list[n].Slug // the pilot's list of real services has its own
		list[n].Pace *= time.Millisecond
	}
	return list
}

var serviceNames = map[string]pair{
	"etat-civil":                {"Extraits d'état civil", "مضامين الحالة المدنية"},
	"bulletin-n3":               {"Bulletin n° 3", "البطاقة عدد 3"},
	"declaration-impots":        {"Télédéclaration fiscale", "التصريح الجبائي عن بعد"},
	"vignette":                  {"Vignette automobile", "معلوم الجولان"},
	"inscription-universitaire": {"Inscription universitaire", "التسجيل الجامعي"},
	"visite-technique":          {"Rendez-vous de visite technique", "مواعيد الفحص الفني"},
	"horaires-trains":           {"Horaires des trains", "مواعيد القطارات"},
	"remboursement-soins":       {"Remboursement des soins", "استرجاع مصاريف العلاج"},
	"declaration-salaires":      {"Télédéclaration des salaires", "التصريح بالأجور عن بعد"},
	"carnet-vaccination":        {"Carnet de vaccination", "دفتر التلاقيح"},
	"rendez-vous-hopital":       {"Rendez-vous à l'hôpital", "مواعيد المستشفيات"},
	"facture-eau":               {"Facture d'eau", "فاتورة الماء"},
	"prix-marches":              {"Prix des marchés de gros", "أسعار أسواق الجملة"},
	"candidature-hajj":          {"Candidature au pèlerinage", "الترشح لأداء الحج"},
}

// Period is how often the demo looks at each service.
const Period = 5 * time.Second

// Note tells the desk what it is looking at.
const Note = "Service simulé par la démonstration sur cette machine. " +
	"L'historique antérieur au démarrage est généré, pas mesuré."

// Watched returns the service as the watch knows it, answering at target.
func (s Service) Watched(target string) monitor.Service {
	return monitor.Service{
		Slug: s.Slug, Name: s.Name, Institution: s.Institution, URL: target, LifeEvent: s.LifeEvent, Tier: s.Tier,
		Languages: []lang.Tag{lang.French, lang.Arabic}, State: monitor.Active, Note: Note,
		Settings: monitor.ServiceSettings{DependsOn: standsOn(s.Slug), Agreement: agreements()[strings.TrimPrefix(s.Slug, "demo-")], Description: descriptions()[strings.TrimPrefix(s.Slug, "demo-")]},
		Checks:   s.checks(target),
	}
}

// Greeting is on every page of a simulated service that works.
const Greeting = "Bienvenue - مرحبا"
