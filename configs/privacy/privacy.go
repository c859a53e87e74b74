// Package privacy holds what people are told about the data of a survey: legal
// wording, which is data and is to be validated by a lawyer.
package privacy

import _ "embed"

// Notice is the table of paragraphs: code, title and text in three languages,
// what it rests on, and whether it was validated.
//
//go:embed notice.csv
var Notice []byte
