package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"
)

// workbook is the institution's workbook as somebody has it open in Excel.
type workbook struct {
	t     *testing.T
	file  *excelize.File
	sheet string
	first int // the first empty line below what the register holds
}

// openWorkbook opens what was downloaded.
func openWorkbook(t *testing.T, data []byte) *workbook {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("open the workbook: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	b := &workbook{t: t, file: f, sheet: f.GetSheetName(0)}
	rows, err := f.GetRows(b.sheet)
	if err != nil {
		t.Fatalf("read the workbook: %v", err)
	}
	b.first = len(rows) + 1
	return b
}

// at names a cell of the n-th own line.
func (b *workbook) at(column string, n int) string { return fmt.Sprintf("%s%d", column, b.first+n) }

// write types a text into a cell; one that begins with "=" is a formula, as in Excel.
func (b *workbook) write(cell, text string) {
	b.t.Helper()
	err := error(nil)
	if formula, ok := strings.CutPrefix(text, "="); ok {
		err = b.file.SetCellFormula(b.sheet, cell, formula)
	} else {
		err = b.file.SetCellStr(b.sheet, cell, text)
	}
	if err != nil {
		b.t.Fatalf("write %s: %v", cell, err)
	}
}

// fill types a line, a cell for each column.
func (b *workbook) fill(n int, cells map[string]string) {
	b.t.Helper()
	for _, column := range slices.Sorted(maps.Keys(cells)) {
		if cells[column] != "" {
			b.write(b.at(column, n), cells[column])
		}
	}
}

// save keeps the workbook under a name, to be handed in.
func (b *workbook) save(name string) string {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), name)
	if err := b.file.SaveAs(path); err != nil {
		b.t.Fatalf("save the workbook: %v", err)
	}
	return path
}

// comments are the comments of the workbook by cell.
func (b *workbook) comments() map[string]string {
	b.t.Helper()
	all, err := b.file.GetComments(b.sheet)
	if err != nil {
		b.t.Fatalf("read the comments: %v", err)
	}
	said := map[string]string{}
	for _, c := range all {
		text := c.Text
		for _, part := range c.Paragraph {
			text += part.Text
		}
		said[c.Cell] = plainly(text)
	}
	return said
}

// plainly undoes what typography adds, so that sentences can be compared.
func plainly(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'").Replace(s)
}

