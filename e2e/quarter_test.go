package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// mistake is one of the things that go wrong in a sheet.
type mistake struct {
	line   int    // of the new ones, from 0
	cell   string // column of the cell that is said to be wrong
	typed  map[string]string
	said   string // in the officer's language
	mended map[string]string
}

// mistakes are twelve different ones, as people make them.
func mistakes() []mistake {
	one := func(line int, column, typed, said string) mistake {
		right := entry("fr", line)[column]
		return mistake{line, column, map[string]string{column: typed}, said, map[string]string{column: right}}
	}
	twin, own := entry("fr", 60), entry("fr", 61)
	long := "Inventaire " + strings.Repeat("très ", 40) + "détaillé"
	return []mistake{
		{
			4, "E",
			map[string]string{"E": "", "F": ""},
			"L'entrée n'a pas d'intitulé.",
			map[string]string{"E": entry("fr", 4)["E"], "F": entry("fr", 4)["F"]},
		},
		one(17, "I", "Astrologie", "Le thème « Astrologie » est inconnu."),
		one(23, "P", "30/02/2026", "La date « 30/02/2026 » n'est pas comprise."),
		one(38, "O", "quand on peut", "La fréquence « quand on peut » est inconnue."),
		one(45, "AG", "donnees@@service.example", "Ce n'est pas une adresse électronique complète."),
		one(52, "AD", "Gratuite", "La licence « Gratuite » est inconnue."),
		{
			61, "E",
			map[string]string{"E": twin["E"], "F": twin["F"]},
			"La même entrée figure déjà à la ligne",
			map[string]string{"E": own["E"], "F": own["F"]},
		},
		one(77, "D", "TN-MS-2025-0001", "La référence « TN-MS-2025-0001 » n'existe pas dans votre institution."),
		one(98, "G", `=CONCATENATE("Ruches"," recensées")`, "Cette cellule contient une formule : mettez-y sa valeur."),
		one(120, "E", long, "Ce texte dépasse 200 caractères."),
		one(151, "AC", "http://pai.pdf", "« pai.pdf » n'est pas un nom de site."),
		one(199, "V", "peut-être", "« peut-être » n'est ni oui ni non."),
	}
}

// newRows is how many datasets the quarter brings; unlicensed and unfounded
// are two of them that may be recorded and not yet submitted.
const (
	newRows    = 200
	unlicensed = 10
	unfounded  = 20
)

// TestQuarter is the quarter's work of somebody who knows only the workbook
// that used to be mailed: 200 rows with twelve mistakes, corrections, two
// returns, and the confirmation that nothing changed, from a mail.
func TestQuarter(t *testing.T) {
	browser := chrome(t)
	officer := visit(t, browser, "fr", 1280)
	officer.name = "quarter-" + officer.name
	officer.choosesLanguage()
	officer.signIn("officer")
	officer.see("desk")
	file := officer.recordsByWorkbook()
	officer.submitsFile(file)

	operator := visit(t, browser, "fr", 1280)
	operator.name = "quarter-operator-" + operator.name
	operator.choosesLanguage()
	refs := operator.returnsTwoAndApproves(file)
	officer.answers(refs)
	operator.approvesReturned(refs)
	public := visit(t, browser, "fr", 1280)
	public.name = "quarter-public-" + public.name
	public.choosesLanguage()
	public.finds(refs[0], title("fr", 30).fr)

	ref, period := public.confirmsByMail(officer.mailedLink())
	officer.confirmedByMail(ref, period, "tenue", "attestation", "Confirmation sans changement, par lien de courrier")
}

// recordsByWorkbook fills the workbook, reads what is wrong, corrects it, and
// applies the file; it returns the file's id.
func (v *visitor) recordsByWorkbook() (file string) {
	v.t.Helper()
	wrong := mistakes()
	book := v.takesWorkbook()
	for n := range newRows {
		book.fill(n, v.line(n, wrong))
	}
	v.handsIn(book.save("trimestre.xlsx"))
	v.see("preview")
	v.counts(map[string]int{"create": newRows - len(wrong), "refused": len(wrong), "change": 0, "conflict": 0})
	v.click(".exchange-figures a[href='?outcome=refused']", http.StatusOK)
	v.see("preview-refused")
	corrected := v.corrects(book, wrong)
	v.handsIn(corrected.save("trimestre corrigé.xlsx"))
	v.see("preview-corrected")
	v.counts(map[string]int{"create": newRows, "refused": 0, "change": 0, "conflict": 0})
	v.click("form[action$='/application'] .button.primary", http.StatusOK)
	v.see("applied")
	return strings.TrimPrefix(v.text("location.pathname"), "/desk/import/")
}

