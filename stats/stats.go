// Package stats holds the formulas by which answers and measurements become
// figures that can be defended: intervals of shares and means, decisions that
// admit not to know, shrinkage, drivers, control limits, indices. It knows
// numbers only: not who answered, nor what was asked. Every formula names its
// source, and its tests recompute examples that somebody else published.
//
// No function returns NaN or an infinity; an interval always holds its estimate
// and stays on the scale. What cannot be computed is told by a false or an error.
package stats

import "math"

// Interval is where the true value lies in 95 of 100 such samples.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Holds tells whether v lies in the interval, bounds included.
func (i Interval) Holds(v float64) bool { return i.Low <= v && v <= i.High }

// Half is half the interval's width: the figure after ± where it is even.
func (i Interval) Half() float64 { return (i.High - i.Low) / 2 }

// Estimate is what was seen, with its interval.
type Estimate struct {
	Value float64 `json:"value"`
	Interval
}

// Z is the quantile of the normal distribution that leaves 2.5 % on either side.
const Z = 1.959963984540054

// about makes an estimate that keeps what the package promises: bounds on the
// scale, and the value between them even where rounding or a centre that was
// pulled inwards would leave it out.
func about(value, low, high, least, most float64) Estimate {
	value = min(max(value, least), most)
	return Estimate{value, Interval{min(max(low, least), value), max(min(high, most), value)}}
}

// finite tells whether every number is one.
func finite(all ...float64) bool {
	for _, v := range all {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// normal is the share of a normal distribution below z.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// normalQuantile is its inverse, for shares that are not 0 or 1.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// studentQuantile returns the quantile of Student's t that leaves 2.5 % above
// it, for any number of degrees of freedom from 1 on (Welch's are no whole
// numbers). From 100 on it is the expansion of Abramowitz and Stegun 26.7.5,
// good to ten digits there; below, that expansion cut short is where Newton's
// steps begin: the distribution is concave above 0, so that they end at the root.
func studentQuantile(freedom float64) float64 {
	const share, z, zz = 0.975, Z, Z * Z
	v := max(freedom, 1)
	t := z + z*(zz+1)/(4*v)
	if v >= 100 {
		t += z * ((5*zz+16)*zz + 3) / (96 * v * v)
		t += z * (((3*zz+19)*zz+17)*zz - 15) / (384 * v * v * v)
		return t + z*((((79*zz+776)*zz+1482)*zz-1920)*zz-945)/(92160*v*v*v*v)
	}
	for range 50 {
		step := (share - student(t, v)) / studentDensity(t, v)
		t = max(t+step, 0.1)
		if math.Abs(step) < 1e-12*t {
			break
		}
	}
	return t
}

// student is the share of Student's distribution below t, for t above 0.
func student(t, v float64) float64 {
	return 1 - incompleteBeta(v/2, 0.5, v/(v+t*t))/2
}

func studentDensity(t, v float64) float64 {
	above, _ := math.Lgamma((v + 1) / 2)
	below, _ := math.Lgamma(v / 2)
	return math.Exp(above-below-(v+1)/2*math.Log1p(t*t/v)) / math.Sqrt(v*math.Pi)
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), by the
// continued fraction of DLMF 8.17.22, read with Lentz's method.
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - incompleteBeta(b, a, 1-x)
	}
	ab, _ := math.Lgamma(a + b)
	ga, _ := math.Lgamma(a)
	gb, _ := math.Lgamma(b)
	front := math.Exp(ab-ga-gb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/nonzero(1-(a+b)*x/(a+1))
	fraction := d
	for m := 1.0; m < 1e4; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/nonzero(1+even*d), nonzero(1+even/c)
		fraction *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/nonzero(1+odd*d), nonzero(1+odd/c)
		fraction *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return front * fraction
}
