package quality

// machineReadable are the formats of the EU file-type list that the method
// takes for readable by machines.
var machineReadable = map[string]bool{
	"CSV": true, "GEOJSON": true, "ICS": true, "JSON": true, "JSON_LD": true, "KML": true, "KMZ": true, "NETCDF": true,
	"ODS": true, "RDFA": true, "RDF_N_QUADS": true, "RDF_N_TRIPLES": true, "RDF_TRIG": true, "RDF_TURTLE": true,
	"RDF_XML": true, "RSS": true, "SHP": true, "XLS": true, "XLSX": true, "XML": true,
}

// nonProprietary are the formats that the method takes for nobody's own.
var nonProprietary = map[string]bool{
	"BMP": true, "CSV": true, "DBF": true, "GEOJSON": true, "GZIP": true, "HTML": true, "ICS": true, "JPEG2000": true,
	"JSON": true, "JSON_LD": true, "KML": true, "KMZ": true, "NETCDF": true, "ODS": true, "PNG": true, "RDF_N_QUADS": true, "RDF_N_TRIPLES": true, "RDF_TRIG": true, "RDF_TURTLE": true, "RDF_XML": true, "RSS": true,
	"RTF": true, "TAR": true, "TIFF": true, "TSV": true, "TXT": true, "WMS_SRVC": true, "XML": true, "ZIP": true,
}

// registered are media types that IANA lists, of the formats in which public
// bodies publish. One that is not here earns no point: better ten too few than
// ten that nobody else would count.
var registered = map[string]bool{
	"application/atom+xml": true, "application/geo+json": true, "application/gml+xml": true, "application/gzip": true,
	"application/json": true, "application/ld+json": true, "application/msword": true, "application/n-quads": true,
	"application/n-triples": true, "application/octet-stream": true, "application/pdf": true, "application/rdf+xml": true,
	"application/rtf": true, "application/trig": true, "application/vnd.google-earth.kml+xml": true,
	"application/vnd.google-earth.kmz": true, "application/vnd.ms-excel": true, "application/vnd.ms-powerpoint": true,
	"application/vnd.oasis.opendocument.presentation": true, "application/vnd.oasis.opendocument.spreadsheet": true,
	"application/vnd.oasis.opendocument.text":                                   true,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": true,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         true,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   true, "application/vnd.shp": true,
	"application/xhtml+xml": true, "application/xml": true, "application/zip": true, "image/bmp": true, "image/jp2": true,
	"image/jpeg": true, "image/png": true, "image/svg+xml": true, "image/tiff": true, "text/calendar": true,
	"text/csv": true, "text/html": true, "text/plain": true, "text/tab-separated-values": true, "text/turtle": true,
	"text/xml": true,
}
