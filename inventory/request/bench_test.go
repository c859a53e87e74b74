package request

import "testing"

// One comparison of a message with two thousand others: what the page of the
// form and of the desk does.
func BenchmarkAlike(b *testing.B) {
	title := Stems("Accidents de la route par gouvernorat et par type de route depuis 2015")
	others := []string{
		Stems("Horaires des bus de la région de Sfax"), Stems("Qualité de l'eau de baignade par plage"),
		Stems("حوادث الطرقات حسب الولايات"), Stems("Liste des accidents de circulation routière"),
	}
	for b.Loop() {
		for n := range 2000 {
			Alike(title, others[n%len(others)])
		}
	}
}
