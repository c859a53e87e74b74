package exchangeweb_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// book makes a workbook of lines of cells.
func book(t *testing.T, change func(*excelize.File) error, lines ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for n, cells := range lines {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		if err := change(f); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// with adds parts to a workbook, as other programs put them there.
func with(t *testing.T, data []byte, parts ...string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		if err := out.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; n < len(parts); n += 2 {
		w, err := out.Create(parts[n])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[n+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ole is the beginning of a file of the old kind, with a name in it.
func ole(name string) []byte {
	data := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 504)...)
	for _, letter := range name {
		data = append(data, byte(letter), 0)
	}
	return data
}

// messages hands a file in and returns, in French and in Arabic, what is said
// about it: of the whole, or of each refused or conflicting row.
func (h *house) messages(by identity.Actor, name string, data []byte) (said [2]string) {
	h.Helper()
	at := "/api/v1/imports?institution=marhp&name=" + url.QueryEscape(name)
	hand := func(tag lang.Tag) *httptest.ResponseRecorder {
		return h.send(by, http.MethodPost, at, "application/octet-stream", bytes.NewReader(data), "Accept-Language", string(tag))
	}
	french := hand(lang.French)
	if french.Code != http.StatusOK {
		return [2]string{h.told(french), h.told(hand(lang.Arabic))}
	}
	var made struct{ ID string }
	h.ok(json.Unmarshal(french.Body.Bytes(), &made))
	arabic := h.send(by, http.MethodGet, "/api/v1/imports/"+made.ID, "", nil, "Accept-Language", "ar")
	h.ok(h.store.Discard(h.Context(), by, made.ID))
	return [2]string{h.told(french), h.told(arabic)}
}

// told reads the sentences out of an answer.
func (h *house) told(w *httptest.ResponseRecorder) string {
	h.Helper()
	var out struct {
		Detail string
		Errors []struct{ Detail, Message string }
		Rows   []struct {
			Line   int
			Errors []struct{ Cell, Message string }
		}
	}
	h.ok(json.Unmarshal(w.Body.Bytes(), &out))
	var said []string
	for _, row := range out.Rows {
		for _, e := range row.Errors {
			said = append(said, strings.TrimSpace(fmt.Sprintf("%d %s %s", row.Line, e.Cell, e.Message)))
		}
	}
	for _, e := range out.Errors {
		said = append(said, e.Message+e.Detail)
	}
	if len(said) == 0 {
		said = append(said, out.Detail)
	}
	return strings.Join(said, " | ")
}

// TestBadFilesAreToldInTheOfficersLanguage hands in every kind of bad file and
// asks for the exact words, in French and in Arabic; and that it wrote nothing.
func TestBadFilesAreToldInTheOfficersLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t))
	mine := h.record("Barrages")
	theirs, err := h.store.Create(t.Context(), stranger, "ms", inventory.Content{Title: lang.Text{"fr": "Hôpitaux"}})
	h.ok(err)
	for _, bad := range badFiles(t, mine, theirs) {
		t.Run(bad.name, func(t *testing.T) {
			got := h.messages(officer, bad.file, bad.data)
			if want, ok := badMessages[bad.name]; !ok || got != want {
				t.Errorf("%q; want %q", got, want)
			}
		})
	}
	n, err := h.store.Count(t.Context(), identity.Actor{Account: "mcd", Role: identity.MCD}, inventorydb.Filter{})
	if err != nil || n != 2 {
		t.Errorf("%d datasets after bad files, %v; want the two that were there", n, err)
	}
}

