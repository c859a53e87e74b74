package metrics

import (
	"hash/fnv"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/jard-odi/jard/monitor"
)

// The names of blackbox_exporter, so that dashboards and rules made for it work
// here too. Whoever changes one breaks them.
var (
	probeSuccess  = desc("probe_success", "Displays whether or not the probe was a success")
	probeDuration = desc("probe_duration_seconds", "Returns how long the probe took to complete in seconds")
	probeLookup   = desc("probe_dns_lookup_time_seconds", "Returns the time taken for probe dns lookup in seconds")
	probeProtocol = desc("probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6")
	probeAddress  = desc("probe_ip_addr_hash",
		"Specifies the hash of IP address. It's useful to detect if the IP address changes.")

	probePhases  = desc("probe_http_duration_seconds", "Duration of http request by phase, summed over all redirects", "phase")
	probeStatus  = desc("probe_http_status_code", "Response HTTP status code")
	probeLength  = desc("probe_http_content_length", "Length of http content response")
	probeBody    = desc("probe_http_uncompressed_body_length", "Length of uncompressed response body")
	probeHops    = desc("probe_http_redirects", "The number of redirects")
	probeSSL     = desc("probe_http_ssl", "Indicates if SSL was used for the final redirect")
	probeHTTP    = desc("probe_http_version", "Returns the version of HTTP of the probe response")
	probeRegex   = desc("probe_failed_due_to_regex", "Indicates if probe failed due to regex")
	probeExpiry  = desc("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime")
	probeVersion = desc("probe_tls_version_info", "Returns the TLS version used or NaN when unknown", "version")
	probeCipher  = desc("probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake", "cipher")

	probeICMP      = desc("probe_icmp_duration_seconds", "Duration of icmp request by phase", "phase")
	probeDNS       = desc("probe_dns_duration_seconds", "Duration of DNS request by phase", "phase")
	probeDNSOK     = desc("probe_dns_query_succeeded", "Displays whether or not the query was executed successfully")
	probeSocket    = desc("probe_websocket_duration_seconds", "Duration of websocket request by phase", "phase")
	probeSocketing = desc("probe_websocket_connection_upgraded", "Indicates if the connection was upgraded")
)

// phaseNames are what blackbox_exporter calls the phases of a request.
var phaseNames = [...]string{"resolve", "connect", "tls", "processing", "transfer"}

// Blackbox is one judged reading in the words of blackbox_exporter.
type Blackbox struct {
	Check   monitor.Check
	Reading monitor.Reading
	Took    time.Duration // by the clock of whoever asked
}

// Describe is empty: which metrics there are depends on the kind of check.
func (*Blackbox) Describe(chan<- *prometheus.Desc) {}

// Collect shows the reading.
func (b *Blackbox) Collect(out chan<- prometheus.Metric) {
	r := &b.Reading
	out <- gauge(probeSuccess, truth(r.Verdict.Answers()))
	out <- gauge(probeDuration, b.Took.Seconds())
	out <- gauge(probeLookup, r.Phases[monitor.PhaseDNS].Seconds())
	b.address(out)
	if !r.NotAfter.IsZero() {
		out <- gauge(probeExpiry, float64(r.NotAfter.Unix()))
	}
	if s := r.Secured; s != nil && b.Check.Kind != monitor.WebSocket {
		out <- gauge(probeVersion, 1, s.Version)
		out <- gauge(probeCipher, 1, s.Cipher)
	}
	switch b.Check.Kind {
	case monitor.ICMP:
		parts(out, probeICMP, r, "resolve", "setup", "", "rtt", "")
	case monitor.DNS:
		parts(out, probeDNS, r, "resolve", "connect", "", "request", "")
		out <- gauge(probeDNSOK, truth(r.Verdict.Answers()))
	case monitor.WebSocket:
		parts(out, probeSocket, r, phaseNames[:]...)
		out <- gauge(probeSocketing, truth(r.Verdict.Answers()))
	case monitor.HTTP, monitor.Journey, "":
		b.http(out)
	case monitor.TCP:
		out <- gauge(probeRegex, truth(r.Reason == monitor.Assertion))
	case monitor.TLS, monitor.Browser:
	}
}

func (b *Blackbox) http(out chan<- prometheus.Metric) {
	r := &b.Reading
	parts(out, probePhases, r, phaseNames[:]...)
	final := r.URL
	if final == "" {
		final = b.Check.Target
	}
	out <- gauge(probeStatus, float64(r.Status))
	out <- gauge(probeHops, float64(r.Redirects))
	out <- gauge(probeSSL, truth(r.Status != 0 && strings.HasPrefix(final, "https:")))
	out <- gauge(probeRegex, truth(r.Reason == monitor.Assertion))
	length, version := 0.0, 0.0
	if r.Status != 0 {
		length, version = -1, 1.1 // what a server announces is not kept; what it sends is counted
	}
	out <- gauge(probeLength, length)
	out <- gauge(probeBody, float64(r.Bytes))
	out <- gauge(probeHTTP, version)
}

// address tells the protocol and the hash of who answered.
func (b *Blackbox) address(out chan<- prometheus.Metric) {
	protocol, sum := 0.0, 0.0
	address, err := netip.ParseAddr(b.Reading.Address)
	if err != nil {
		if both, portErr := netip.ParseAddrPort(b.Reading.Address); portErr == nil {
			address, err = both.Addr(), nil
		}
	}
	if err == nil {
		address = address.Unmap()
		protocol = 6
		if address.Is4() {
			protocol = 4
		}
		h := fnv.New32a()
		_, _ = h.Write(address.AsSlice()) // a hash takes anything
		sum = float64(h.Sum32())
	}
	out <- gauge(probeProtocol, protocol)
	out <- gauge(probeAddress, sum)
}

// parts shows the phases by the names given; one without a name is left out.
func parts(out chan<- prometheus.Metric, d *prometheus.Desc, r *monitor.Reading, names ...string) {
	for n, p := range monitor.PhaseList() {
		if names[n] != "" {
			out <- gauge(d, r.Phases[p].Seconds(), names[n])
		}
	}
}
