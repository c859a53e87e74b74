// Package demo writes the register that `jard demo` shows: some five hundred
// datasets grown from about sixty families, and what their officers and the
// operator did with them over the last year and a half. It only tells the
// story; the program replays it through the same rules and stores as everybody
// else's work. Figures, files and addresses in it are invented.
package demo

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Act is what somebody does with an entry.
type Act string

// The acts of the story.
const (
	Record   Act = "record"   // an officer writes the entry
	Submit   Act = "submit"   // and hands it over
	Approve  Act = "approve"  // the operator opens it
	Return   Act = "return"   // or gives it back, with a reason
	Edit     Act = "edit"     // an officer changes what is written
	Refresh  Act = "update"   // new data came in
	Attest   Act = "attest"   // an officer confirms that nothing had to change
	Waive    Act = "waive"    // the operator lets it off the most pressing period, with a reason
	Withdraw Act = "withdraw" // it leaves the catalogue, with a reason
)

// Entry is one dataset of the story.
type Entry struct {
	Institution string
	Content     inventory.Content // as first recorded
}

// Event is one thing that happened to an entry.
type Event struct {
	At          time.Time
	Entry       int // which entry, by its place in Story.Entries
	Act         Act
	Description lang.Text      // Edit: what is written from now on
	Day         inventory.Date // Refresh: the day of the data; Waive: until when
	Reason      string         // Return, Waive, Withdraw
	Replacement int            // Withdraw: the entry that takes over, or -1
}

// Story is the whole of it: the entries, and the events in the order in which
// they happened, all of them before the moment it is told.
type Story struct {
	Entries []Entry
	Events  []Event
}

// Tell returns the story as it stands at now. The same now gives the same story.
func Tell(now time.Time) Story {
	var s Story
	for _, f := range families() {
		first := len(s.Entries)
		for _, where := range orNowhere(f.places) {
			for n := range max(f.periods.count, 1) {
				s.tell(f, where, n, first, now)
			}
		}
	}
	s.Events = append(s.Events, Event{At: now.AddDate(0, 0, -3), Entry: len(s.Entries), Act: Record})
	s.Entries = append(s.Entries, listOfPersons(now))
	s.plan(now)
	slices.SortStableFunc(s.Events, func(a, b Event) int { return a.At.Compare(b.At) })
	return s
}

// orNowhere lets a family without places have one dataset of the whole country.
func orNowhere(places []place) []place {
	if len(places) == 0 {
		return []place{{}}
	}
	return places
}

// tell adds one dataset of the family and what happened to it. The family's
// datasets begin at first.
func (s *Story) tell(f family, where place, back, first int, now time.Time) {
	c := f.content(where, back, now)
	luck := luckOf(c.Title["fr"])
	fate := luck.fate(f, len(s.Entries)-first)
	p := pen{luck: luck, entry: len(s.Entries), now: now}
	c.DataModified = p.dataDay(c.Frequency, fate == overdue)
	p.write(c, fate, first)
	c.DataModified = p.firstDay
	s.Entries = append(s.Entries, Entry{Institution: f.owner, Content: c})
	s.Events = append(s.Events, p.events...)
}

// content writes the entry of the family for a place and the period that lies
// back periods before the last complete one.
func (f family) content(where place, back int, now time.Time) inventory.Content {
	period, start, end := f.periods.name(back, now)
	fill := strings.NewReplacer("{place}", where.fr, "{period}", period)
	fillArabic := strings.NewReplacer("{place}", where.ar, "{period}", period)
	o := owners[f.owner]
	c := inventory.Content{
		Title: lang.Text{"fr": fill.Replace(f.title.fr), "ar": fillArabic.Replace(f.title.ar)},
		Description: lang.Text{
			"fr": fill.Replace(f.about.fr) + "\n\n" + disclaimer().fr,
			"ar": fillArabic.Replace(f.about.ar) + "\n\n" + disclaimer().ar,
		},
		Keywords: lang.Words{"fr": strings.Split(f.words.fr, "|"), "ar": strings.Split(f.words.ar, "|")},
		Theme:    f.theme, Frequency: f.frequency, Licence: "LNDPO-TN", Openness: inventory.Open,
		ContactName: o.desk, ContactEmail: "donnees-ouvertes@" + o.host,
		TemporalStart: start, TemporalEnd: end,
	}
	if where.code != "" {
		c.Spatial = []string{where.code}
	}
	if back > 0 {
		c.Frequency = "never" // the series goes on in the dataset of the next period
	}
	switch inventory.Openness(f.openness) {
	case inventory.Restricted:
		c.Openness, c.Licence = inventory.Restricted, ""
		c.LegalGround, c.PersonalData = "Données à caractère personnel", true
		return c
	case inventory.Openable:
		c.Openness = inventory.Openable
		c.TargetDate = inventory.DateOf(now.AddDate(0, 5, 0), inventory.Tunis())
		return c
	}
	c.Distributions = f.distributions(c.Title["fr"], o.host)
	return c
}

