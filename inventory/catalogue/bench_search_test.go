package catalogue

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// The words of a large register: some stand everywhere, most in few texts.
const (
	french = "le la les de des du et par en sur selon évolution production gouvernorat région nombre répartition statistiques annuelle " +
		"mensuelle données agriculture pêche olives céréales blé lait viande eau barrages pluie station climatique température santé hôpitaux " +
		"médecins écoles élèves enseignants transport routes accidents énergie électricité gaz consommation prix marché importations exportations " +
		"entreprises emploi chômage population communes superficie hectares tonnes dinars budget dépenses recettes marchés publics environnement " +
		"déchets forêts tourisme hôtels nuitées culture patrimoine monuments justice sécurité télécommunications internet abonnés liste carte " +
		"ministère office national observatoire direction générale institut agence centre régional tunis sfax sousse bizerte nabeul kairouan gabès"
	arabic = "حسب الولاية عدد الإنتاج توزيع تطور السنوي الشهري الديوان الوطني وزارة الفلاحة الصيد البحري الزيتون الحبوب القمح الحليب اللحوم الماء " +
		"السدود الأمطار محطة الحرارة الصحة المستشفيات الأطباء المدارس التلاميذ المدرسين النقل الطرقات الحوادث الطاقة الكهرباء الغاز الاستهلاك " +
		"الأسعار السوق الواردات الصادرات المؤسسات التشغيل البطالة السكان البلديات المساحة الميزانية النفقات البيئة النفايات الغابات السياحة النزل " +
		"الثقافة التراث العدل الأمن الاتصالات المشتركين قائمة خريطة المعهد الوكالة المركز الجهوي تونس صفاقس سوسة بنزرت نابل القيروان قابس"
)

// bulkWord chooses one; one of twelve is a name or a number that is seldom met.
func bulkWord(r *rand.Rand, from []string) string {
	if r.IntN(12) > 0 {
		return from[int(float64(len(from))*r.Float64()*r.Float64())]
	}
	rare := int(200_000 * r.Float64() * r.Float64())
	return from[rare%len(from)] + from[rare/len(from)%len(from)]
}

func bulkText(r *rand.Rand, letters string, words int) string {
	from := strings.Fields(letters)
	all := make([]string, words)
	for i := range all {
		all[i] = bulkWord(r, from)
	}
	return strings.Join(all, " ")
}

// bulk is the nth publication of a large register: texts as long as those of
// real entries, 300 institutions, 5 keywords.
func bulk(n int) inventory.Publication {
	r := rand.New(rand.NewPCG(uint64(n), 5)) //nolint:gosec // texts, not secrets
	p := sample(n)
	p.DatasetID = fmt.Sprintf("%08x-%04x-4000-8000-%012x", r.Uint32(), r.Uint32()&0xffff, n)
	p.Institution = fmt.Sprintf("institution-%03d", int(300*r.Float64()*r.Float64()))
	p.Modified = now.Add(-time.Duration(r.IntN(3e7)) * time.Second)
	p.Issued = p.Modified.Add(-time.Duration(r.IntN(3e7)) * time.Second)
	p.Name = fmt.Sprintf("%s-%d", strings.ReplaceAll(inventory.Fold(bulkText(r, french, 5)), " ", "-"), n)
	p.Content.Title = lang.Text{"fr": bulkText(r, french, 9), "ar": bulkText(r, arabic, 8)}
	p.Content.Description = lang.Text{"fr": bulkText(r, french, 35), "ar": bulkText(r, arabic, 25)}
	p.Content.Distributions[0].ID = fmt.Sprintf("%08x-%04x-4000-9000-%08x%04x", r.Uint32(), r.Uint32()&0xffff, r.Uint32(), r.Uint32()&0xffff)
	p.Content.Keywords = lang.Words{"fr": {bulkText(r, french, 1), bulkText(r, french, 1), bulkText(r, french, 1)}, "ar": {bulkText(r, arabic, 1), bulkText(r, arabic, 1)}}
	return p
}

