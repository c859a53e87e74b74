package demo

// Answered is what an owner of the demo said of a measure that no machine finds
// out, and whether the operator confirmed it.
type Answered struct {
	Service, Measure string
	Word             string
	Value            float64
	Link, File, Note string
	Confirmed        bool
	Returned         string // why the operator did not; empty when they did, or nobody looked yet
}

// AnswersOf are what owners said of the demo's services: one ministry has
// answered with care, another in part, most not at all.
func AnswersOf() []Answered {
	const proof = "https://example.tn/preuves/"
	all := []Answered{
		{Service: "horaires-trains", Measure: "fully_online", Word: "yes", Link: proof + "horaires", Confirmed: true},
		{Service: "horaires-trains", Measure: "payment", Word: "yes", Link: proof + "horaires", Note: "Rien n'est à payer.", Confirmed: true},
		{Service: "horaires-trains", Measure: "electronic_id", Word: "no"},
		{Service: "horaires-trains", Measure: "receipt", Word: "yes", File: "accuse.pdf"},
		{Service: "horaires-trains", Measure: "tracking", Word: "yes", File: "suivi.pdf"},
		{Service: "horaires-trains", Measure: "resume", Word: "partly", File: "reprise.pdf"},
		{Service: "horaires-trains", Measure: "statement_rate", Value: 0.78, File: "audit-accessibilite.pdf", Confirmed: true},
		{Service: "visite-technique", Measure: "fully_online", Word: "partly", Link: proof + "visite", Confirmed: true},
		{Service: "visite-technique", Measure: "payment", Word: "yes", Link: proof + "visite", Returned: "Le lien montre la page d'accueil, pas le paiement."},
		{Service: "visite-technique", Measure: "once_only", Value: 5, File: "pieces.pdf", Confirmed: true},
		{Service: "visite-technique", Measure: "completion", Value: 0.46, File: "compteurs-t3.xlsx"},
		{Service: "etat-civil", Measure: "fully_online", Word: "yes", Link: proof + "etat-civil", Confirmed: true},
		{Service: "etat-civil", Measure: "electronic_id", Word: "yes", Link: proof + "etat-civil", Confirmed: true},
		{Service: "etat-civil", Measure: "payment", Word: "yes", Link: proof + "etat-civil", Confirmed: true},
		{Service: "etat-civil", Measure: "receipt", Word: "yes", Link: proof + "etat-civil", Confirmed: true},
		{Service: "etat-civil", Measure: "once_only", Value: 1, File: "pieces.pdf", Confirmed: true},
		{Service: "bulletin-n3", Measure: "fully_online", Word: "partly", Link: proof + "b3"},
		{Service: "bulletin-n3", Measure: "payment", Word: "no"},
		{Service: "declaration-impots", Measure: "fully_online", Word: "yes", Link: proof + "impots", Confirmed: true},
		{Service: "declaration-impots", Measure: "payment", Word: "yes", Link: proof + "impots", Confirmed: true},
		{Service: "vignette", Measure: "fully_online", Word: "yes", Link: proof + "vignette"},
		{Service: "vignette", Measure: "payment", Word: "yes", Link: proof + "vignette"},
		{Service: "rendez-vous-hopital", Measure: "fully_online", Word: "no"},
		{Service: "rendez-vous-hopital", Measure: "tracking", Word: "no"},
	}
	for service, uses := range map[string]float64{
		"etat-civil": 1_900_000, "bulletin-n3": 420_000, "declaration-impots": 760_000, "vignette": 1_300_000, "visite-technique": 900_000,
		"horaires-trains": 2_400_000, "rendez-vous-hopital": 310_000,
	} {
		all = append(all, Answered{Service: service, Measure: "volume", Value: uses, File: "compteurs.xlsx", Confirmed: true})
	}
	for n := range all {
		all[n].Service = "demo-" + all[n].Service
	}
	return all
}

// Found is what the examiner of pages would have found on a service.
type Found struct {
	Measure string
	Word    string
	Value   float64
}

// Findings are what the examiner found on the demo's services: those in good
// health are made with care, the others the less so the worse they behave. Half
// is how far the house has mended, 0 to 1: a quarter ago it was less.
func Findings(s Service, half float64) []Found {
	care := 1.0
	switch s.Behaviour {
	case Healthy:
	case Slow, Flapping, Redirects, HalfSpoken, Moody:
		care = 0.6
	default:
		care = 0.25
	}
	care *= half
	word := func(from float64) string {
		switch {
		case care >= from:
			return "yes"
		case care >= from/2:
			return "partly"
		}
		return "no"
	}
	some := func(worst, best float64) float64 { return worst + (best-worst)*care }
	whole := func(worst, best float64) float64 { return float64(int(some(worst, best) + 0.5)) }
	return []Found{
		{"https_only", word(0.5), 0},
		{"tls_versions", word(0.2), 0},
		{"strict_transport", "", whole(0, 400)},
		{"safety_headers", "", whole(0, 5)},
		{"dnssec", word(0.9), 0},
		{"caa", word(0.7), 0},
		{"name_servers", word(0.3), 0},
		{"ipv6", word(0.95), 0},
		{"page_weight", "", some(4.1e6, 0.7e6)},
		{"page_requests", "", whole(160, 22)},
		{"page_cost", "", some(0.024, 0.004)},
		{"markup_faults", "", whole(14, 0)},
		{"statement", word(0.9), 0},
		{"languages", "", whole(1, 3)},
		{"viewport", word(0.2), 0},
		{"contact_links", "", whole(1, 5)},
		{"privacy_number", word(0.6), 0},
		{"broken_links", "", some(0.11, 0.004)},
		{"freshness", "", whole(700, 20)},
	}
}

// Reply is what an owner of the demo says of a draft, with the operator's answer.
func Reply() (service, text, answer string) {
	return "demo-visite-technique", "La panne d'août est due à un câble coupé par des travaux, et non à notre équipe.",
		"L'édition mesure ce que vivent les usagers : la panne compte. La cause est notée au dossier."
}
