package identity

import (
	"fmt"
	"testing"

	"github.com/jard-odi/jard/fault"
)

// Every role × act × whose it is, written out once more by hand: a permission
// changes only by changing it in two places on purpose. Columns: own
// institution, a body under it, a foreign institution.
func TestWhoMayDoWhat(t *testing.T) {
	const yes, no = true, false
	all, own, none := [3]bool{yes, yes, yes}, [3]bool{yes, yes, no}, [3]bool{no, no, no}
	want := map[Role]map[Act][3]bool{
		Public: {},
		Officer: {
			ReadRegister: own, RecordDataset: own, SubmitDataset: own, WithdrawDataset: own, ReadServices: own,
			ReadAudit: own, HoldToken: all, AnswerRequest: own, SeeSamples: own, JudgeTwins: own,
			ReadAlerts: own,
		},
		Supervisor: {
			ReadRegister: own, RecordDataset: own, SubmitDataset: own, EndorseDataset: own, WithdrawDataset: own,
			ReadServices: own, ReadAudit: own, HoldToken: all, DesignateOfficer: own,
			AnswerRequest: own, JudgeTwins: own,
			ReadAlerts:  own,
			ReadAnswers: own,
		},
		MCD: {
			ReadRegister: all, RecordDataset: all, ReviewDataset: all, WithdrawDataset: all, ReadServices: all,
			ManageService: all, ReadAudit: all, HoldToken: all,
			ManageMail: all, DesignateOfficer: all, KeepCommittee: all,
			AnswerRequest: all, TriageRequest: all,
			IssueStatement: all,
			PinCatalogue:   all,
			KeepPortal:     all,
			JudgeTwins:     all,
			ReadCatalogue:  all,
			ManageVantages: all,
			ReadAlerts:     all, ManageAlerts: all,
			ReadProcesses: all,
			ReadAnswers:   all, ManageSurveys: all, WriteQuestions: all, AssessService: all, JudgeAssessment: all,
		},
		ServiceOwner: {
			ReadServices: own, ManageService: own, HoldToken: all,
			ReadAlerts: own, ManageAlerts: own,
			ReadAnswers: own, ManageSurveys: own, AssessService: own,
		},
		Committee: {ReadRegister: all, ReadServices: all, Advise: all, HoldToken: all, ReadCatalogue: all, ReadAnswers: all},
		Admin: {
			ReadRegister: all, RecordDataset: all, SubmitDataset: all, ReviewDataset: all, WithdrawDataset: all,
			ReadServices: all, ManageService: all, ManageAccounts: all, ManageInstitutes: all, ReadAudit: all, EraseAudit: all,
			HoldToken:  all,
			ManageMail: all, DesignateOfficer: all, KeepCommittee: all,
			AnswerRequest: all, TriageRequest: all,
			IssueStatement: all,
			PinCatalogue:   all,
			KeepPortal:     all,
			JudgeTwins:     all,
			ReadCatalogue:  all,
			ManageVantages: all,
			ReadAlerts:     all, ManageAlerts: all,
			ReadProcesses: all,
			ReadAnswers:   all, ManageSurveys: all, WriteQuestions: all, AssessService: all, JudgeAssessment: all,
		},
		Agent: {PushReadings: all, HoldToken: all},
	}
	for _, role := range append([]Role{Public, ""}, Roles()...) {
		actor := Actor{Account: "1", Role: role}
		if role.NeedsInstitution() {
			actor.Institution, actor.Institutions = "marhp", []string{"marhp", "onagri"}
		}
		for _, act := range Acts() {
			for n, institution := range []string{"marhp", "onagri", "meh"} {
				expected := none
				if row, ok := want[role][act]; ok {
					expected = row
				}
				t.Run(fmt.Sprintf("%s/%s/%s", role, act, institution), func(t *testing.T) {
					if got := actor.May(act, institution); got != expected[n] {
						t.Errorf("May = %v; want %v", got, expected[n])
					}
					if err := actor.Must(act, institution); (err == nil) != expected[n] {
						t.Errorf("Must = %v; want refusal %v", err, !expected[n])
					}
				})
			}
			if got := actor.MayAnywhere(act); got != (want[role][act] != none) {
				t.Errorf("%s.MayAnywhere(%s) = %v", role, act, got)
			}
		}
	}
}

func TestRefusalsTellNoMoreThanTheyMust(t *testing.T) {
	officer := Actor{Account: "1", Role: Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	for _, tt := range []struct {
		name        string
		actor       Actor
		act         Act
		institution string
		want        fault.Kind
	}{
		{"nobody is asked to sign in", Actor{}, RecordDataset, "marhp", fault.Unauthenticated},
		{"a stranger is told there is no such thing", officer, RecordDataset, "meh", fault.NotFound},
		{"one who may read is told he may not", officer, ReviewDataset, "marhp", fault.Forbidden},
		{"an officer without an institution reaches nothing", Actor{Role: Officer}, ReadRegister, "", fault.Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := fault.KindOf(tt.actor.Must(tt.act, tt.institution)); got != tt.want {
				t.Errorf("Must(%s, %s) = %s; want %s", tt.act, tt.institution, got, tt.want)
			}
		})
	}
}