func bulkWriter() *writer {
	institutions := identity.Tree{}
	for i := range 300 {
		slug := fmt.Sprintf("institution-%03d", i)
		institutions[slug] = identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": fmt.Sprintf("Office national numéro %d", i), "ar": fmt.Sprintf("الديوان الوطني عدد %d", i)}}
	}
	return newWriter(settings(), vocabulary(), institutions)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// bulkSnapshot is a snapshot with nothing but what the Action API needs.
func bulkSnapshotT(b testing.TB, n int) *Snapshot {
	b.Helper()
	s := &Snapshot{writer: bulkWriter(), answers: map[string]*Document{}, Built: now}
	before := heap()
	records := make([]*record, 0, n)
	packed := 0
	for i := range n {
		r, err := s.writer.newRecord(bulk(i))
		if err != nil {
			b.Fatal(err)
		}
		packed += len(r.packed)
		records = append(records, r)
	}
	start := time.Now()
	s.index = (*index)(nil).with(batchOf(records), nil)
	clear(records) // so that only the index has them
	b.Logf("index of %d made in %v; packages %d bytes each", n, time.Since(start).Round(time.Millisecond), packed/n)
	b.Logf("index takes %d bytes a dataset, %d MB", int(heap()-before)/n, (heap()-before)>>20)
	return s
}

// question makes up a question that nobody has asked before.
func question(r *rand.Rand, i int) Args {
	day := now.Add(-time.Duration(r.IntN(3e7)) * time.Second).Format(time.RFC3339Nano)
	a := Args{"rows": "100", "start": fmt.Sprint(r.IntN(100))}
	switch i % 10 {
	case 0:
		a["q"] = bulkText(r, french, 2)
	case 1:
		a["q"], a["sort"] = bulkText(r, arabic, 1), "title_string asc"
	case 2:
		a["fq"], a["sort"] = "metadata_modified:["+day+" TO *]", "id asc"
	case 3:
		a["sort"], a["start"] = "id asc", fmt.Sprint(r.IntN(100_000))
	case 4:
		a["fq"] = fmt.Sprintf("organization:institution-%03d -groups:sante", r.IntN(300))
		a["facet.field"] = `["organization","groups","tags","res_format","license_id"]`
	case 5:
		a["facet.field"], a["q"] = `["organization","groups","tags","res_format","license_id"]`, "title:"+string([]rune(bulkText(r, french, 1))[:2])+"*"
	case 6:
		a["q"], a["sort"] = `"`+bulkText(r, french, 2)+`"`, "name desc"
	case 7:
		a["sort"], a["start"] = "organization asc, metadata_modified desc", fmt.Sprint(r.IntN(50_000))
	case 8:
		a["q"], a["fq"] = string([]rune(bulkText(r, french, 1))[:1])+"*", "metadata_created:[* TO "+day+"] res_format:CSV"
	case 9:
		a["q"] = fmt.Sprintf("(%s OR %s) AND -%s", bulkText(r, french, 1), bulkText(r, arabic, 1), bulkText(r, french, 1))
		a["sort"], a["fl"] = "metadata_modified desc", "id,name,metadata_modified"
	}
	return a
}

// processorTime is what this thread has worked. On a machine that does other
// things meanwhile it says more than the clock.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(1, &u) != nil { // RUSAGE_THREAD
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPackageSearch100k asks ten kinds of questions, each new.
func BenchmarkPackageSearch100k(b *testing.B) {
	s := bulkSnapshotT(b, 100_000)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // questions, not secrets
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var took, own []time.Duration
	kinds := make([][]time.Duration, 10)
	for i := 0; b.Loop(); i++ {
		a := question(r, i)
		start, worked := time.Now(), processorTime()
		status, d := s.Act("package_search", a)
		size := len(d.Bytes())
		one := time.Since(start)
		own = append(own, processorTime()-worked)
		if status != 200 || size == 0 {
			b.Fatalf("%v: %d %s", a, status, d.Bytes())
		}
		took, kinds[i%10] = append(took, one), append(kinds[i%10], one)
	}
	slices.Sort(took)
	slices.Sort(own)
	b.ReportMetric(float64(own[len(own)*99/100].Microseconds())/1000, "cpu-p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	for kind, all := range kinds {
		if slices.Sort(all); len(all) > 0 {
			b.Logf("%d: p50 %v, p99 %v", kind, all[len(all)/2], all[len(all)*99/100])
		}
	}
}
