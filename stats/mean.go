package stats

import "math"

// moments describe values on a scale from 0 to 1: how many they are worth, their
// mean, their variance (dividing by n) and their skewness.
type moments struct{ n, at, variance, skew float64 }

// on lays an estimate that was made on 0–1 on another scale.
func (e Estimate) on(least, most float64) Estimate {
	wide := most - least
	return about(least+e.Value*wide, least+e.Low*wide, least+e.High*wide, least, most)
}

// Few is the number of answers below which Student's interval of a mean on a
// bounded scale is not trusted.
const Few = 30

// mean returns the mean with Student's interval where that holds what it
// promises: from 30 answers on, and more the more skewed they are (Cochran's
// rule, n > 28 + 25·skewness², as Sugden, Smith and Jones found it, J. R. Stat.
// Soc. A 163, 2000). Else the guarded one.
func (m moments) mean() Estimate {
	if m.bearsStudent() {
		return m.student()
	}
	return m.guarded()
}

func (m moments) bearsStudent() bool {
	return m.n >= Few && m.variance > 0 && m.n > 28+25*m.skew*m.skew
}

// student is the interval of the mean by Student's t, cut to the scale.
func (m moments) student() Estimate {
	half := 1.0
	if m.n > 1 {
		half = studentQuantile(m.n-1) * math.Sqrt(m.variance/(m.n-1))
	}
	return about(m.at, m.at-half, m.at+half, 0, 1)
}

// guarded is the interval for few or lopsided answers. A mean on 0–1 has at most
// the variance m(1−m), that of a share; seen is some part of it, and Wilson's
// interval over n divided by that part is the score interval of a mean: for two
// levels it is Wilson's own. One answer is added that varied as much as can be
// (as Agresti and Coull add answers to a share), so that a few equal answers
// are not taken for certainty.
func (m moments) guarded() Estimate {
	part := 1.0
	if most := m.at * (1 - m.at); most > 1e-12 {
		part = min(1, (m.n*m.variance/most+1)/(m.n+1))
		if m.n > 1 {
			part = min(1, part*m.n/(m.n-1))
		}
	}
	return wilson(m.at, m.n/part, studentOrZ(m.n-1, part))
}

// studentOrZ is the quantile for a score interval: the normal one for a share,
// whose variance follows from its mean, and the nearer to Student's the more
// the variance had to be estimated.
func studentOrZ(freedom, part float64) float64 {
	return part*Z + (1-part)*studentQuantile(max(freedom, 2))
}
