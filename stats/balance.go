package stats

// Group is one kind of visitors (those of a language, of a channel): how many
// there were, and what those of them said who answered.
type Group struct {
	Visits  float64
	Answers Distribution
}

// Balance weighs the answers of groups so that each counts as much as it has
// visitors, and not as much as it likes to answer (post-stratification; Cochran,
// Sampling Techniques, 1977, section 5A.9). The weights sum up to the number of
// answers; what they cost in certainty is in the effective number. Covered is the
// share of visitors whose group answered at all: for the others nobody speaks.
// It is false when nobody visited or answered, or scales differ.
func Balance(groups []Group) (d Distribution, covered float64, ok bool) {
	const most = 1e15
	visits, heard, answers := 0.0, 0.0, 0.0
	for n, g := range groups {
		if n == 0 {
			d = Scale(g.Answers.levels)
		}
		if g.Answers.levels != d.levels || !(g.Visits >= 0 && g.Visits <= most) {
			return Distribution{}, 0, false
		}
		visits += g.Visits
		if w := g.Answers.sum(1, d.levels); w > 0 && g.Visits > 0 {
			heard, answers = heard+g.Visits, answers+w
		}
	}
	if heard <= 0 {
		return Scale(d.levels), 0, false
	}
	for _, g := range groups {
		if w := g.Answers.sum(1, d.levels); w > 0 && g.Visits > 0 {
			d.Merge(g.Answers.times(g.Visits / heard * answers / w))
		}
	}
	return d, min(heard/visits, 1), true
}

// times is the distribution with every answer weighing so many times as much.
func (d Distribution) times(factor float64) Distribution {
	for n := range d.weights {
		d.weights[n] *= factor
	}
	d.squares *= factor * factor
	return d
}
