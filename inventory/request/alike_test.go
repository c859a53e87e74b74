package request

import (
	"fmt"
	"testing"
)

// The pairs the threshold was set on: as people write, in both languages.
func TestAlike(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"Accidents de la route par gouvernorat", "accident route gouvernorats depuis 2015", true},
		{"Accidents de la route par gouvernorat", "Liste des accidents de circulation routière", false},
		{"Horaires des bus de la région de Sfax", "horaire bus sfax", true},
		{"Horaires des bus de la région de Sfax", "Horaires des trains de banlieue de Tunis", false},
		{"Qualité de l'eau de baignade par plage", "qualite eau des plages (baignade)", true},
		{"Qualité de l'eau de baignade par plage", "Qualité de l'air à Gabès", false},
		{"Prix de gros des légumes au marché de Bir El Kassaa", "Prix des légumes, marché de gros Bir Kassaa", true},
		{"Liste des écoles primaires avec coordonnées GPS", "Ecoles primaires : coordonnées GPS", true},
		{"Liste des écoles primaires avec coordonnées GPS", "Nombre d'élèves par lycée", false},
		{"Budget des communes 2024", "Budgets communaux exécutés", true},
		{"Données sur les barrages : taux de remplissage", "Remplissage des barrages par jour", true},
		{"Délais d'attente des hôpitaux publics", "delai attente hopital public", true},
		{"حوادث الطرقات حسب الولايات", "عدد حوادث الطرقات بكل ولاية", true},
		{"حوادث الطرقات حسب الولايات", "حوادث الشغل حسب القطاع", false},
		{"أسعار الخضر بسوق الجملة ببئر القصعة", "اسعار الخضر في سوق الجملة بئر القصعه", true},
		{"نسبة امتلاء السدود", "امتلاء السدود يوميا", true},
		{"مواعيد الحافلات بصفاقس", "مواعيد القطارات بتونس", false},
		{"قائمة الصيدليات الليلية", "الصيدليات الليلية حسب المعتمدية", true},
		{"", "Accidents de la route", false},
		{"données", "données", false},
	} {
		t.Run(tt.a+" / "+tt.b, func(t *testing.T) {
			score := Alike(Stems(tt.a), Stems(tt.b))
			if back := Alike(Stems(tt.b), Stems(tt.a)); fmt.Sprintf("%.6f", back) != fmt.Sprintf("%.6f", score) {
				t.Errorf("%.3f one way and %.3f the other", score, back)
			}
			if (score >= AlikeFrom) != tt.same {
				t.Errorf("Alike = %.2f of %q and %q; want the same: %v", score, Stems(tt.a), Stems(tt.b), tt.same)
			}
		})
	}
}

func FuzzAlike(f *testing.F) {
	f.Add("Accidents de la route", "accident route")
	f.Add("نسبة امتلاء السدود", "السدود")
	f.Add("\xff\xfe", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := Stems(a), Stems(b)
		if score := Alike(x, y); score < 0 || score > 1 || score != score {
			t.Errorf("Alike(%q, %q) = %v", x, y, score)
		}
		if x != "" && Alike(x, x) > 1 {
			t.Errorf("%q is like itself by more than 1", x)
		}
	})
}