// disclaimer ends every description, so that nobody takes the demo for the register.
func disclaimer() pair {
	return pair{
		"Jeu de données de démonstration : le contenu est inventé.",
		"مجموعة بيانات للعرض التجريبي: المحتوى غير حقيقي.",
	}
}

// owner is how an institution presents itself in the demo. Its host is in a
// domain that is reserved for examples and never answers.
type owner struct{ desk, host string }

var owners = map[string]owner{
	"marhp": {"Cellule des données ouvertes, agriculture", "agriculture.example"},
	"meh":   {"Cellule des données ouvertes, équipement", "equipement.example"},
	"mep":   {"Unité du suivi des projets publics", "economie.example"},
	"mar":   {"Bureau de l'accès à l'information", "affaires-religieuses.example"},
	"ms":    {"Unité de l'information sanitaire", "sante.example"},
	"mas":   {"Direction des études sociales", "affaires-sociales.example"},
	"mt":    {"Cellule des données ouvertes, transport", "transport.example"},

	"dgpa":    {"Service des statistiques végétales", "dgpa.agriculture.example"},
	"onh":     {"Direction de l'observation des marchés", "onh.agriculture.example"},
	"onagri":  {"Service de la diffusion", "onagri.agriculture.example"},
	"oep":     {"Direction de l'appui à l'élevage", "oep.agriculture.example"},
	"dgre":    {"Service des réseaux de mesure", "dgre.agriculture.example"},
	"dggree":  {"Service des systèmes d'information", "dggree.agriculture.example"},
	"dgf":     {"Service de l'inventaire forestier", "dgf.agriculture.example"},
	"dgpaq":   {"Service des statistiques de pêche", "dgpaq.agriculture.example"},
	"ins":     {"Service de la diffusion statistique", "ins.economie.example"},
	"cgdr":    {"Direction de l'observation régionale", "cgdr.economie.example"},
	"cnam":    {"Direction des statistiques", "cnam.affaires-sociales.example"},
	"cnss":    {"Direction de l'accueil", "cnss.affaires-sociales.example"},
	"oaca":    {"Service des statistiques de trafic", "oaca.transport.example"},
	"ommp":    {"Service des statistiques portuaires", "ommp.transport.example"},
	"attt":    {"Service de l'exploitation des données", "attt.transport.example"},
	"sncft":   {"Direction des voyageurs", "sncft.transport.example"},
	"transtu": {"Service de l'offre de transport", "transtu.transport.example"},
}

// media lists the formats of the demo.
var media = map[string]string{
	"CSV": "text/csv", "JSON": "application/json", "GEOJSON": "application/geo+json", "ZIP": "application/zip",
	"SHP":  "application/vnd.shp",
	"XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (f family) distributions(title, host string) []inventory.Distribution {
	slug := inventory.NameFor(title, "", 1)
	var all []inventory.Distribution
	for n, format := range strings.Fields(f.formats) {
		all = append(all, inventory.Distribution{
			Title:       lang.Text{"fr": "Fichier " + format, "ar": "ملف " + format},
			URL:         fmt.Sprintf("https://donnees.%s/jeux/%s", host, slug),
			DownloadURL: fmt.Sprintf("https://donnees.%s/fichiers/%s.%s", host, slug, strings.ToLower(format)),
			Format:      format, MediaType: media[format],
			Bytes: int64(luckOf(title).between(20+n, 4_000, 900_000)),
		})
	}
	return all
}

// name returns the period's name and the days it covers.
func (p periods) name(back int, now time.Time) (name string, start, end inventory.Date) {
	if p.count == 0 {
		return "", "", ""
	}
	year := now.Year() - 1 - back
	if p.kind == campaign {
		if now.Month() < time.September {
			year--
		}
		return fmt.Sprintf("%d/%d", year, year+1),
			inventory.Date(fmt.Sprintf("%d-09-01", year)), inventory.Date(fmt.Sprintf("%d-08-31", year+1))
	}
	return fmt.Sprint(year),
		inventory.Date(fmt.Sprintf("%d-01-01", year)), inventory.Date(fmt.Sprintf("%d-12-31", year))
}

// luck makes the story varied and yet the same every time: numbers drawn from
// a title.
type luck string

func luckOf(title string) luck { return luck(title) }

// between draws a number from least to most; draw tells one question from another.
func (l luck) between(draw, least, most int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", string(l), draw)
	x := h.Sum64()
	x ^= x >> 33 // FNV alone hardly mixes the last byte upwards
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return least + int(x%uint64(most-least+1))
}
