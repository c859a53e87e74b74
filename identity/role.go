// Package identity knows who may do what: institutions, accounts, roles, and
// the one table of permissions that every rule of the other domains asks.
package identity

import "slices"

// Role is what an account is for. The names are part of the public contract.
type Role string

// The roles.
const (
	Public       Role = "public"        // nobody in particular: no login
	Officer      Role = "officer"       // open-data officer of an institution (decree, "officers" rule)
	Supervisor   Role = "supervisor"    // head of the institution
	MCD          Role = "mcd"           // the operator: reviews, monitors, reminds, reports
	ServiceOwner Role = "service_owner" // department that runs online services
	Committee    Role = "committee"     // reads, gives advice
	Admin        Role = "admin"         // runs the installation: accounts, institutions, settings
	Agent        Role = "agent"         // a prober elsewhere
)

// Roles lists every role an account can have, in the order a form shows them.
func Roles() []Role {
	return []Role{Officer, Supervisor, MCD, ServiceOwner, Committee, Admin, Agent}
}

// Valid tells whether an account can have the role.
func (r Role) Valid() bool {
	return slices.Contains(Roles(), r)
}

// NeedsInstitution tells whether an account of this role belongs to one
// institution and is confined to it and the bodies under it.
func (r Role) NeedsInstitution() bool {
	return r == Officer || r == Supervisor || r == ServiceOwner
}

// Act is something an account may or may not do.
type Act string

// The acts.
const (
	ReadRegister     Act = "register.read"      // see unpublished datasets, their history and comments
	RecordDataset    Act = "dataset.record"     // create, edit, import
	SubmitDataset    Act = "dataset.submit"     // hand over for review
	ReviewDataset    Act = "dataset.review"     // approve or return
	EndorseDataset   Act = "dataset.endorse"    // let a submission go on to the operator, or return it
	WithdrawDataset  Act = "dataset.withdraw"   // take out of the catalogue, leaving a tombstone
	ReadServices     Act = "service.read"       // see services and checks that are not public
	ManageService    Act = "service.manage"     // create, edit, pause a service and its checks
	ManageAccounts   Act = "account.manage"     // create and disable accounts, any token
	ManageInstitutes Act = "institution.manage" // create, rename, merge institutions
	ReadAudit        Act = "audit.read"         // read who did what
	EraseAudit       Act = "audit.erase"        // erase names and words from the trail, leaving that it was done
	HoldToken        Act = "token.hold"         // create and revoke one's own API tokens
	Advise           Act = "advice.give"        // record the committee's advice
	DesignateOfficer Act = "officer.designate"  // propose and end designations of open-data officers
	KeepCommittee    Act = "committee.keep"     // keep the committee's register, answer its advice, adopt common rules
	PushReadings     Act = "reading.push"       // deliver readings taken elsewhere
	IssueStatement   Act = "statement.issue"    // issue the quarterly statement of an institution
	ManageMail       Act = "mail.manage"        // see what is mailed to whom (not its text), send it again
	SeeSamples       Act = "persons.samples"    // see masked cells of columns that point to persons
	AnswerRequest    Act = "request.answer"     // answer what people outside ask, and publish feedback on a dataset
	ReadCatalogue    Act = "catalogue.read"     // see which editions portals are served, and what differs between them
	PinCatalogue     Act = "catalogue.pin"      // go back to an earlier snapshot of the catalogue, and on again
	JudgeTwins       Act = "twin.judge"         // see which datasets look alike, and decide whether they are one
	TriageRequest    Act = "request.triage"     // publish requests for data, hand them on, merge, propose an opening
	ManageVantages   Act = "vantage.manage"     // say from where services are looked at besides here, and who may send from there
	KeepPortal       Act = "portal.keep"        // have the national portal read, acknowledge what differs there
	ReadAlerts       Act = "alert.read"         // see who was told of trouble with a service, and take it in hand
	ManageAlerts     Act = "alert.manage"       // write the rules of who is told, try channels, send again
	ReadProcesses    Act = "process.read"       // see which processes share the work, and how they fare
	ReadAnswers      Act = "answer.read"        // read what people wrote about a service
	ManageSurveys    Act = "survey.manage"      // choose what a service asks, run waves, mint tokens, bring in answers gathered elsewhere
	WriteQuestions   Act = "question.write"     // adopt question sets and sets of criteria for everybody
	AssessService    Act = "service.assess"     // answer criteria with evidence, act on what is red, reply before publication
	JudgeAssessment  Act = "assessment.judge"   // confirm or return those answers, freeze editions
)

