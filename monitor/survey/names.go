package survey

import "strings"

// What names and addresses are known by. Words are folded (fold.go), so that one
// spelling stands for many: Mohammed, mohamed; oueslati, weslati; فاطمة, فاطمه.

// nameCue is what announces a name.
type nameCue struct {
	words []string
	colon bool // only with a colon or a comma after it
}

var nameCues = []nameCue{
	{words: folded("je m appelle")},
	{words: folded("mon nom est")},
	{words: folded("mon prénom est")},
	{words: folded("nom et prénom")},
	{words: folded("nom"), colon: true},
	{words: folded("prénom"), colon: true},
	{words: folded("signé")},
	{words: folded("signature"), colon: true},
	{words: folded("cordialement"), colon: true},
	{words: folded("my name is")},
	{words: folded("ismi")},
	{words: folded("esmi")},
	{words: folded("isme")},
	{words: folded("اسمي")},
	{words: folded("إسمي")},
	{words: folded("الاسم واللقب")},
	{words: folded("الاسم"), colon: true},
	{words: folded("الإمضاء"), colon: true},
	{words: folded("إمضاء"), colon: true},
}

// titles stand before a name, or before an office.
var titles = words(`mr mme mlle monsieur madame mademoiselle dr docteur sieur maître السيد السيدة الآنسة الدكتور الدكتورة الأستاذ الأستاذة`)

// callings are titles that also stand before what somebody does.
var callings = words(`docteur dr maître sieur الدكتور الدكتورة الأستاذ الأستاذة`)

// softTitles are other words too.
var softTitles = words(`si lella lalla lela 3ammi 5alti khalti hadj haj haja ousted oustedh ostedh سي للا لالا الحاج الحاجة عمّي خالتي`)

// pointers stand before whom somebody speaks of.
var pointers = words(`agent agente employé employée fils fille mari femme épouse frère soeur sœur voisin voisine collègue père mère oncle cousin cousine weldi benti étudiant étudiante guichetier guichetière
	5ouya okhti rajli marti jari jarti ana الموظف الموظفة العون موظف موظفة ابني ولدي ابنتي بنتي زوجي زوجتي أخي أختي جاري جارتي لابني لابنتي والدي والدتي أمي أبي طالب الطالب الطالبة أنا الأخ الأخت`)

// speaking stands before whom somebody speaks of, and before much else: enough for a given
// name without a capital.
var speaking = words(`de à chez avec par merci et avec pour mta3 m3a 3and l`)

// peoples are words with a capital that are no names.
var peoples = words(`tunisien tunisienne français française algérien algérienne libyen libyenne marocain marocaine étranger étrangère sms cin rib`)

// measures follow a number that is none of a house.
var measures = words(`heure heures jour jours mois an ans année années semaine semaines fois minute minutes dinars dinar dt personnes chhour ayam marrat sou9
	ساعة ساعات يوم أيام شهر أشهر سنة سنوات مرات مرة دقيقة دقائق دينار دنانير أسبوع أسابيع`)

// particles stand inside names.
var particles = words(`ben bent bin ibn bel bou abou abu ould el al بن بنت ابن ولد أبو بو`)

// numerals stand after the names of kings.
var numerals = map[string]bool{"V": true, "VI": true, "Ier": true, "II": true, "الخامس": true, "السادس": true, "الأول": true, "الثاني": true}

// places bear names of persons and are none.
var places = words(`avenue av rue boulevard bd place hôpital hopital clinique lycée école ecole collège université faculté institut stade aéroport gare station
	cité salle bibliothèque mosquée sbitar madrsa lycee شارع نهج ساحة مستشفى المستشفى مصحة معهد المعهد مدرسة المدرسة جامعة كلية مطار محطة جامع ملعب حي`)

// streets begin an address.
var streets = words(`rue avenue av boulevard bd impasse cité cite résidence residence lotissement immeuble imm villa route nahj chare3 chara3 hay zan9a zan9et
	نهج شارع زنقة حي عمارة إقامة طريق`)

// housings are parts of an address that a number follows.
var housings = words(`bloc bloque appartement appt app apt étage porte numero numéro num no n km bp عدد رقم شقة عمارة بلوك طابق كلم`)

// homes tell that somebody lives where an address follows.
var homes = words(`habite habitons habitant réside résidons demeurant demeure domicilié domiciliée logé loge mon saken sakna saknin noskon nosken neskon naskon
	noskno nosknou أسكن نسكن ساكن ساكنة ساكنين عنواني أقطن نقطن قاطن مقيم مقيمة منزلي`)

// connectors stand between the words of a place.
var connectors = words(`de du des la le les l d el al ibn ben bou bir`)

