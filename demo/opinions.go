package demo

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Opinion is what one made-up person said about a service.
type Opinion struct {
	Service  string
	At       time.Time
	Channel  string
	Language lang.Tag
	Verified bool
	Office   string            // whose poster or screen it was
	Answers  map[string]string // question code → point, option or words
}

// opinionDays is how far back people say how it was.
const opinionDays = 365

// busy is how many answers a service has in ten days, and how its users are
// disposed when nothing went wrong, in tenths of a point of five.
func busy(slug string) (tenDays, mood int) {
	switch strings.TrimPrefix(slug, "demo-") {
	case "etat-civil":
		return 40, 43
	case "declaration-impots":
		return 13, 33
	case "inscription-universitaire":
		return 14, 38
	case "visite-technique":
		return 12, 37
	case "horaires-trains":
		return 10, 41
	case "bulletin-n3":
		return 11, 31
	case "remboursement-soins":
		return 8, 36
	case "declaration-salaires":
		return 7, 44
	case "facture-eau":
		return 5, 30
	case "prix-marches":
		return 1, 40
	}
	return 2, 35
}

// Opinions makes up what people said about the service in the year before now,
// the oldest first. Within two days after an hour in which it did not answer,
// they are less happy, and fewer of them finished.
func (s Service) Opinions(now time.Time) []Opinion {
	tenDays, mood := busy(s.Slug)
	l := luckOf("opinions of " + s.Slug)
	var all []Opinion
	draw := 0
	for day := opinionDays; day >= 0; day-- {
		n := tenDays / 10
		draw++
		if l.between(draw, 0, 9) < tenDays%10 {
			n++
		}
		for range n {
			draw += 20
			at := now.AddDate(0, 0, -day).Truncate(24 * time.Hour).Add(time.Duration(l.between(draw+1, 6*60, 20*60)) * time.Minute)
			if at.After(now) {
				continue
			}
			hurt := s.hurt(at, now)
			o := Opinion{Service: s.Slug, At: at, Language: lang.Arabic, Verified: l.between(draw+2, 0, 9) < 3}
			if l.between(draw+3, 0, 19) < 8 {
				o.Language = lang.French
			}
			o.Channel = []string{"widget", "widget", "widget", "web", "qr", "kiosk"}[l.between(draw+4, 0, 5)]
			lean := 0
			if o.Channel == "qr" || o.Channel == "kiosk" {
				o.Office, lean = s.officeOf(l.between(draw+15, 0, 99))
			}
			o.say(l, draw+5, mood+s.drift(day)+lean, hurt)
			all = append(all, o)
		}
	}
	return all
}

// drift is how the mood moves over the year: one service was made better in
// spring, another gets slowly worse.
func (s Service) drift(day int) int {
	switch {
	case s.Slug == "demo-declaration-impots" && day < 200:
		return 7
	case s.Slug == "demo-bulletin-n3":
		return -(opinionDays - day) / 60
	}
	return 0
}

// hurt tells whether the service failed people within the two days before.
func (s Service) hurt(at, now time.Time) bool {
	for back := time.Duration(0); back < 48*time.Hour; back += time.Hour {
		if then := at.Add(-back); now.Sub(then) <= pastDays*24*time.Hour && s.Behaviour != Flapping && s.trouble(then, now.Sub(then)) != monitor.None {
			return true
		}
	}
	return false
}

// say fills the answers: around a mood in tenths of a point, less when hurt.
func (o *Opinion) say(l luck, draw, mood int, hurt bool) {
	if hurt {
		mood -= 15
	}
	point := func(n, lean int) string {
		swing := l.between(draw+n, -13, 13)
		return strconv.Itoa(min(max((mood+lean+swing+5)/10, 1), 5))
	}
	first := point(0, 0)
	if o.Channel == "qr" || o.Channel == "kiosk" {
		faces := map[string]string{"1": "1", "2": "1", "3": "2", "4": "3", "5": "3"}
		o.Answers, o.Verified = map[string]string{"satisfaction": faces[first]}, false
		return
	}
	o.Answers = map[string]string{"ease": point(1, 2), "satisfaction": first, "clarity": point(2, -2), "effort": point(3, 0), "finished": "yes", "office": "no"}
	if luck := l.between(draw+4, 0, 49); luck > mood || hurt && luck > 20 {
		o.Answers["finished"] = "no"
		if luck%2 == 0 {
			o.Answers["finished"] = "partly"
		}
		o.Answers["office"] = "once"
	}
	o.Answers["help_tried"] = "no"
	if l.between(draw+5, 0, 9) < 3 {
		o.Answers["help_tried"], o.Answers["help_reached"] = "yes", "yes"
		if l.between(draw+6, 0, 49) > mood {
			o.Answers["help_reached"] = "no"
		} else {
			o.Answers["help_useful"] = point(7, 1)
		}
	}
	if l.between(draw+8, 0, 99) < 14 || hurt && l.between(draw+8, 0, 99) < 40 {
		o.Answers["comment"] = comment(l.between(draw+9, 0, 1000), o.Language, first, hurt)
	}
}

// comment picks words that fit.
func comment(n int, tag lang.Tag, point string, hurt bool) string {
	list := remarks[tag].well
	switch {
	case hurt:
		list = remarks[tag].down
	case point <= "3":
		list = remarks[tag].badly
	}
	return list[n%len(list)]
}

var remarks = map[lang.Tag]struct{ well, badly, down []string }{
	lang.French: {
		well: []string{"Rapide et clair, merci.", "J'ai tout fait depuis mon téléphone.", "Enfin sans déplacement.", "Très pratique, à étendre à d'autres papiers."},
		badly: []string{
			"Le formulaire redemande ce que l'administration sait déjà.", "Trop lent le soir.", "On m'a envoyé au guichet pour un cachet.",
			"Le paiement n'a pas été confirmé, j'ai dû rappeler.", "La version arabe n'est pas complète.", "Le code par SMS n'arrive pas.",
		},
		down: []string{"La page ne s'ouvrait pas depuis hier.", "Erreur à chaque essai, j'ai perdu ma matinée.", "Site en panne, je me suis déplacé pour rien.", "Impossible de se connecter."},
	},
	lang.Arabic: {
		well: []string{"خدمة سريعة وواضحة، شكرا.", "أنجزت كل شيء من الهاتف.", "برافو، ما عادش لازم نمشي للإدارة.", "تجربة ممتازة، نتمنى تعميمها."},
		badly: []string{
			"الموقع بطيء في المساء.", "طلبوا وثائق موجودة لدى الإدارة.", "لم أفهم المطلوب في الخطوة الثانية.", "اضطررت إلى الذهاب إلى المقرّ لختم الوثيقة.",
			"رمز التحقّق لا يصل.", "sayeb yesser thkil, w ma famech chkoun yjaweb",
		},
		down: []string{"الموقع لا يفتح منذ البارحة.", "خطأ في كل محاولة.", "تعطّل الموقع فضاع عليّ اليوم.", "famma panne, ma najamtech nodkhol"},
	},
}
