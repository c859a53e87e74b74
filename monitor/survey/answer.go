package survey

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
)

// Channel says where somebody answered. Metrics have it as a label: a closed set.
type Channel string

// The channels.
const (
	Web      Channel = "web"    // our own page
	Widget   Channel = "widget" // in a service's page
	QR       Channel = "qr"     // from a poster
	Kiosk    Channel = "kiosk"  // a screen at a counter
	API      Channel = "api"    // handed in by a service
	Phone    Channel = "phone"  // asked by telephone, imported
	InPerson Channel = "in_person"
)

// Channels lists the channels.
func Channels() []Channel { return []Channel{Web, Widget, QR, Kiosk, API, Phone, InPerson} }

// Valid tells whether c is a channel we know.
func (c Channel) Valid() bool { return slices.Contains(Channels(), c) }

// Mode says who holds the pen. Answers of different modes are never compared
// raw: people say friendlier things to a voice than to a screen.
type Mode string

// The modes.
const (
	Self        Mode = "self"
	Interviewer Mode = "phone"
	FaceToFace  Mode = "in-person"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{Self, Interviewer, FaceToFace} }

// Mode is the mode that answers of a channel are of.
func (c Channel) Mode() Mode {
	switch c {
	case Phone:
		return Interviewer
	case InPerson:
		return FaceToFace
	}
	return Self
}

// Flag says what is odd about an answer. Flagged answers are kept, counted
// apart and published with their number; none is dropped in silence.
type Flag string

// The flags.
const (
	Fast     Flag = "fast"     // sooner than anybody can read
	Honeypot Flag = "honeypot" // filled what people do not see
	Repeated Flag = "repeated" // the same network answered often today
	Burst    Flag = "burst"    // many more than this service gets
	Copied   Flag = "copied"   // the same words as others
	Straight Flag = "straight" // the same point everywhere
)

// Answer is what one person answered, once. Nothing in it tells who.
type Answer struct {
	ID       int64 `gorm:"primaryKey"`
	Service  string
	Set      string // name of the question set
	Version  int
	Wave     string // empty outside of waves
	At       time.Time
	Channel  Channel
	Language lang.Tag
	Verified bool              // came with a token that the service gave at the end of a procedure
	Weight   float64           // 1, less the more answers its network gave that day
	Flags    []Flag            `gorm:"serializer:json"`
	Points   map[string]int    `gorm:"serializer:json"` // question code → point, from 1
	Words    map[string]string `gorm:"serializer:json"` // question code → chosen code
	Comment  string            // masked before it came here
	Office   string            // of the service's list, where somebody said or a screen stands; empty elsewhere
	Kiosk    string            // the screen at a counter that it was given on, when its address proved it
}
