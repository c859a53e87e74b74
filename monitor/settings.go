package monitor

// Settings are what a check needs beyond its target and its expectation. Each
// kind has a part of its own, nil when the check does not use it.
type Settings struct {
	Quorum    *Quorum            `json:"quorum,omitempty" doc:"How it is judged when it is looked at from several places"`
	TCP       *TCPSettings       `json:"tcp,omitempty"`
	DNS       *DNSSettings       `json:"dns,omitempty"`
	ICMP      *ICMPSettings      `json:"icmp,omitempty"`
	WebSocket *WebSocketSettings `json:"websocket,omitempty"`
	Web       *WebSettings       `json:"web,omitempty" doc:"How to ask for a page"`
	TLS       *TLSSettings       `json:"tls,omitempty" doc:"What is asked of certificates"`
	Journey   *JourneySettings   `json:"journey,omitempty"`
	Judgement *JudgementSettings `json:"judgement,omitempty" doc:"How its readings are judged"`
	Browser   *BrowserSettings   `json:"browser,omitempty"`
}

// faults returns what is wrong with the settings of c.
func (s Settings) faults(c *Check, at string) []error {
	var faults []error
	faults = append(faults, s.kindFaults(c, at)...)
	faults = append(faults, s.Judgement.faults(at+"judgement.")...)
	faults = append(faults, s.Quorum.faults(at+"quorum.")...)
	if s.Web != nil {
		faults = append(faults, s.Web.faults(c, at+"web.")...)
	}
	if s.TLS != nil {
		faults = append(faults, s.TLS.faults(c, at+"tls.")...)
	}
	return faults
}

// ServiceSettings are what is agreed about a service as a whole, each part nil
// when nothing is.
type ServiceSettings struct {
	Source    *Source    `json:"source,omitempty"` // who keeps it; nil: the pages
	TLS       *TLSTrust  `json:"tls,omitempty" doc:"What is known of its certificates"`
	DependsOn DependsOn  `json:"depends_on,omitempty" doc:"Slugs of the services it cannot work without"`
	Agreement *Agreement `json:"agreement,omitempty" doc:"What is promised of it"`

	Description *Description `json:"description,omitempty" doc:"What people want to know before they use it"`
}

// faults returns what is wrong with the settings of v.
func (s ServiceSettings) faults(v *Service, at string) []error {
	faults := s.DependsOn.faults(v, at+"depends_on")
	faults = append(faults, s.Source.faults(at))
	faults = append(faults, s.Description.faults(at+"description.")...)
	if s.TLS != nil {
		faults = append(faults, s.TLS.faults(at+"tls.")...)
	}
	return faults
}
