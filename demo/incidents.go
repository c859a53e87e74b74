package demo

import (
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// standsOn says which simulated service cannot work without which other: who
// books an appointment at the hospital has the rights checked by the fund.
func standsOn(slug string) monitor.DependsOn {
	if slug == "demo-rendez-vous-hopital" {
		return monitor.DependsOn{"demo-remboursement-soins"}
	}
	return nil
}

// seenAt is what a made-up answer looked like that was not as expected.
func seenAt(why monitor.Reason) *monitor.Seen {
	switch why {
	case monitor.Assertion:
		return &monitor.Seen{
			Header:  map[string][]string{"Server": {"Apache"}, "Content-Type": {"text/html; charset=utf-8"}, "Set-Cookie": {"session=•••"}},
			Excerpt: "Erreur interne · Le service des droits ne répond pas. Dossier 08123456, contact : support@exemple.tn",
		}
	case monitor.Status:
		return &monitor.Seen{
			Header:  map[string][]string{"Server": {"nginx"}, "Content-Type": {"text/html"}, "Retry-After": {"120"}},
			Excerpt: "503 Service Temporarily Unavailable",
		}
	default:
		return nil
	}
}

// Learnt is what was written about a past incident of a service.
type Learnt struct {
	Service string // whose latest past incident it is
	Reason  monitor.Reason
	Note    lang.Text // for everybody, while it lasted
	Inside  lang.Text // for the desk
	Review  monitor.Review
}

// Lessons are the past incidents that were reviewed.
func Lessons() []Learnt {
	return []Learnt{
		{
			Service: "demo-bulletin-n3", Reason: monitor.Status,
			Note: lang.Text{
				"fr": "Le service est saturé. Les demandes déjà déposées sont gardées ; réessayez dans l'heure.",
				"ar": "الخدمة تشهد ضغطا. المطالب المودعة محفوظة؛ أعد المحاولة بعد قليل.",
			},
			Inside: lang.Text{"fr": "La file d'attente du serveur est pleine depuis 9 h ; l'hébergeur est prévenu."},
			Review: monitor.Review{
				What: lang.Text{
					"fr": "Pendant la panne, la demande du bulletin n° 3 répondait « service indisponible ». Aucune demande déposée n'a été perdue.",
					"ar": "خلال الانقطاع كان مطلب البطاقة عدد 3 يجيب «الخدمة غير متاحة». لم يضع أي مطلب مودع.",
				},
				Cause: lang.Text{
					"fr": "Le serveur n'acceptait que cent connexions à la fois ; la rentrée en a amené davantage.",
					"ar": "كان الخادم لا يقبل أكثر من مائة اتصال في وقت واحد، وجاءت العودة بأكثر من ذلك.",
				},
				Done: lang.Text{
					"fr": "La limite a été portée à mille et le service redémarré.",
					"ar": "رُفع الحد إلى ألف وأُعيد تشغيل الخدمة.",
				},
				Change: lang.Text{
					"fr": "La charge est désormais surveillée, et une répétition aura lieu avant chaque rentrée.",
					"ar": "أصبح الضغط يُراقب، وستُجرى تجربة قبل كل عودة.",
				},
			},
		},
		{
			Service: "", Reason: monitor.Timeout,
			Note: lang.Text{
				"fr": "Nous cherchons pourquoi les réponses tardent.",
				"ar": "نبحث عن سبب تأخر الاستجابة.",
			},
			Inside: lang.Text{"fr": "Une sauvegarde tourne aux heures ouvrables ; demander son report."},
			Review: monitor.Review{
				What: lang.Text{
					"fr": "Les pages mettaient plus de trois secondes à venir ; beaucoup de gens ont abandonné.",
					"ar": "كانت الصفحات تتأخر أكثر من ثلاث ثوان، وتخلى كثيرون عن المحاولة.",
				},
				Cause: lang.Text{
					"fr": "Une sauvegarde de la base tournait en pleine journée.",
					"ar": "كان نسخ احتياطي للقاعدة يجري في وضح النهار.",
				},
				Done: lang.Text{
					"fr": "La sauvegarde a été arrêtée, puis reprise la nuit.",
					"ar": "أوقف النسخ ثم استؤنف ليلا.",
				},
				Change: lang.Text{
					"fr": "Les sauvegardes ne tournent plus qu'entre 1 h et 4 h.",
					"ar": "لا يجري النسخ الاحتياطي إلا بين الواحدة والرابعة صباحا.",
				},
			},
		},
	}
}

// Upkeep is the maintenance that is announced in the demo, seen from now.
func Upkeep(now time.Time) []monitor.MaintenanceWindow {
	start := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 3).Add(21 * time.Hour) // ten in the evening, in Tunis
	end := start.Add(3 * time.Hour)
	return []monitor.MaintenanceWindow{
		{
			Scope: monitor.OneService, Target: "demo-declaration-impots", Public: true, StartsAt: start, EndsAt: &end,
			Title: lang.Text{
				"fr": "Mise à jour avant l'échéance de fin de mois", "ar": "تحديث قبل أجل نهاية الشهر", "en": "Update before the end-of-month deadline",
			},
		},
		{
			Scope: monitor.OneInstitution, Target: "mt", Public: true, StartsAt: now.UTC().Truncate(time.Microsecond),
			Schedule: "0 3 * * 0", Duration: 90 * time.Minute,
			Title: lang.Text{"fr": "Sauvegarde hebdomadaire", "ar": "نسخ احتياطي أسبوعي", "en": "Weekly backup"},
		},
	}
}