// nameless are words that are neither names nor streets, where a name could follow.
var nameless = words(`le la les un une des du de au aux à en et ou où mais car donc pour par avec sans sur dans depuis est sont était ai as a ont je j tu il elle
	on nous vous ils elles ne n pas plus très trop que qui quoi quand comme si ce cette ces mon ma mes votre vos notre nos leur leurs son sa ses merci bonjour
	directeur directrice ministre maire président présidente gouverneur délégué déléguée chef responsable agent employé employée guichetier guichetière
	secrétaire médecin docteur monsieur madame mademoiselle juge avocat notaire préfet receveur caissier caissière inspecteur conseiller conseillère
	svp est-ce bonjour bonsoir vôtre voici voilà fermée fermé fermés loin toujours jamais encore bloqué bloquée refusé refusée impossible service site bureau agence dossier
	w ou fi fil fel men min mel 3la 3al ma mech mouch mazel mazelt barcha behi behya mta3 eli elli ila 7atta ya ki kif lazem raw rahou hatha hedhi
	و في من إلى عن مع بعد قبل منذ كل لم لن لا ما هو هي التي الذي أن إن قد كان كانت جدا غير هذا هذه ذلك تلك ولم ولا وقد
	المدير المديرة الوزير الوزيرة الرئيس رئيس الوالي المعتمد العمدة المسؤول المسؤولة الموظف الموظفة العون الكاتب الكاتبة القاضي مدير وزير والي وكيل كاتب معتمد عمدة قابض مندوب الوالية القابض المندوب المحامي الطبيب المحترم
	الإداري الإدارية البلدي التقني الفني الرقمي الاجتماعي المالي القانوني الوطني الحالي التالي الماضي الثاني العمومي الإلكتروني الرئيسي الضروري الأساسي`)

// doubtful are given names that are common words as well: alone they stay.
var doubtful = words(`amal nour nur salah ridha reda mabrouk said habib amine amin jamil karima farah hayet najet salem salam wafa hana houda hedi adel bahi
	rim mona sabr saber khalil aziz nabil chaima iman imen islem islam
	أمل نور سعيد ربيع كريم جميل أمين هدى حياة نجاح نجاة سلام سالم صالح رضا وفاء إيمان فرح عادل ناجح هادي مبروك بسمة خير صابر صبر عزيز نبيل
	حبيب الحبيب خليل إسلام منى سهام مراد كمال جمال فوزي فتح شكري حكيم رشيد منير سليم شريف وحيد أنور ماهر نادر زهرة ورد شمس لطفي طاهر الطاهر مختار
	المختار الهادي العربي عربي منصور ناصر قاسم عامر عمر حاتم باسم`)

