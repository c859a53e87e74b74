package catalogue

import (
	"fmt"
	"strings"
)

// literal and reference say what a property may hold.
const (
	either = iota
	literal
	tagged // a literal with its language
	reference
)

// many stands for no upper bound.
const many = 1 << 30

// rule is one line of the application profile.
type rule struct {
	property string
	min, max int
	kind     int
	within   string // IRIs must begin like this: the controlled vocabulary
}

const authority = "http://publications.europa.eu/resource/authority/"

// spdxTerms is where SPDX names its algorithms.
const spdxTerms = "http://spdx.org/rdf/terms#"

// profile is DCAT-AP 3.0.1, every property of every class, whether we write it
// or not: what is mandatory, what may be said once only, and which vocabulary
// it must come from. A class that two names lead to is checked under both.
var profile = map[string][]rule{
	"foaf:Agent": {
		{"foaf:name", 1, many, tagged, ""},
		{"dct:type", 0, 1, reference, ""},
	},
	"dcat:Catalog": {
		{"dct:description", 1, many, tagged, ""},
		{"dct:publisher", 1, 1, reference, ""},
		{"dct:title", 1, many, tagged, ""},
		{"dcat:dataset", 0, many, reference, ""},
		{"dct:spatial", 0, many, reference, ""},
		{"foaf:homepage", 0, 1, reference, ""},
		{"dct:language", 0, many, reference, authority + "language/"},
		{"dct:license", 0, 1, reference, ""},
		{"dct:modified", 0, 1, literal, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"dcat:service", 0, many, reference, ""},
		{"dcat:themeTaxonomy", 0, many, reference, ""},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
		{"dcat:catalog", 0, many, reference, ""},
		{"dct:creator", 0, 1, reference, ""},
		{"dct:hasPart", 0, many, reference, ""},
		{"dcat:record", 0, many, reference, ""},
		{"dct:rights", 0, many, reference, ""},
		{"dct:temporal", 0, many, reference, ""},
	},
	"dcat:CatalogRecord": {
		{"dct:modified", 1, 1, literal, ""},
		{"foaf:primaryTopic", 1, 1, reference, ""},
		{"dct:conformsTo", 0, many, reference, ""},
		{"adms:status", 0, 1, reference, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"dct:description", 0, many, tagged, ""},
		{"dct:language", 0, many, reference, authority + "language/"},
		{"dct:source", 0, 1, reference, ""},
		{"dct:title", 0, many, tagged, ""},
	},
	"spdx:Checksum": {
		{"spdx:algorithm", 1, 1, reference, spdxTerms},
		{"spdx:checksumValue", 1, 1, literal, ""},
	},
	"skos:Concept": {
		{"skos:prefLabel", 1, many, tagged, ""},
	},
	"skos:ConceptScheme": {
		{"dct:title", 1, many, tagged, ""},
	},
	"dcat:DataService": {
		{"dcat:endpointURL", 1, many, reference, ""},
		{"dct:title", 1, many, tagged, ""},
		{"dct:conformsTo", 0, many, reference, ""},
		{"dcat:contactPoint", 0, many, reference, ""},
		{"dcat:endpointDescription", 0, many, reference, ""},
		{"dcat:keyword", 0, many, tagged, ""},
		{"dct:publisher", 0, 1, reference, ""},
		{"dcat:servesDataset", 0, many, reference, ""},
		{"dcat:theme", 0, many, reference, ""},
		{"dct:accessRights", 0, 1, reference, authority + "access-right/"},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
		{"dct:description", 0, many, tagged, ""},
		{"foaf:page", 0, many, reference, ""},
		{"dct:format", 0, many, reference, authority + "file-type/"},
		{"dcat:landingPage", 0, many, reference, ""},
		{"dct:license", 0, 1, reference, ""},
	},
	"dcat:Dataset": {
		{"dct:description", 1, many, tagged, ""},
		{"dct:title", 1, many, tagged, ""},
		{"dcat:contactPoint", 0, many, reference, ""},
		{"dcat:distribution", 0, many, reference, ""},
		{"dct:spatial", 0, many, reference, ""},
		{"dcat:keyword", 0, many, tagged, ""},
		{"dct:publisher", 0, 1, reference, ""},
		{"dct:temporal", 0, many, reference, ""},
		{"dcat:theme", 0, many, reference, ""},
		{"dct:accessRights", 0, 1, reference, authority + "access-right/"},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
		{"dct:conformsTo", 0, many, reference, ""},
		{"dct:creator", 0, many, reference, ""},
		{"foaf:page", 0, many, reference, ""},
		{"dct:accrualPeriodicity", 0, 1, reference, authority + "frequency/"},
		{"dcat:hasVersion", 0, many, reference, ""},
		{"dct:identifier", 1, 1, literal, ""}, // optional in the profile, but udata skips what has none
		{"dcat:inSeries", 0, many, reference, ""},
		{"dct:isReferencedBy", 0, many, reference, ""},
		{"dcat:landingPage", 0, many, reference, ""},
		{"dct:language", 0, many, reference, authority + "language/"},
		{"dct:modified", 0, 1, literal, ""},
		{"adms:identifier", 0, many, reference, ""},
		{"dct:provenance", 0, many, reference, ""},
		{"prov:qualifiedAttribution", 0, many, reference, ""},
		{"dcat:qualifiedRelation", 0, many, reference, ""},
		{"dct:relation", 0, many, reference, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"adms:sample", 0, many, reference, ""},
		{"dct:source", 0, many, reference, ""},
		{"dcat:spatialResolutionInMeters", 0, many, literal, ""},
		{"dcat:temporalResolution", 0, 1, literal, ""},
		{"dct:type", 0, many, reference, ""},
		{"dcat:version", 0, 1, literal, ""},
		{"adms:versionNotes", 0, many, tagged, ""},
		{"prov:wasGeneratedBy", 0, many, reference, ""},
		{"dct:available", 0, 1, literal, ""},   // not of the profile: the day of the promised opening
		{"owl:sameAs", 0, many, reference, ""}, // not of the profile: the same dataset in another catalogue
	},
	"dcat:DatasetSeries": {
		{"dct:description", 1, many, tagged, ""},
		{"dct:title", 1, many, tagged, ""},
		{"dcat:contactPoint", 0, many, reference, ""},
		{"dct:spatial", 0, many, reference, ""},
		{"dct:publisher", 0, 1, reference, ""},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
		{"dct:accrualPeriodicity", 0, 1, reference, authority + "frequency/"},
		{"dct:modified", 0, 1, literal, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"dct:temporal", 0, many, reference, ""},
	},
	"dcat:Distribution": {
		{"dcat:accessURL", 1, many, reference, ""},
		{"dcatap:availability", 0, 1, reference, authority + "planned-availability/"},
		{"dct:description", 0, many, tagged, ""},
		{"dct:format", 0, 1, reference, authority + "file-type/"},
		{"dct:license", 0, 1, reference, ""},
		{"dcat:accessService", 0, many, reference, ""},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
		{"dcat:byteSize", 0, 1, literal, ""},
		{"spdx:checksum", 0, 1, reference, ""},
		{"dcat:compressFormat", 0, 1, reference, mediaTypes},
		{"foaf:page", 0, many, reference, ""},
		{"dcat:downloadURL", 0, many, reference, ""},
		{"odrl:hasPolicy", 0, 1, reference, ""},
		{"dct:language", 0, many, reference, authority + "language/"},
		{"dct:conformsTo", 0, many, reference, ""},
		{"dcat:mediaType", 0, 1, reference, mediaTypes},
		{"dct:modified", 0, 1, literal, ""},
		{"dcat:packageFormat", 0, 1, reference, mediaTypes},
		{"dct:issued", 0, 1, literal, ""},
		{"dct:rights", 0, 1, reference, ""}, // any number in the text, one in the published shapes
		{"dcat:spatialResolutionInMeters", 0, 1, literal, ""},
		{"adms:status", 0, 1, reference, authority + "distribution-status/"},
		{"dcat:temporalResolution", 0, 1, literal, ""},
		{"dct:title", 0, many, tagged, ""},
	},
	"adms:Identifier": {
		{"skos:notation", 1, 1, literal, ""},
	},
	"dct:LicenseDocument": {
		{"dct:type", 0, many, reference, ""},
	},
	"dct:Location": {
		{"dcat:bbox", 0, 1, literal, ""},
		{"dcat:centroid", 0, 1, literal, ""},
		{"locn:geometry", 0, 1, reference, ""},
	},
	"dct:PeriodOfTime": {
		{"dcat:endDate", 0, 1, literal, ""},
		{"dcat:startDate", 0, 1, literal, ""},
		{"time:hasBeginning", 0, 1, reference, ""},
		{"time:hasEnd", 0, 1, reference, ""},
	},
	"dcat:Relationship": {
		{"dcat:hadRole", 1, many, reference, ""},
		{"dct:relation", 1, many, reference, ""},
	},
	"vcard:Kind": {
		{"vcard:fn", 1, 1, either, ""}, // not of the profile, but data.json and CKAN cannot do without
		{"vcard:hasEmail", 0, many, reference, "mailto:"},
	},
	"dqv:QualityMeasurement": {
		{"dqv:isMeasurementOf", 1, 1, reference, ""},
		{"dqv:value", 1, 1, literal, ""},
		{"dqv:computedOn", 1, 1, reference, ""},
	},
}

