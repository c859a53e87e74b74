package catalogue

import (
	"strings"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// mediaTypes is where IANA's media types have their IRIs.
const mediaTypes = "http://www.iana.org/assignments/media-types/"

// country is the whole country in the EU list.
const country = authority + "country/TUN"

// fileType is one entry of the EU file-type list with its media type.
type fileType struct{ code, label, media string }

// fileTypes are the formats that public bodies really publish. A format that
// is not here is shown as it was written and claimed in no vocabulary.
var fileTypes = []fileType{
	{"CSV", "CSV", "text/csv"},
	{"DOC", "DOC", "application/msword"},
	{"DOCX", "DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"GEOJSON", "GeoJSON", "application/geo+json"},
	{"GML", "GML", "application/gml+xml"},
	{"GZIP", "GZIP", "application/gzip"},
	{"HTML", "HTML", "text/html"},
	{"ICS", "ICS", "text/calendar"},
	{"JPEG", "JPEG", "image/jpeg"},
	{"JSON", "JSON", "application/json"},
	{"JSON_LD", "JSON-LD", "application/ld+json"},
	{"KML", "KML", "application/vnd.google-earth.kml+xml"},
	{"KMZ", "KMZ", "application/vnd.google-earth.kmz"},
	{"NETCDF", "NetCDF", "application/x-netcdf"},
	{"ODS", "ODS", "application/vnd.oasis.opendocument.spreadsheet"},
	{"ODT", "ODT", "application/vnd.oasis.opendocument.text"},
	{"PDF", "PDF", "application/pdf"},
	{"PNG", "PNG", "image/png"},
	{"RDF_N_TRIPLES", "N-Triples", "application/n-triples"},
	{"RDF_TURTLE", "Turtle", "text/turtle"},
	{"RDF_XML", "RDF/XML", "application/rdf+xml"},
	{"RSS", "RSS", "application/rss+xml"},
	{"RTF", "RTF", "application/rtf"},
	{"SHP", "SHP", "application/vnd.shp"},
	{"TAR", "TAR", "application/x-tar"},
	{"TIFF", "TIFF", "image/tiff"},
	{"TSV", "TSV", "text/tab-separated-values"},
	{"TXT", "TXT", "text/plain"},
	{"XLS", "XLS", "application/vnd.ms-excel"},
	{"XLSX", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"XML", "XML", "application/xml"},
	{"ZIP", "ZIP", "application/zip"},
}

// fileTypeOf finds the format that people write in many ways.
func fileTypeOf(format string) (fileType, bool) {
	code := strings.ToUpper(strings.Trim(strings.TrimSpace(format), "."))
	code = strings.NewReplacer("-", "_", " ", "_", "/", "_").Replace(code)
	switch code {
	case "EXCEL":
		code = "XLS"
	case "JSONLD":
		code = "JSON_LD"
	case "TURTLE", "TTL":
		code = "RDF_TURTLE"
	case "JPG":
		code = "JPEG"
	case "SHAPEFILE":
		code = "SHP"
	case "N_TRIPLES", "NT":
		code = "RDF_N_TRIPLES"
	}
	for _, f := range fileTypes {
		if f.code == code {
			return f, true
		}
	}
	return fileType{}, false
}

// mediaTypeOf returns the declared media type, else that of the format.
func mediaTypeOf(d inventory.Distribution) string {
	declared, _, _ := strings.Cut(strings.ToLower(cleanText(d.MediaType)), ";")
	declared = strings.TrimSpace(declared)
	if kind, sub, ok := strings.Cut(declared, "/"); ok && isToken(kind) && isToken(sub) {
		return declared
	}
	f, _ := fileTypeOf(d.Format)
	return f.media
}

// isToken tells whether s can be half of a media type.
func isToken(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+-.", r) {
			return false
		}
	}
	return s != ""
}

// euLicences are the licences of the EU list that our vocabulary has, by SPDX
// code: the metadata quality method knows a licence by its IRI there.
var euLicences = map[string]string{
	"CC-BY-4.0":    "CC_BY_4_0",
	"CC-BY-SA-4.0": "CC_BYSA_4_0",
	"CC0-1.0":      "CC0",
	"ODbL-1.0":     "ODC_BL",
}

const licenceType = "http://purl.org/adms/licencetype/"