// Acts lists every act; the permission test covers each with each role.
func Acts() []Act {
	return []Act{
		ReadRegister, RecordDataset, SubmitDataset, ReviewDataset, EndorseDataset, WithdrawDataset, ReadServices, ManageService,
		ManageAccounts, ManageInstitutes, ReadAudit, HoldToken, Advise, DesignateOfficer, KeepCommittee, PushReadings,
		EraseAudit,
		ManageMail,
		AnswerRequest, TriageRequest, SeeSamples,
		IssueStatement,
		PinCatalogue,
		KeepPortal,
		JudgeTwins,
		ReadCatalogue,
		ManageVantages,
		ReadAlerts, ManageAlerts,
		ReadProcesses,
		ReadAnswers, ManageSurveys, WriteQuestions, AssessService, JudgeAssessment,
	}
}

// reach says how far a permission goes.
type reach int

const (
	nowhere    reach = iota
	own              // the actor's institution and the bodies under it
	everywhere       // every institution
)

// permissions is the whole of it: what is not written here is refused.
var permissions = map[Role]map[Act]reach{
	Public: {},
	Officer: {
		ReadRegister: own, RecordDataset: own, SubmitDataset: own, WithdrawDataset: own,
		ReadServices: own, ReadAudit: own, HoldToken: everywhere, AnswerRequest: own, SeeSamples: own,
		JudgeTwins: own,
		ReadAlerts: own,
	},
	Supervisor: {
		ReadRegister: own, RecordDataset: own, SubmitDataset: own, EndorseDataset: own, WithdrawDataset: own,
		ReadServices: own, ReadAudit: own, HoldToken: everywhere, DesignateOfficer: own,
		AnswerRequest: own, JudgeTwins: own,
		ReadAlerts:  own,
		ReadAnswers: own,
	},
	MCD: {
		ReadRegister: everywhere, ReviewDataset: everywhere, WithdrawDataset: everywhere,
		RecordDataset: everywhere, ReadServices: everywhere, ManageService: everywhere,
		ReadAudit: everywhere, HoldToken: everywhere,
		ManageMail: everywhere, DesignateOfficer: everywhere, KeepCommittee: everywhere,
		AnswerRequest: everywhere, TriageRequest: everywhere,
		IssueStatement: everywhere,
		PinCatalogue:   everywhere,
		KeepPortal:     everywhere,
		JudgeTwins:     everywhere,
		ReadCatalogue:  everywhere,
		ManageVantages: everywhere,
		ReadAlerts:     everywhere, ManageAlerts: everywhere,
		ReadProcesses: everywhere,
		ReadAnswers:   everywhere, ManageSurveys: everywhere, WriteQuestions: everywhere, AssessService: everywhere, JudgeAssessment: everywhere,
	},
	ServiceOwner: {
		ReadServices: own, ManageService: own, HoldToken: everywhere,
		ReadAlerts: own, ManageAlerts: own,
		ReadAnswers: own, ManageSurveys: own, AssessService: own,
	},
	Committee: {ReadRegister: everywhere, ReadServices: everywhere, Advise: everywhere, HoldToken: everywhere, ReadCatalogue: everywhere, ReadAnswers: everywhere},
	Admin: {
		ReadRegister: everywhere, RecordDataset: everywhere, SubmitDataset: everywhere, ReviewDataset: everywhere,
		WithdrawDataset: everywhere, ReadServices: everywhere, ManageService: everywhere, ManageAccounts: everywhere,
		ManageInstitutes: everywhere, ReadAudit: everywhere, EraseAudit: everywhere, HoldToken: everywhere,
		ManageMail: everywhere, DesignateOfficer: everywhere, KeepCommittee: everywhere,
		AnswerRequest: everywhere, TriageRequest: everywhere,
		IssueStatement: everywhere,
		PinCatalogue:   everywhere,
		KeepPortal:     everywhere,
		JudgeTwins:     everywhere,
		ReadCatalogue:  everywhere,
		ManageVantages: everywhere,
		ReadAlerts:     everywhere, ManageAlerts: everywhere,
		ReadProcesses: everywhere,
		ReadAnswers:   everywhere, ManageSurveys: everywhere, WriteQuestions: everywhere, AssessService: everywhere, JudgeAssessment: everywhere,
	},
	Agent: {PushReadings: everywhere, HoldToken: everywhere},
}
