package demo

// Kept is how a simulated service stands between the files and the pages.
type Kept struct {
	Service string // slug
	File    string // that declares it
	Taken   bool   // somebody took it over on the pages since, and changed it
	Gone    bool   // the file does not declare it any more
}

// Roster says which services files of the demo keep: most are as their file
// says, and two are not, so that there is something to look at.
func Roster() []Kept {
	return []Kept{
		{Service: "demo-etat-civil", File: "interieur.yaml"},
		{Service: "demo-bulletin-n3", File: "interieur.yaml"},
		{Service: "demo-declaration-impots", File: "finances.yaml"},
		{Service: "demo-vignette", File: "finances.yaml", Taken: true},
		{Service: "demo-horaires-trains", File: "transport.yaml", Gone: true},
	}
}