// spellProfile is the profile with names spelled out, as statements have them.
func spellProfile() map[string][]rule {
	out := map[string][]rule{}
	for class, rules := range profile {
		for _, r := range rules {
			r.property = expand(r.property)
			out[expand(class)] = append(out[expand(class)], r)
		}
	}
	return out
}

// conforms tells the first way in which the statements break the profile.
func conforms(all []triple, spelled map[string][]rule) error {
	types := map[string][]string{}
	values := map[string]map[string][]term{}
	for _, t := range all {
		if t.predicate == expand("rdf:type") {
			types[t.subject] = append(types[t.subject], t.object.value)
		}
		if values[t.subject] == nil {
			values[t.subject] = map[string][]term{}
		}
		values[t.subject][t.predicate] = append(values[t.subject][t.predicate], t.object)
	}
	for subject, classes := range types {
		for _, class := range classes {
			for _, r := range spelled[class] {
				if err := r.check(values[subject][r.property]); err != nil {
					return fmt.Errorf("%s: %w", subject, err)
				}
			}
		}
	}
	return nil
}

// check holds the values of one property against the rule.
func (r rule) check(terms []term) error {
	if len(terms) < r.min || len(terms) > r.max {
		return fmt.Errorf("%s occurs %d times", r.property, len(terms))
	}
	for _, t := range terms {
		switch {
		case r.kind == reference && !t.iri, r.kind == literal && t.iri, r.kind == tagged && t.lang == "":
			return fmt.Errorf("%s has the wrong kind of value", r.property)
		case t.value == "":
			return fmt.Errorf("%s is empty", r.property)
		case r.within != "" && !strings.HasPrefix(t.value, r.within):
			return fmt.Errorf("%s is not of %s", r.property, r.within)
		}
	}
	return nil
}
