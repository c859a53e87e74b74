package demo

import (
	"strconv"
	"time"

	"github.com/jard-odi/jard/lang"
)

// Rushed is the service that many people answer about, so that its page can say
// what followed an outage.
const Rushed = "demo-inscription-universitaire"

// Rush makes up what a crowd said about a service in the four weeks before an
// outage, during it and in the two days after, not before from. What is unclear
// and slow weighs on how content they are.
func Rush(from, began, ended time.Time) []Opinion {
	var all []Opinion
	say := func(at time.Time, n int, worse int) {
		clarity := 1 + (n*7)%5
		point := min(5, max(1, (clarity+4+n%3)/2-worse+n%2))
		o := Opinion{
			Service: Rushed, At: at, Channel: "web", Language: []lang.Tag{lang.Arabic, lang.French}[n%2], Verified: n%4 == 0,
			Answers: map[string]string{
				"ease": strconv.Itoa(point), "satisfaction": strconv.Itoa(point), "clarity": strconv.Itoa(clarity), "effort": strconv.Itoa(1 + (n*3)%5),
				"finished": []string{"no", "partly", "yes", "yes", "yes"}[max(0, point-1-n%2)], "office": []string{"more", "once", "once", "no", "no"}[point-1], "help_tried": "no",
			},
		}
		if said := rushWords(worse > 0); n%4 == 1 {
			o.Answers["comment"] = said[(n/4)%len(said)]
		}
		if !at.Before(from) {
			all = append(all, o)
		}
	}
	n := 0
	for at := began.AddDate(0, 0, -28); at.Before(began); at = at.Add(150 * time.Minute) {
		say(at, n, 0)
		n++
	}
	for at := began; at.Before(ended.Add(47 * time.Hour)); at = at.Add(35 * time.Minute) {
		say(at, n, 1)
		n++
	}
	return all
}

// rushWords are what some of them write.
func rushWords(worse bool) []string {
	if worse {
		return []string{"الموقع ما يخدمش", "ma ye5dmch men embere7", "Le site est en panne", "bti2 barcha w ba3d ysaker", "لم أتمكن من الدخول إلى حسابي", "erreur 500 à la fin"}
	}
	return []string{
		"Les explications ne sont pas claires", "يعطيكم الصحة", "mafhemt chay mel les étapes", "طلبوا نفس الوثائق مرة أخرى", "merci, simple et rapide",
		"mchit lel idara fel e5er", "الشروط غير واضحة", "trop lent le soir", "RAS", "behi barcha",
	}
}
