package stats

import "math"

// symmetric is a small symmetric matrix, row by row.
type symmetric struct {
	size int
	at   []float64
}

func square(size int) symmetric { return symmetric{size, make([]float64, size*size)} }

func (m symmetric) get(i, j int) float64    { return m.at[i*m.size+j] }
func (m symmetric) set(i, j int, v float64) { m.at[i*m.size+j] = v }

// eigen returns the eigenvalues of the matrix, and its eigenvectors as the
// columns of another, by Jacobi's rotations in cyclic order (Golub and Van Loan,
// Matrix Computations, section 8.5): slower than others for large matrices, and
// exact to rounding for the small ones that questions make. The matrix is spent.
func (m symmetric) eigen(vectors symmetric) (values []float64) {
	n := m.size
	clear(vectors.at)
	for i := range n {
		vectors.set(i, i, 1)
	}
	for range 60 {
		off, whole := 0.0, 0.0
		for i := range n {
			whole += m.get(i, i) * m.get(i, i)
			for j := i + 1; j < n; j++ {
				off += m.get(i, j) * m.get(i, j)
			}
		}
		if off <= 1e-32*whole {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				m.rotate(vectors, p, q)
			}
		}
	}
	values = make([]float64, n)
	for i := range n {
		values[i] = m.get(i, i)
	}
	return values
}

// rotate makes the entry at p, q zero.
func (m symmetric) rotate(vectors symmetric, p, q int) {
	apq := m.get(p, q)
	if apq == 0 {
		return
	}
	theta := (m.get(q, q) - m.get(p, p)) / (2 * apq)
	t := 1 / (math.Abs(theta) + math.Hypot(theta, 1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Hypot(t, 1)
	s := t * c
	for k := range m.size {
		if k == p || k == q {
			continue
		}
		kp, kq := m.get(k, p), m.get(k, q)
		m.set(k, p, c*kp-s*kq)
		m.set(p, k, c*kp-s*kq)
		m.set(k, q, s*kp+c*kq)
		m.set(q, k, s*kp+c*kq)
	}
	m.set(p, p, m.get(p, p)-t*apq)
	m.set(q, q, m.get(q, q)+t*apq)
	m.set(p, q, 0)
	m.set(q, p, 0)
	for k := range m.size {
		kp, kq := vectors.get(k, p), vectors.get(k, q)
		vectors.set(k, p, c*kp-s*kq)
		vectors.set(k, q, s*kp+c*kq)
	}
}