// givenNames are common ones. They are data rather than knowledge: no list of them
// is whole.
var givenNames = words(`mohamed mohammed muhammad ahmed mahmoud ali hassen hassan hsan houssem houcine hussein youssef yousef ibrahim brahim ismail moussa issa
	omar othman oussama khaled khalid walid oualid sami samir slim selim salim karim kamel kamal nabil nizar nejib najib hatem hichem hicham
	hamdi hamza habib hedi hafedh haythem haithem fathi faouzi fawzi farouk faycal faisal fares farès chokri chaker chiheb adel adnen adnane anis anouar
	amine amin amir ayman aymen aziz abdallah abdelkader abdelaziz abdelhamid abderrahmen abderrahman abdelwahab abdessalem bachir bechir belgacem badr
	bilel bilal borhen ghassen ghazi jalel jalal jamel jamil jamal kais kaies lassaad lasaad lotfi maher malek mehdi mehrez mokhtar moncef mondher mongi
	mounir mourad moez moaz marouen marwen mustapha mustafa nader naceur nasser nidhal nour noureddine rafik rached rachid ramzi raouf rayen riadh ridha
	reda sabri saber sadok saif seif seifeddine salah salem skander sofien sofiane taher taieb taoufik tarek tarak wajdi wassim wissem yassine yacine yassin
	yahia yahya younes zied ziad zouhair zouheir zakaria iheb ihab ilyes elyes islem montassar oubeyd firas aymen achref achraf akram bassem kods
	fatma fatima aicha khadija mariem meriem maryem amina emna amna amira asma asmaa sonia samia salma selma sana sarra sara sarah saida sihem siham
	leila leyla layla latifa lamia lobna mouna mona monia moufida malika malek manel nadia najet najoua nawel naima nejia nesrine nour nourhene
	olfa ons oumaima rim rym rania radhia rahma raja rawia rafika ramla rihab zohra zeineb zaineb zahra zouhour yosra yasmine ines ikram imen iman
	ibtissem ichrak houda hela hala hajer hayet hanen henda hiba hind habiba faten faiza farah fadia fadwa feten ferdaws chaima chiraz cyrine sirine
	dorra donia dalila douja basma besma beya wafa wided wahida thouraya takwa tasnim khaoula kaouther kmar jamila jihen jihene ghada ghofrane aya
	thameur roua dhia maram wadii jinane elyssa laroussi aida abir afef ahlem amal amel anissa arij arwa awatef
	محمد أحمد محمود علي حسن حسين حسام يوسف إبراهيم إسماعيل موسى عيسى عمر عثمان أسامة خالد وليد سامي سمير سليم كريم كمال نبيل نزار نجيب
	حاتم هشام حمدي حمزة الحبيب حبيب الهادي هادي هيثم فتحي فوزي فاروق فيصل فارس شكري شاكر شهاب عادل عدنان أنيس أنور أمين أمير أيمن عزيز عبد
	بشير بلقاسم بدر بلال غسان غازي جلال جمال جميل قيس الأسعد لطفي ماهر مالك مهدي محرز مختار المنصف منصف منذر منجي منير مراد معز مروان مصطفى
	نادر ناصر نضال نور رفيق راشد رشيد رمزي رؤوف ريان رياض رضا صبري صابر الصادق سيف صالح سالم إسكندر سفيان الطاهر طاهر الطيب توفيق طارق
	وجدي وسيم وسام ياسين يحيى يونس زياد زهير زكرياء إيهاب إلياس إسلام فراس أشرف أكرم باسم
	فاطمة عائشة خديجة مريم أمينة آمنة أميرة أسماء سنية سامية سلمى سناء سارة سعيدة سهام ليلى لطيفة لمياء لبنى منى منية مفيدة مليكة منال نادية
	نجاة نجوى نوال نعيمة نسرين نور ألفة أنس أميمة ريم رانية راضية رحمة رجاء رفيقة رحاب زهرة زينب يسرى ياسمين إيناس إكرام إيمان ابتسام إشراق هدى
	هالة هاجر حياة حنان هندة هبة هند حبيبة فاتن فائزة فرح فدوى شيماء شيراز سيرين درة دنيا دليلة بسمة وفاء وداد وحيدة ثريا تقوى تسنيم خولة كوثر
	قمر جميلة جيهان غادة غفران آية عايدة عبير عفاف أحلام أمل آمال أنيسة أريج أروى عواطف`)

// surnames are common family names, for texts without capitals.
var surnames = words(`trabelsi hammami gharbi jaziri mejri jlassi jelassi jemai ayari oueslati weslati ferchichi ayadi mansouri mansour chebbi riahi dridi
	hamdi guesmi gasmi saidi abidi sassi bouazizi bouzid mathlouthi kallel triki zribi ghannouchi essid toumi khelifi khalfallah boughanmi belhadj belhaj
	karoui kefi sfaxi sousi tounsi tlili zouari zoghlami nasri nasraoui naceur rebai rezgui romdhane rahmani mabrouk mabrouki maaloul masmoudi mzoughi
	makni missaoui marzouki mnif mokaddem labidi louati lahmar kammoun ksouri khemiri jebali jouini jendoubi issaoui hajji haddad hadded hamrouni hamzaoui
	ghribi gabsi fekih fourati dhaouadi daoud chaabane chaabani chelly chouchane cherif chaouch bouraoui boukadida boussetta boujemaa bejaoui
	belaid barhoumi baccouche aouadi aloui amri amara akrout abdelli abbes werghi yahyaoui yacoubi zaidi zitouni turki snoussi kthiri gouider jelliti tounekti laroussi
	الطرابلسي الهمامي الغربي الجزيري الماجري الجلاصي الجامعي العياري الوسلاتي الفرشيشي العيادي المنصوري الشابي الرياحي الدريدي القاسمي السعيدي العبيدي
	الساسي البوعزيزي المثلوثي القلال التريكي الزريبي الغنوشي السيد التومي الخليفي بالحاج الكرّوي الكافي الصفاقسي السوسي التونسي التليلي الزواري الزغلامي
	النصري الرباعي الرزقي رمضان الرحماني المصمودي المزوغي الميساوي المرزوقي العبيدي الجبالي الجويني الجندوبي العيساوي الحاجي الحداد الحمروني الحمزاوي
	القابسي الذوادي شعبان الشريف البجاوي البرهومي العوادي العلوي العامري اليحياوي اليعقوبي الزايدي الزيتوني`)

// words folds a list into a set.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[foldWord(strings.ToLower(w))] = true
	}
	return set
}

// folded folds a phrase word by word.
func folded(phrase string) []string {
	var out []string
	for w := range strings.FieldsSeq(phrase) {
		out = append(out, foldWord(strings.ToLower(w)))
	}
	return out
}