// corrects reads what is wrong on the page and in the commented workbook, and
// mends it there.
func (v *visitor) corrects(book *workbook, wrong []mistake) *workbook {
	v.t.Helper()
	remarks := plainly(v.text("document.querySelector('.exchange-rows').innerText"))
	commented := openWorkbook(v.t, v.download("a[href$='/comments.xlsx']"))
	commented.first = book.first
	said := commented.comments()
	if len(said) != len(wrong) {
		v.t.Errorf("%s: %d cells are commented; want %d: %v", v.name, len(said), len(wrong), said)
	}
	for _, m := range wrong {
		cell := book.at(m.cell, m.line)
		if !strings.Contains(remarks, cell) || !strings.Contains(remarks, m.said) {
			v.t.Errorf("%s: the preview does not say of %s: %s", v.name, cell, m.said)
		}
		if !strings.Contains(said[cell], m.said) {
			v.t.Errorf("%s: cell %s is commented %q; want %q", v.name, cell, said[cell], m.said)
		}
		for column, text := range m.mended {
			commented.write(book.at(column, m.line), text)
		}
	}
	return commented
}

// line is the n-th line as she types it, with its mistake if it has one.
func (v *visitor) line(n int, wrong []mistake) map[string]string {
	cells := entry(v.lang, n)
	switch {
	case v.lang == "ar": // the shorter pass keeps nothing back
	case n == unlicensed:
		cells["AD"] = ""
	case n == unfounded:
		cells["Z"] = words[v.lang].closed
	}
	for _, m := range wrong {
		if m.line == n {
			maps.Copy(cells, m.typed)
		}
	}
	return cells
}

// counts compares the figures of a preview.
func (v *visitor) counts(want map[string]int) {
	v.t.Helper()
	for outcome, n := range want {
		got := v.text(fmt.Sprintf("document.querySelector(`.exchange-figures a[href='?outcome=%s']`).innerText", outcome))
		if got != fmt.Sprint(n) {
			v.keep("counts")
			v.t.Fatalf("%s: the preview counts %s %s; want %d", v.name, got, outcome, n)
		}
	}
}

// submitsFile submits the datasets of the file together, and mends the two
// that are kept back: no licence, and closed without a ground.
func (v *visitor) submitsFile(file string) {
	v.t.Helper()
	v.click("a[href^='/desk/changesets/']", http.StatusOK)
	v.see("changeset")
	v.click("form[action$='/submission'] button", http.StatusOK)
	v.see("file-submitted")
	if left := v.text("document.querySelectorAll('section[aria-labelledby=left] li.row').length"); left != "2" {
		v.t.Fatalf("%s: %s datasets are kept back; want 2", v.name, left)
	}
	for n, mend := range map[int][]field{
		unlicensed: {{"licence", "LNDPO-TN"}},
		unfounded:  {{"legal_ground", "Secret commercial des exploitants"}, {"extra.ground", "trade"}, {"extra.review_on", "2027-06-30"}},
	} {
		v.open("/desk/changesets/"+file, http.StatusOK)
		v.open("/desk/datasets?q="+url.QueryEscape(entry("fr", n)["E"]), http.StatusOK)
		v.click(".desk-table td.lead a", http.StatusOK)
		v.see("kept-back")
		v.open(v.text("location.pathname")+"/edit", http.StatusOK)
		v.fill(mend)
		v.click("button[name=do][value=submit]", http.StatusOK)
	}
	v.see("kept-back-submitted")
}

