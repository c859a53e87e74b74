package demo

import (
	"slices"

	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

// Voice is one message of somebody outside and what became of it.
type Voice struct {
	DaysAgo int // when it came in
	About   string
	Message request.Message
	Steps   []VoiceStep
}

// VoiceAct is what is done with a message.
type VoiceAct string

// The acts on messages.
const (
	VoicePublish VoiceAct = "publish" // by the operator, or the officer for feedback
	VoiceRefuse  VoiceAct = "refuse"
	VoiceAssign  VoiceAct = "assign"
	VoiceAnswer  VoiceAct = "answer"
	VoiceLink    VoiceAct = "link"    // to the public dataset Title
	VoicePlan    VoiceAct = "plan"    // with the dataset Title
	VoicePropose VoiceAct = "propose" // the operator has an entry inventoried
	VoicePromise VoiceAct = "promise" // the officer gives that entry a day, and promises it
	VoiceDecline VoiceAct = "decline"
	VoiceMerge   VoiceAct = "merge"   // into the voice Into
	VoiceSupport VoiceAct = "support" // by Times people
)

// VoiceStep is one thing done with a message, some days after it came in.
type VoiceStep struct {
	After       int
	Act         VoiceAct
	Institution string
	Title       string // of a dataset, or how it begins
	Answer      lang.Text
	Code        string // ground, refusal
	Into        int
	Times       int
	Days        int // until the promised day, from the step on
}

// both is an answer in both languages.
func both(fr, ar string) lang.Text { return lang.Text{"fr": fr, "ar": ar} }

// asked is a request for data.
func asked(tag lang.Tag, title, text, why, institution string) request.Message {
	return request.Message{Kind: request.Data, Language: tag, Title: title, Text: text, Why: why, Institution: institution}
}

// said is feedback on the dataset that About names.
func said(kind request.Kind, tag lang.Tag, text string) request.Message {
	return request.Message{Kind: kind, Language: tag, Text: text}
}

// mailed lets the answer be mailed.
func mailed(m request.Message, email string) request.Message {
	m.Email, m.Consent = email, true
	return m
}

// answered is feedback published and answered, each some days after it came in.
func answered(published, after int, answer lang.Text) []VoiceStep {
	return []VoiceStep{{After: published, Act: VoicePublish}, {After: after, Act: VoiceAnswer, Answer: answer}}
}

// Voices tells what people outside asked and said over the last months. All of
// it is invented.
func Voices() []Voice { return slices.Concat(settledVoices(), waitingVoices(), feedbackVoices()) }

// settledVoices are requests of which most were decided; the others name them
// by their place.
func settledVoices() []Voice {
	return []Voice{
		{
			DaysAgo: 190, Message: mailed(asked(lang.French, "Stations et lignes de louage par gouvernorat",
				"Les stations, les lignes et les tarifs officiels, en CSV si possible.", "Une application de trajet.", "mt"), "yasmine@demo.example"),
			Steps: []VoiceStep{
				{After: 2, Act: VoicePublish, Institution: "mt"},
				{After: 5, Act: VoiceSupport, Times: 6},
				{After: 14, Act: VoiceLink, Title: "Stations et lignes de louage"},
			},
		},
		{
			DaysAgo: 170, Message: asked(lang.Arabic, "مواعيد قطارات الخطوط البعيدة", "مواعيد الانطلاق والوصول لكل محطة، في ملف مفتوح.", "", "mt"),
			Steps: []VoiceStep{
				{After: 1, Act: VoicePublish, Institution: "mt"},
				{After: 9, Act: VoiceLink, Title: "Horaires des trains des grandes lignes"},
			},
		},
		{
			DaysAgo: 150, Message: mailed(asked(lang.French, "Dossiers individuels des bénéficiaires de transferts sociaux",
				"La liste nominative par délégation.", "Une recherche sur la pauvreté.", "mas"), "etudiant@demo.example"),
			Steps: []VoiceStep{
				{After: 3, Act: VoicePublish, Institution: "mas"},
				{After: 20, Act: VoiceDecline, Code: "ground.personal", Answer: both(
					"Une liste nominative ne peut pas être ouverte. Les effectifs par délégation sont publiés et suffisent à la plupart des recherches ; pour un accès encadré, adressez-vous à la direction des études.",
					"لا يمكن فتح قائمة اسمية. الأعداد حسب المعتمدية منشورة وتكفي أغلب البحوث؛ ولنفاذ مؤطر يمكن الاتصال بإدارة الدراسات.")},
			},
		},
		{
			DaysAgo: 120, Message: mailed(asked(lang.French, "Délais d'attente aux urgences des hôpitaux publics",
				"Par hôpital et par heure de la journée, sur les douze derniers mois.", "Un article de presse.", "ms"), "redaction@demo.example"),
			Steps: []VoiceStep{
				{After: 2, Act: VoicePublish, Institution: "ms"},
				{After: 8, Act: VoiceSupport, Times: 23},
				{After: 30, Act: VoicePropose},
				{After: 37, Act: VoicePromise, Days: 160},
			},
		},
		{
			DaysAgo: 95, Message: asked(lang.French, "Attente aux urgences des hôpitaux publics", "Combien d'heures on attend, par hôpital.", "", ""),
			Steps: []VoiceStep{{After: 3, Act: VoiceMerge, Into: 3}},
		},
		{
			DaysAgo: 88, Message: asked(lang.Arabic, "مؤشر التنمية الجهوية حسب المعتمدية", "السلسلة منذ 2012 مع شرح طريقة الاحتساب.", "بحث جامعي", "mep"),
			Steps: []VoiceStep{
				{After: 2, Act: VoicePublish, Institution: "mep"},
				{After: 6, Act: VoiceSupport, Times: 4},
				{After: 18, Act: VoicePlan, Title: "Indicateur de développement régional"},
			},
		},
		{
			DaysAgo: 70, Message: asked(lang.French, "Budget exécuté des communes",
				"Recettes et dépenses exécutées par commune depuis 2019.", "", ""),
			Steps: []VoiceStep{
				{After: 2, Act: VoicePublish},
				{After: 4, Act: VoiceSupport, Times: 11},
			},
		},
	}
}

func waitingVoices() []Voice {
	return []Voice{
		{
			DaysAgo: 66, Message: asked(lang.French, "Travaux routiers en cours et routes coupées", "Une carte ou un tableau tenu à jour.", "", "meh"),
			Steps: []VoiceStep{
				{After: 1, Act: VoicePublish, Institution: "meh"},
				{After: 12, Act: VoiceAnswer, Answer: both(
					"Les projets en cours sont publiés chaque trimestre dans le jeu « Projets routiers en cours ». Les coupures du jour ne sont pas encore saisies de façon centralisée ; nous l'étudions avec les directions régionales.",
					"تنشر المشاريع الجارية كل ثلاثية في مجموعة «مشاريع الطرقات في طور الإنجاز». أما قطع الطرقات اليومي فلا يجمع مركزيا بعد، وندرس ذلك مع الإدارات الجهوية.")},
			},
		},
		{
			DaysAgo: 52, Message: mailed(asked(lang.Arabic, "نوعية مياه الشرب حسب المعتمدية", "نتائج التحاليل الدورية لكل شبكة.", "", "marhp"), "houma@demo.example"),
			Steps: []VoiceStep{
				{After: 4, Act: VoicePublish, Institution: "marhp"},
				{After: 9, Act: VoiceAssign, Institution: "ms"},
				{After: 12, Act: VoiceSupport, Times: 17},
			},
		},
		{
			DaysAgo: 48, Message: asked(lang.French, "Taux de remplissage des barrages, jour par jour", "Depuis 2000, par barrage.", "", "marhp"),
			Steps: []VoiceStep{
				{After: 1, Act: VoicePublish, Institution: "marhp"},
				{After: 6, Act: VoiceLink, Title: "Réserves et apports journaliers"},
			},
		},
		{
			DaysAgo: 41, Message: asked(lang.French, "Crédit sans apport, réponse en 24 heures", "Appelez-nous vite au 22 345 678.", "", ""),
			Steps: []VoiceStep{{After: 1, Act: VoiceRefuse, Code: "advertising"}},
		},
		{
			DaysAgo: 26, Message: mailed(asked(lang.French, "Accessibilité des centres d'éducation pour enfants handicapés",
				"Rampes, transport adapté, langue des signes : centre par centre.", "Orienter des familles.", "mas"), "association@demo.example"),
			Steps: []VoiceStep{
				{After: 2, Act: VoicePublish, Institution: "mas"},
				{After: 5, Act: VoiceSupport, Times: 8},
			},
		},
		{
			DaysAgo: 15, Message: asked(lang.Arabic, "توزيع الأئمة الخطباء حسب الولايات", "الأعداد فقط، دون أسماء.", "", "mar"),
			Steps: []VoiceStep{{After: 3, Act: VoicePublish, Institution: "mar"}},
		},
		{
			DaysAgo: 9, Message: asked(lang.French, "Accidents de la route par gouvernorat", "Nombre, gravité, heure et type de route, depuis 2015.", "", ""),
			Steps: []VoiceStep{{After: 2, Act: VoicePublish}, {After: 4, Act: VoiceSupport, Times: 5}},
		},
		{DaysAgo: 4, Message: asked(lang.French, "Accident de route : nombre par gouvernorat depuis 2018", "Avec la date et le lieu.", "Un mémoire de master.", "meh")},
		{DaysAgo: 2, Message: mailed(asked(lang.Arabic, "أسعار الجملة للخضر بسوق بئر القصعة", "السعر الأدنى والأقصى يوميا.", "", "marhp"), "fallah@demo.example")},
		{DaysAgo: 1, Message: asked(lang.French, "Parcelles de mon voisin à Béja",
			"Je voudrais savoir ce que possède mon voisin, CIN 01234567, tél. +216 98 765 432.", "", "")},
	}
}

func feedbackVoices() []Voice {
	return []Voice{
		{
			DaysAgo: 140, About: "Pharmacies de jour et de nuit", Message: said(request.Error, lang.French,
				"Deux pharmacies de nuit portent la même adresse dans le fichier, lignes 14 et 15."),
			Steps: []VoiceStep{
				{After: 1, Act: VoicePublish},
				{After: 6, Act: VoiceAnswer, Answer: both("Merci. L'adresse de la ligne 15 est corrigée dans la mise à jour de ce mois.", "شكرا. تم تصحيح عنوان السطر 15 في تحيين هذا الشهر.")},
			},
		},
		{
			DaysAgo: 110, About: "Indice des prix à la consommation", Message: said(request.Reuse, lang.French,
				"Nous avons fait de ces indices un simulateur de loyer, en accès libre."),
			Steps: []VoiceStep{{After: 2, Act: VoicePublish}},
		},
		{
			DaysAgo: 84, About: "Huileries en activité", Message: mailed(said(request.Question, lang.Arabic,
				"هل يشمل العدد المعاصر التقليدية أم الحديثة فقط؟"), "maasra@demo.example"),
			Steps: answered(3, 11, lang.Text{"ar": "يشمل العدد الصنفين، والعمود «النوع» يميز بينهما."}),
		},
		{
			DaysAgo: 45, About: "Structures sanitaires publiques", Message: said(request.Error, lang.French,
				"Les coordonnées de trois centres de santé tombent en mer : longitude et latitude semblent inversées."),
			Steps: []VoiceStep{{After: 2, Act: VoicePublish}},
		},
		{
			DaysAgo: 38, About: "Réseau routier classé", Message: said(request.Outdated, lang.Arabic,
				"الطريق المزدوجة الجديدة غير موجودة في الملف رغم افتتاحها منذ سنة."),
			Steps: []VoiceStep{
				{After: 1, Act: VoicePublish},
				{After: 8, Act: VoiceAnswer, Answer: both("Le tronçon sera dans l'édition du prochain trimestre.", "سيكون المقطع في إصدار الثلاثية القادمة.")},
			},
		},
		{
			DaysAgo: 30, About: "Pensions servies par régime", Message: said(request.Thanks, lang.French,
				"Merci pour ces séries, elles nous ont évité trois mois de saisie."),
			Steps: []VoiceStep{{After: 4, Act: VoicePublish}},
		},
		{
			DaysAgo: 13, About: "Prix de gros des fruits et légumes", Message: said(request.Outdated, lang.French,
				"Les derniers prix de ce marché datent de plus d'un mois."),
			Steps: []VoiceStep{{After: 1, Act: VoicePublish}},
		},
		{
			DaysAgo: 6, About: "Effectifs du cheptel par délégation", Message: said(request.Question, lang.French,
				"Les caprins sont-ils comptés avec les ovins ?"),
			Steps: []VoiceStep{{After: 2, Act: VoicePublish}},
		},
		{
			DaysAgo: 3, About: "Pluviométrie par station", Message: said(request.Error, lang.Arabic,
				"كميات شهر أكتوبر مكررة مرتين في الملف."),
		},
		{
			DaysAgo: 1, About: "Couverture vaccinale des enfants", Message: said(request.Question, lang.French,
				"Pourquoi le total dépasse-t-il 100 % à Kébili ? Mon e-mail : lecteur@demo.example"),
		},
	}
}
