package proposal

import (
	"crypto/sha256"
	"encoding/hex"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// change tells the trail of a proposal; only the state's own people and the
// auditor may read it, or the secretariat: before it is done, what that is about to
// do is nobody's of the state to know.
func change(act string, before *Proposal, after Proposal) register.Change {
	c := register.Change{Act: act, Noun: "proposal", Key: after.ID, For: after.readers(), AtOnce: true, After: parts(after)}
	if after.CoChair == nil {
		c.State = after.State
	}
	if before != nil {
		c.Before = parts(*before)
	}
	return c
}

// readers are for whom the trail's content of p is, of those who see its rows.
func (p Proposal) readers() access.Audience {
	if p.CoChair != nil {
		return access.ForParticipants
	}
	return access.ForSelected
}

// parts are what the trail commits to. What was asked for stands there as its
// hash, so that nobody can put something else in its place before it is approved;
// what people said of it stands apart, and can be erased.
func parts(p Proposal) []register.Part {
	sum := sha256.Sum256(p.Body)
	return []register.Part{
		{Name: "entry", For: p.readers(), Content: struct {
			ID           string       `json:"id"`
			State        string       `json:"state"`
			Delegation   *string      `json:"delegation"`
			CoChair      *string      `json:"co_chair"`
			Does         string       `json:"does"`
			Noun         string       `json:"noun"`
			About        string       `json:"about"`
			Body         string       `json:"body_sha256"`
			Keys         []string     `json:"keys"`
			Kinds        []string     `json:"kinds,omitempty"` // of which was not told before roles had limits
			ProposedBy   string       `json:"proposed_by"`
			ProposedRole access.Role  `json:"proposed_role"`
			Base         int64        `json:"base"`
			Status       Status       `json:"status"`
			DecidedBy    *string      `json:"decided_by"`
			DecidedRole  *access.Role `json:"decided_role"`
			Made         string       `json:"made"`
		}{
			p.ID, p.State, p.Delegation, p.CoChair, p.Does, p.Noun, p.About, hex.EncodeToString(sum[:]), p.Keys, p.Kinds,
			p.ProposedBy, p.ProposedRole, p.Base, p.Status, p.DecidedBy, p.DecidedRole, p.Made,
		}},
		{Name: "words", For: p.readers(), Content: struct {
			Reason string `json:"reason"`
			Word   string `json:"word"`
		}{p.Reason, p.Word}},
	}
}