// licenceTypes say what the licences whose terms are known ask for. Of the
// others, the national one among them, nobody has settled it.
var licenceTypes = map[string]string{
	"CC-BY-4.0":    "Attribution",
	"CC-BY-SA-4.0": "ViralEffect-ShareAlike",
	"CC0-1.0":      "PublicDomain",
	"ODbL-1.0":     "ViralEffect-ShareAlike",
}

// euLanguages are our languages in the EU list.
var euLanguages = map[lang.Tag]string{
	lang.French:  authority + "language/FRA",
	lang.Arabic:  authority + "language/ARA",
	lang.English: authority + "language/ENG",
}

// accessRight is the openness in the EU list. What could be opened but is not
// yet is not public today.
func accessRight(o inventory.Openness) string {
	switch o {
	case inventory.Open:
		return authority + "access-right/PUBLIC"
	case inventory.Restricted:
		return authority + "access-right/RESTRICTED"
	}
	return authority + "access-right/NON_PUBLIC"
}

// accessLevel is the openness as data.json words it.
func accessLevel(o inventory.Openness) string {
	switch o {
	case inventory.Open:
		return "public"
	case inventory.Restricted:
		return "restricted public"
	}
	return "non-public"
}

// agentTypes say what sort of publisher an institution is, as ADMS words it.
var agentTypes = map[identity.Kind]string{
	identity.Ministry:      "http://purl.org/adms/publishertype/NationalAuthority",
	identity.Establishment: "http://purl.org/adms/publishertype/NationalAuthority",
	identity.Municipality:  "http://purl.org/adms/publishertype/LocalAuthority",
	identity.Enterprise:    "http://purl.org/adms/publishertype/Company",
}

// concepts are the values of small vocabularies that we use, with their names.
var concepts = []struct {
	scheme, code, class string
	name                lang.Text
}{
	{authority + "access-right", "PUBLIC", "dct:RightsStatement", lang.Text{"fr": "public", "ar": "عمومي", "en": "public"}},
	{authority + "access-right", "RESTRICTED", "dct:RightsStatement", lang.Text{"fr": "restreint", "ar": "مقيّد", "en": "restricted"}},
	{authority + "access-right", "NON_PUBLIC", "dct:RightsStatement", lang.Text{"fr": "non public", "ar": "غير عمومي", "en": "non-public"}},
	{authority + "planned-availability", "AVAILABLE", "skos:Concept", lang.Text{"fr": "disponible", "ar": "متاح", "en": "available"}},
	{authority + "language", "FRA", "dct:LinguisticSystem", lang.Text{"fr": "français", "ar": "الفرنسية", "en": "French"}},
	{authority + "language", "ARA", "dct:LinguisticSystem", lang.Text{"fr": "arabe", "ar": "العربية", "en": "Arabic"}},
	{authority + "language", "ENG", "dct:LinguisticSystem", lang.Text{"fr": "anglais", "ar": "الإنجليزية", "en": "English"}},
	{"http://purl.org/adms/publishertype", "NationalAuthority", "skos:Concept", lang.Text{"fr": "autorité nationale", "en": "National authority"}},
	{"http://purl.org/adms/publishertype", "LocalAuthority", "skos:Concept", lang.Text{"fr": "autorité locale", "en": "Local authority"}},
	{"http://purl.org/adms/publishertype", "Company", "skos:Concept", lang.Text{"fr": "entreprise", "en": "Company"}},
	{"http://purl.org/adms/licencetype", "Attribution", "skos:Concept", lang.Text{"fr": "attribution", "ar": "نسب المصنف", "en": "Attribution"}},
	{"http://purl.org/adms/licencetype", "PublicDomain", "skos:Concept", lang.Text{"fr": "domaine public", "ar": "ملك عام", "en": "Public domain"}},
	{"http://purl.org/adms/licencetype", "ViralEffect-ShareAlike", "skos:Concept", lang.Text{"fr": "partage à l'identique", "ar": "الترخيص بالمثل", "en": "Share alike"}},
	{"http://purl.org/adms/changetype", "created", "skos:Concept", lang.Text{"fr": "créé", "en": "created"}},
	{"http://purl.org/adms/changetype", "updated", "skos:Concept", lang.Text{"fr": "mis à jour", "en": "updated"}},
}

// euFrequencyName is the name of our frequency. Where two of ours share one of
// the EU list ("by campaign" is OTHER there) the code has to do.
func euFrequencyName(f inventory.Frequency) lang.Text {
	if f.EU == "OTHER" {
		return lang.Text{"fr": "autre", "ar": "أخرى", "en": "other"}
	}
	return f.Name
}
