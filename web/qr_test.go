package web

import (
	"image"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
)

// The code is drawn as it is meant: every module that is dark is drawn, none
// that is not, and the three corners by which cameras find it are there.
func TestCodeIsDrawnModuleByModule(t *testing.T) {
	svg, err := QR("https://jard.example.tn/survey/b3/qr", `a "label" <x>`)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(svg), `aria-label="a &#34;label&#34; &lt;x&gt;"`) {
		t.Errorf("label not escaped: %.200s", svg)
	}
	dark := map[image.Point]bool{}
	size := 0
	want, err := qr.Encode("https://jard.example.tn/survey/b3/qr", qr.Q, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)`).FindAllStringSubmatch(string(svg), -1) {
		x, y, w := whole(t, m[1]), whole(t, m[2]), whole(t, m[3])
		for n := range w {
			dark[image.Pt(x+n, y)] = true
		}
		size = max(size, x+w)
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			if r, _, _, _ := want.At(x, y).RGBA(); dark[image.Pt(x+quiet, y+quiet)] != (r == 0) {
				t.Fatalf("the module at %d, %d is drawn wrong", x, y)
			}
		}
	}
	for _, corner := range []image.Point{{quiet, quiet}, {size - 7, quiet}, {quiet, size - 7}} {
		for y := range 7 {
			for x := range 7 {
				ring := x == 0 || y == 0 || x == 6 || y == 6 || x > 1 && x < 5 && y > 1 && y < 5
				if dark[corner.Add(image.Pt(x, y))] != ring {
					t.Fatalf("the corner at %v is not one at %d, %d", corner, x, y)
				}
			}
		}
	}
	if _, err := QR("https://jard.example.tn/"+strings.Repeat("x", 4000), ""); err == nil {
		t.Error("an address too long for any code is drawn")
	}
}

func whole(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