// zipOf makes a zip of one part.
func zipOf(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// numbered writes n lines, each with a title of its own.
func numbered(n int) string {
	var b strings.Builder
	for k := range n {
		fmt.Fprintf(&b, "Jeu %d;\n", k)
	}
	return b.String()
}

type badFile struct {
	name, file string
	data       []byte
}

// badFiles are the files that people hand in by mistake, and some that nobody does.

func badFiles(t *testing.T, mine, theirs *inventory.Dataset) []badFile {
	head := []any{"Intitulé", "Fréquence", "Date de fin"}
	good := []any{"Forêts", "annuelle", "2024-12-31"}
	whole := book(t, nil, head, good)
	utf16 := func(s string) []byte {
		b, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	cp1256, err := charmap.Windows1256.NewEncoder().Bytes([]byte("العنوان;الدورية\nإنتاج الحبوب حسب الولايات;كل قمر\n"))
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]any, 10_001)
	for n := range wide {
		wide[n] = fmt.Sprintf("Colonne %d", n)
	}
	copy(wide, head)
	deep := strings.Repeat("[", 20_000)
	return []badFile{
		{name: "a workbook with a password", file: "x.xlsx", data: ole("EncryptedPackage")},
		{name: "an old workbook called a new one", file: "x.xlsx", data: ole("Workbook")},
		{name: "a web page called a workbook", file: "x.xls", data: []byte("<html><body><table><tr><td>Titre</td></tr></table>")},
		{name: "a PDF", file: "x.pdf", data: []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")},
		{name: "a bomb", file: "x.xlsx", data: with(t, whole, "xl/worksheets/sheet9.xml", strings.Repeat("\x00", 130<<20))},
		{name: "links to other files", file: "x.xlsx", data: with(t, whole, "xl/externalLinks/externalLink1.xml", "<x/>")},
		{name: "macros", file: "x.xlsm", data: with(t, whole, "xl/vbaProject.bin", "x")},
		{name: "a zip cut off", file: "x.xlsx", data: whole[:len(whole)-200]},
		{name: "a zip of something else", file: "x.zip", data: zipOf(t, "lisez-moi.txt")},
		{name: "an OpenDocument table", file: "x.ods", data: zipOf(t, "content.xml")},
		{name: "nothing", file: "x.csv", data: nil},
		{name: "more rows than are read", file: "x.csv", data: []byte("Intitulé;Thème\n" + numbered(sheet.MaxRows+1))},
		{name: "a row behind the last of Excel", file: "x.csv", data: []byte("Intitulé;Thème\n" + strings.Repeat("\n", excelize.TotalRows) + "Forêts;lune\n")},
		{name: "10,001 columns", file: "x.xlsx", data: book(t, nil, wide, good)},
		{name: "no heading anybody knows", file: "x.csv", data: []byte("a\n1\n")},
		{name: "a formula", file: "x.xlsx", data: book(t, func(f *excelize.File) error { return f.SetCellFormula("Sheet1", "B2", "A2") }, head, good)},
		{name: "only a heading", file: "x.csv", data: []byte("Intitulé;Fréquence\n")},
		{name: "30 February", file: "x.xlsx", data: book(t, nil, head, []any{"Forêts", "annuelle", "30/02/2024"})},
		{name: "a number that is no day", file: "x.xlsx", data: book(t, nil, head, []any{"Forêts", "annuelle", 99_999_999})},
		{name: "a frequency nobody promised", file: "x.csv", data: cp1256},
		{name: "UTF-16 without its mark, in Arabic", file: "x.csv", data: utf16("العنوان;الدورية\nإنتاج الحبوب;كل قمر\n")},
		{name: "NUL bytes", file: "x.csv", data: []byte("Intitulé;Fréquence\nFor\x00êts;annuelle\n")},
		{name: "a huge cell", file: "x.csv", data: []byte("Intitulé;Description\n" + strings.Repeat("é", 201) + ";" + strings.Repeat("x", 2<<20) + "\n")},
		{name: "the same reference twice", file: "x.csv", data: []byte("ref;Titre\n" + mine.Ref + ";A\n" + mine.Ref + ";B\n")},
		{name: "another institution's reference", file: "x.csv", data: []byte("ref;Titre\n" + theirs.Ref + ";A\n")},
		{name: "the same title twice", file: "x.csv", data: []byte("Titre;Fréquence\nForêts;annuelle\nForêts;mensuelle\n")},
		{name: "a title the register has", file: "x.csv", data: []byte("Titre;Fréquence\nBarrages;annuelle\n")},
		{name: "a row without a title", file: "x.csv", data: []byte("Titre;Fréquence\n;annuelle\nForêts;annuelle\n")},
		{name: "letters lost in saving", file: "x.csv", data: []byte("Titre;Intitulé en arabe\nForêts;?????\n")},
		{name: "an address that is none", file: "x.csv", data: []byte("Titre;Lien\nForêts;http://pai.pdf\n")},
		{name: "a key twice", file: "x.jsonl", data: []byte("{\"name\":\"a\",\"title\":\"A\",\"title\":\"B\"}\n{\"name\":\"b\",\"title\":\"B\"}\n")},
		{name: "one broken line", file: "x.jsonl", data: []byte("{\"name\":\"a\",\"title\":\"A\"}\n{\"name\":\n{\"name\":\"b\",\"title\":\"B\"}\n[1]\n")},
		{name: "a NUL in JSON", file: "x.jsonl", data: []byte("{\"name\":\"a\",\"title\":\"A\\u0000\"}\n")},
		{name: "text behind the list", file: "x.json", data: []byte(`[{"name":"a","title":"A"}] et voilà`)},
		{name: "a list cut off", file: "x.json", data: []byte(`{"result":[{"name":"a","title":"A"}`)},
		{name: "brackets without end", file: "x.json", data: []byte(`[{"name":"a","title":"A","x":` + deep)},
		{name: "a document without a list", file: "x.json", data: []byte(`{"x":{"y":1}}`)},
		{name: "an entry without a name", file: "x.json", data: []byte(`{"conformsTo":"x","dataset":[{"title":"A"},{"identifier":"b","title":1}]}`)},
	}
}

// badMessages are the words for each bad file, in French and in Arabic.
var badMessages = map[string][2]string{
	"a workbook with a password": {
		"Le classeur est protégé par un mot de passe\u00a0: enregistrez-le sans mot de passe.",
		"المصنّف محمي بكلمة سر: احفظوه دون كلمة سر.",
	},
	"an old workbook called a new one": {
		"Ancien format Excel (.xls) ou classeur chiffré\u00a0: enregistrez-le en .xlsx sans mot de passe.",
		"صيغة إكسل قديمة (.xls) أو مصنف مشفّر: احفظوه بصيغة .xlsx دون كلمة سر.",
	},
	"a web page called a workbook": {
		"Ce fichier est du HTML, pas un tableau\u00a0: enregistrez-le en .xlsx ou en CSV.",
		"هذا الملف من نوع \u2068HTML\u2069 وليس جدولا: احفظوه بصيغة .xlsx أو CSV.",
	},
	"a PDF": {
		"Ce fichier est du PDF, pas un tableau\u00a0: enregistrez-le en .xlsx ou en CSV.",
		"هذا الملف من نوع \u2068PDF\u2069 وليس جدولا: احفظوه بصيغة .xlsx أو CSV.",
	},
	"a bomb": {
		"Le classeur, une fois décompressé, dépasse 128 Mo.",
		"يتجاوز المصنف بعد فك الضغط 128 ميغا.",
	},
	"links to other files": {
		"Le classeur est lié à d’autres fichiers\u00a0: rompez les liaisons (Données, Modifier les liens) et enregistrez.",
		"المصنف مرتبط بملفات أخرى: اقطعوا الروابط (بيانات، تحرير الارتباطات) ثم احفظوه.",
	},
	"macros": {
		"Le classeur contient des macros\u00a0: enregistrez-le en .xlsx, sans macros.",
		"يحتوي المصنف على وحدات ماكرو: احفظوه بصيغة .xlsx دونها.",
	},
	"a zip cut off": {
		"Le classeur est abîmé\u00a0: ouvrez-le dans Excel et enregistrez-le à nouveau.",
		"المصنف تالف: افتحوه في إكسل واحفظوه من جديد.",
	},
	"a zip of something else": {
		"Ce fichier compressé n’est pas un classeur Excel.",
		"هذا الملف المضغوط ليس مصنف إكسل.",
	},
	"an OpenDocument table": {
		"Ce fichier compressé n’est pas un classeur Excel.",
		"هذا الملف المضغوط ليس مصنف إكسل.",
	},
	"nothing": {
		"La demande doit avoir un contenu.",
		"يجب أن يكون للطلب محتوى.",
	},
	"more rows than are read": {
		"20002  Plus de 20\u202f000 lignes\u00a0: partagez le fichier.",
		"20002  أكثر من 20\u202f000 سطر: قسّموا الملف.",
	},
	"a row behind the last of Excel": {
		"1048578 B1048578 Le thème «\u00a0lune\u00a0» est inconnu.",
		"1048578 B1048578 المحور «\u2068lune\u2069» غير معروف.",
	},
	"10,001 columns": {
		"La feuille a plus de 300 colonnes\u00a0: retirez celles qui ne servent pas.",
		"في الورقة أكثر من 300 عمود: احذفوا ما لا يلزم منها.",
	},
	"no heading anybody knows": {
		"Aucune ligne d’en-tête n’a été reconnue\u00a0: il faut au moins une colonne «\u00a0Intitulé\u00a0» (ou «\u00a0Référence\u00a0») et une autre colonne connue parmi les 30 premières lignes.",
		"لم يُتعرف على سطر العناوين: يلزم على الأقل عمود «العنوان» (أو «المرجع») وعمود آخر معروف ضمن الأسطر الثلاثين الأولى.",
	},
	"a formula": {
		"2 B2 Cette cellule contient une formule\u00a0: mettez-y sa valeur.",
		"2 B2 تحتوي هذه الخلية على معادلة: ضعوا قيمتها.",
	},
	"only a heading": {
		"L’en-tête est compris, mais aucune ligne ne suit.",
		"العناوين مفهومة لكن لا سطر تحتها.",
	},
	"30 February": {
		"2 C2 La date «\u00a030/02/2024\u00a0» n’est pas comprise.",
		"2 C2 التاريخ «30/02/2024» غير مفهوم.",
	},
	"a number that is no day": {
		"2 C2 La date «\u00a099999999\u00a0» n’est pas comprise.",
		"2 C2 التاريخ «99999999» غير مفهوم.",
	},
	"a frequency nobody promised": {
		"2 B2 La fréquence «\u00a0\u2068كل قمر\u2069\u00a0» est inconnue.",
		"2 B2 نسق التحيين «كل قمر» غير معروف.",
	},
	"UTF-16 without its mark, in Arabic": {
		"2 B2 La fréquence «\u00a0\u2068كل قمر\u2069\u00a0» est inconnue.",
		"2 B2 نسق التحيين «كل قمر» غير معروف.",
	},
	"NUL bytes": {
		"Ce fichier n’est ni du texte ni un classeur Excel.",
		"هذا الملف ليس نصا ولا مصنف إكسل.",
	},
	"a huge cell": {
		"2 A2 Ce texte dépasse 200 caractères. | 2 B2 Ce texte dépasse 10\u202f000 caractères.",
		"2 A2 يتجاوز هذا النص 200 حرف. | 2 B2 يتجاوز هذا النص 10\u202f000 حرف.",
	},
	"the same reference twice": {
		"3 A3 La même entrée figure déjà à la ligne 2.",
		"3 A3 المدخل نفسه موجود من قبل في السطر 2.",
	},
	"another institution's reference": {
		"2 A2 La référence «\u00a0TN-MS-2026-0001\u00a0» n’existe pas dans votre institution.",
		"2 A2 المرجع «\u2068TN-MS-2026-0001\u2069» غير موجود في مؤسستكم.",
	},
	"the same title twice": {
		"3  La même entrée figure déjà à la ligne 2.",
		"3  المدخل نفسه موجود من قبل في السطر 2.",
	},
	"a title the register has": {
		"2 A2 Le registre a déjà un jeu de ce titre, TN-MARHP-2026-0001\u00a0: mettez sa référence, ou changez le titre.",
		"2 A2 في السجل مجموعة بهذا العنوان، \u2068TN-MARHP-2026-0001\u2069: ضعوا مرجعها أو غيّروا العنوان.",
	},
	"a row without a title": {
		"2 A2 L’entrée n’a pas d’intitulé.",
		"2 A2 ليس للمدخل عنوان.",
	},
	"letters lost in saving": {
		"2 B2 Des lettres ont été perdues à l’enregistrement («\u00a0?????\u00a0»)\u00a0: enregistrez en .xlsx ou en CSV UTF-8.",
		"2 B2 ضاعت حروف عند الحفظ («?????»): احفظوا بصيغة xlsx أو CSV UTF-8.",
	},
	"an address that is none": {
		"2 B2 «\u00a0pai.pdf\u00a0» n’est pas un nom de site.",
		"2 B2 «\u2068pai.pdf\u2069» ليس اسم موقع.",
	},
	"a key twice": {
		"1  Le champ «\u00a0title\u00a0» est écrit deux fois dans la même entrée.",
		"1  الحقل «\u2068title\u2069» مكتوب مرتين في المدخل نفسه.",
	},
	"one broken line": {
		"2  La ligne est coupée. | 4  La ligne n’est pas un objet JSON.",
		"2  السطر مبتور. | 4  السطر ليس كائن JSON.",
	},
	"a NUL in JSON": {
		"1  Le texte contient des caractères invisibles à supprimer.",
		"1  يحتوي النص على حروف خفية يجب حذفها.",
	},
	"text behind the list": {
		"2  Il reste du texte après la fin de la liste\u202f; il n’a pas été lu.",
		"2  بقي نص بعد نهاية القائمة ولم يُقرأ.",
	},
	"a list cut off": {
		"2  La ligne est coupée.",
		"2  السطر مبتور.",
	},
	"brackets without end": {
		"1  La ligne n’est pas du JSON lisible.",
		"1  السطر ليس JSON مقروءا.",
	},
	"a document without a list": {
		"1  L’entrée n’a pas d’intitulé. | 1  L’entrée n’a pas d’identifiant.",
		"1  ليس للمدخل عنوان. | 1  ليس للمدخل معرّف.",
	},
	"an entry without a name": {
		"1  L’entrée n’a pas d’identifiant. | 2  Cette valeur n’a pas le type attendu.",
		"1  ليس للمدخل معرّف. | 2  هذه القيمة ليست من النوع المنتظر.",
	},
}