// returnsTwoAndApproves is the operator's turn; refs are the two sent back.
func (v *visitor) returnsTwoAndApproves(file string) (refs []string) {
	v.t.Helper()
	v.signIn("mcd")
	v.open("/desk/review", http.StatusOK)
	v.see("queue")
	for n, c := range []struct{ title, field, text string }{
		{entry("fr", 30)["E"], "description.fr", "Dites la campagne à laquelle se rapporte le recensement."},
		{entry("fr", 140)["E"], "keywords.fr", "Ajoutez un mot-clé : compost."},
	} {
		path := v.text(fmt.Sprintf(`[...document.querySelectorAll('td.lead a')].find(a => a.innerText.trim() == %q)?.getAttribute('href')`, c.title))
		if path == "undefined" {
			v.t.Fatalf("%s: %q does not wait for review", v.name, c.title)
		}
		v.open(path, http.StatusOK)
		v.see(fmt.Sprintf("review-%d", n+1))
		v.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("details:has([name='comments.%s']) summary", c.field))))
		v.fill([]field{{"comments." + c.field, c.text}, {"reason", "Presque prêt : une précision est demandée."}})
		v.click("#return-form button", http.StatusOK)
		refs = append(refs, strings.TrimSuffix(strings.TrimPrefix(path, "/desk/datasets/"), "/review"))
		v.open("/desk/review", http.StatusOK)
	}
	v.click(fmt.Sprintf("a[href='/desk/changesets/%s']", file), http.StatusOK)
	v.see("file")
	v.click("form[action$='/approval'] button", http.StatusOK)
	v.see("file-approved")
	if n := v.text("document.querySelectorAll('section[aria-labelledby=done] li.row').length"); n != "196" {
		v.t.Errorf("%s: %s datasets of the file were approved; want 196", v.name, n)
	}
	return refs
}

// answers finds on her desk what came back, answers the comments, corrects,
// and submits again.
func (v *visitor) answers(refs []string) {
	v.t.Helper()
	for n, ref := range refs {
		v.open("/desk", http.StatusOK)
		v.see(fmt.Sprintf("came-back-%d", n+1))
		v.click(fmt.Sprintf("main a[href='/desk/datasets/%s']", ref), http.StatusOK)
		v.see("comments")
		v.do(chromedp.Click(chromedp.CSS("#comments input[type=checkbox]")), chromedp.SendKeys(chromedp.CSS("#comments textarea"), "C'est fait, merci."))
		v.click("#comments button", http.StatusOK)
		v.open("/desk/datasets/"+ref+"/edit", http.StatusOK)
		v.see("correcting")
		if n == 0 {
			v.fill([]field{{"description.fr", "Ruches déplacées d'un gouvernorat à l'autre, recensées pendant la campagne 2025/2026."}})
		} else {
			v.fill([]field{{"keywords.fr", "agriculture, compost"}})
		}
		v.click("button[name=do][value=submit]", http.StatusOK)
		v.see("submitted-again")
	}
}

// approvesReturned approves what came again.
func (v *visitor) approvesReturned(refs []string) {
	v.t.Helper()
	for _, ref := range refs {
		v.open("/desk/datasets/"+ref+"/review", http.StatusOK)
		if main := plainly(v.text("document.querySelector('main').innerText")); !strings.Contains(main, "C'est fait, merci.") {
			v.t.Errorf("%s: the review of %s does not show the answer", v.name, ref)
		}
		v.see("review-again")
		v.click("form[action$='/approval'] button", http.StatusOK)
	}
}

// finds sees what the public finds.
func (v *visitor) finds(ref, title string) {
	v.t.Helper()
	v.open("/datasets?q="+url.QueryEscape(title), http.StatusOK)
	v.see("search")
	v.click(fmt.Sprintf("main a[href='/datasets/%s']", ref), http.StatusOK)
	v.see("dataset")
	if h := plainly(v.text("document.querySelector('h1').innerText")); h != title {
		v.t.Errorf("%s: the page of %s is headed %q; want %q", v.name, ref, h, title)
	}
}