// download takes the file that a link or a form of the page leads to.
func (v *visitor) download(selector string) []byte {
	v.t.Helper()
	answer, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(async () => {
		const e = document.querySelector(%q);
		const from = e.href || e.action + '?' + new URLSearchParams(new FormData(e));
		const answer = await fetch(from);
		if (!answer.ok) return 'error ' + answer.status;
		const bytes = new Uint8Array(await answer.arrayBuffer());
		let text = '';
		for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
		return btoa(text) })()`, selector), chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("%s: download %s: %v", v.name, selector, err)
	}
	data, err := base64.StdEncoding.DecodeString(answer)
	if err != nil {
		v.t.Fatalf("%s: download %s: %s", v.name, selector, answer)
	}
	return data
}

// handsIn chooses the file in the form and sends it.
func (v *visitor) handsIn(path string) {
	v.t.Helper()
	v.open("/desk/import", 200)
	v.do(chromedp.SetUploadFiles(chromedp.CSS("form[enctype] input[name=file]"), []string{path}))
	v.click("form[enctype] .button.primary", 200)
}

// takesWorkbook downloads the institution's workbook from the page of imports.
func (v *visitor) takesWorkbook() *workbook {
	v.t.Helper()
	v.open("/desk/import", 200)
	v.see("import")
	data := v.download("form[action='/desk/exchange/template.xlsx']")
	return openWorkbook(v.t, data)
}

// pair is a wording in French and Arabic.
type pair struct{ fr, ar string }

// subjects and places give the new datasets their titles.
var subjects = []pair{
	{"Parcelles d'essai de blé dur", "قطع تجارب القمح الصلب"},
	{"Serres de tomates chauffées", "بيوت الطماطم المدفأة"},
	{"Vergers de pistachiers", "غراسات الفستق"},
	{"Ruches transhumantes", "خلايا النحل المتنقلة"},
	{"Stations de lavage des agrumes", "محطات غسل القوارص"},
	{"Citernes d'eau pluviale", "مواجل مياه الأمطار"},
	{"Pépinières de câprier", "مشاتل الكبار"},
	{"Centres de collecte de laine", "مراكز تجميع الصوف"},
	{"Parcours de cactus inerme", "مراعي التين الشوكي الأملس"},
	{"Silos de semences locales", "صوامع البذور المحلية"},
	{"Bassins de spiruline", "أحواض السبيرولينا"},
	{"Ateliers de distillation du romarin", "ورشات تقطير الإكليل"},
	{"Champs de cumin et de fenugrec", "حقول الكمون والحلبة"},
	{"Moulins à grignons", "مطاحن الفيتورة"},
	{"Stations de compostage agricole", "محطات التسميد العضوي"},
	{"Haies brise-vent replantées", "مصدات الرياح المعاد غرسها"},
	{"Points de vente directe des coopératives", "نقاط البيع المباشر للتعاضديات"},
	{"Écoles d'arboriculture de terrain", "مدارس الأشجار المثمرة الحقلية"},
	{"Kiosques de conseil phytosanitaire", "أكشاك الإرشاد للصحة النباتية"},
	{"Bandes enherbées contre l'érosion", "الأشرطة العشبية المقاومة للانجراف"},
}

var places = []pair{
	{"Béja", "باجة"},
	{"Jendouba", "جندوبة"},
	{"Le Kef", "الكاف"},
	{"Siliana", "سليانة"},
	{"Zaghouan", "زغوان"},
	{"Nabeul", "نابل"},
	{"Kairouan", "القيروان"},
	{"Sidi Bouzid", "سيدي بوزيد"},
	{"Gafsa", "قفصة"},
	{"Médenine", "مدنين"},
}

// health are the subjects of the shorter pass in Arabic.
var health = []pair{
	{"Centres de dialyse de jour", "مراكز تصفية الدم النهارية"},
	{"Pharmacies hospitalières de garde", "صيدليات الاستمرار بالمستشفيات"},
}

// words of the drop-downs, by the language of the workbook.
var words = map[string]struct{ annual, yes, no, open, closed, theme, licence string }{
	"fr": {
		"Annuelle", "Oui", "Non", "Ouvert", "Non",
		"Agriculture, pêche et ressources en eau", "Licence Nationale de Données Publiques Ouvertes",
	},
	"ar": {
		"سنوي", "نعم", "لا", "مفتوح", "مغلق",
		"الصحة", "الرخصة الوطنية للبيانات العمومية المفتوحة",
	},
}

// title is that of the n-th new dataset.
func title(lang string, n int) pair {
	all := subjects
	if lang == "ar" {
		all = health
	}
	what, where := all[n/len(places)], places[n%len(places)]
	return pair{what.fr + ", " + where.fr, what.ar + "، " + where.ar}
}

// entry is the n-th new dataset as its line says it, by column.
func entry(lang string, n int) map[string]string {
	w, name, where := words[lang], title(lang, n), places[n%len(places)]
	return map[string]string{
		"E":  name.fr,
		"F":  name.ar,
		"G":  "Relevé sur le terrain : emplacement, superficie et année de mise en service. " + name.fr + ".",
		"H":  "إحصاء ميداني: الموقع والمساحة وسنة الاستغلال. " + name.ar + ".",
		"I":  w.theme,
		"J":  "recensement; " + where.fr,
		"K":  "إحصاء؛ " + where.ar,
		"O":  w.annual,
		"P":  time.Now().AddDate(0, -1, 0).Format("02/01/2006"),
		"V":  w.no,
		"Z":  w.open,
		"AB": "CSV",
		"AC": fmt.Sprintf("https://donnees.example.tn/trimestre/%s/%d.csv", lang, n),
		"AD": w.licence,
		"AG": "donnees@service.example",
	}
}