// mailedLink reads the last digest and returns its link to confirm that
// nothing changed. Letters of another kind may have come after it.
func (v *visitor) mailedLink() string {
	v.t.Helper()
	v.open("/desk/messages", http.StatusOK)
	v.see("messages")
	letters := strings.Fields(v.text("[...document.querySelectorAll('main td.lead a')].map(a => a.pathname).join(' ')"))
	for _, letter := range letters {
		v.open(letter+"/body", http.StatusOK)
		link := v.text("document.querySelector('a[href*=\"/m/\"]')?.href")
		if !strings.HasPrefix(link, demo.base+"/m/") {
			continue
		}
		v.keep("digest-body")
		v.open(letter, http.StatusOK)
		v.see("digest")
		return strings.TrimPrefix(link, demo.base)
	}
	v.t.Fatalf("%s: none of %d letters holds a link to confirm", v.name, len(letters))
	return ""
}

// confirmsByMail opens the link of a mail without being signed in and confirms;
// a second time it says that this is settled.
func (v *visitor) confirmsByMail(link string) (ref, period string) {
	v.t.Helper()
	v.open(link, http.StatusOK)
	v.see("mail-link")
	ref = v.text("document.querySelector('.notice-about code').innerText")
	period = v.text("document.querySelector('.notice-about > p:last-of-type').innerText")
	v.click(".notice-gate form .button.primary", http.StatusOK)
	v.see("mail-confirmed")
	v.open(link, http.StatusGone)
	v.see("mail-settled")
	if v.text("document.querySelectorAll('.notice-gate form').length") != "0" {
		v.t.Errorf("%s: the link of %s still acts", v.name, ref)
	}
	return ref, period
}

// confirmedByMail sees on the desk that the promise is kept, and how.
func (v *visitor) confirmedByMail(ref, period string, said ...string) {
	v.t.Helper()
	v.open("/desk/datasets/"+ref, http.StatusOK)
	v.see("confirmed")
	row := plainly(v.text(fmt.Sprintf(`[...document.querySelectorAll('.ledger-table tbody tr')].find(
		r => %q.includes(r.querySelector('td.lead').innerText.trim()))?.innerText`, period)))
	main := plainly(v.text("document.querySelector('main').innerText"))
	for n, sentence := range said {
		if where := []string{row, row, main}[n]; !strings.Contains(where, sentence) {
			v.t.Errorf("%s: %s does not say %q of %s: %s", v.name, ref, sentence, period, row)
		}
	}
}

// TestQuarterInArabic is the shorter pass of an officer who reads Arabic, on a phone.
func TestQuarterInArabic(t *testing.T) {
	browser := chrome(t)
	v := visit(t, browser, "ar", 390)
	v.name = "quarter-" + v.name
	v.choosesLanguage()
	v.signInAs(login{"agent.ms@demo.example", demo.logins["officer"].password})
	v.see("desk")
	one := func(line int, column, typed, said string) mistake {
		return mistake{line, column, map[string]string{column: typed}, said, map[string]string{column: entry("ar", line)[column]}}
	}
	wrong := []mistake{
		one(3, "I", "التنجيم", "المحور"), one(8, "P", "30/02/2026", "التاريخ"), one(11, "V", "ربما", "ربما"),
	}
	book := v.takesWorkbook()
	for n := range 12 {
		book.fill(n, v.line(n, wrong))
	}
	v.handsIn(book.save("الثلاثي.xlsx"))
	v.counts(map[string]int{"create": 9, "refused": 3, "change": 0, "conflict": 0})
	v.click(".exchange-figures a[href='?outcome=refused']", http.StatusOK)
	v.see("preview-refused")
	v.handsIn(v.corrects(book, wrong).save("الثلاثي-2.xlsx"))
	v.counts(map[string]int{"create": 12, "refused": 0, "change": 0, "conflict": 0})
	v.click("form[action$='/application'] .button.primary", http.StatusOK)
	v.see("applied")
	v.click("a[href^='/desk/changesets/']", http.StatusOK)
	v.see("changeset")
	v.click("form[action$='/submission'] button", http.StatusOK)
	v.see("file-submitted")
	if n := v.text("document.querySelectorAll('section[aria-labelledby=done] li.row').length"); n != "12" {
		t.Errorf("%s: %s datasets of the file were submitted; want 12", v.name, n)
	}
	public := visit(t, browser, "ar", 390)
	public.name = "quarter-public-" + public.name
	ref, period := public.confirmsByMail(v.mailedLink())
	v.confirmedByMail(ref, period)
}
