package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/url"

	"pocreg.example/api/client"
)

// desk is what a delegate of Estonia says of a duty desk.
var desk = map[string]any{
	"state": "EE", "kind": "technical", "audience": "participants", "office_title": "Valvelaud", "office_title_en": "Duty desk",
	"languages": []string{"et", "en"}, "time_zone": "Europe/Tallinn", "availability": map[string]any{"always": true},
	"channels": []map[string]any{
		{"type": "phone", "usage": "duty", "value": "+372 600 0100"},
		{"type": "email", "value": "duty@cert-ee.example"},
	},
}

func Example() {
	ctx := context.Background()
	c, err := client.New(registry.url) // without a token: what is public
	if err != nil {
		log.Fatal(err)
	}
	states, err := c.States(ctx, "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(states), "states; the 33rd is", states[32].Names["pl"])
	// Output: 46 states; the 33rd is Polska
}

func ExampleClient_Card() {
	card, _, err := as("cert PL").Card(context.Background(), "EST")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(card.State.Name, "is represented:", card.State.Represented)
	// Output: Estonia is represented: true
}

func ExampleEntries() {
	ctx := context.Background()
	contacts := as("delegate EE").Contacts()
	made, meta, err := contacts.Add(ctx, desk)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(made.OfficeTitleEN, made.Channels[0].Value)

	// What somebody else has changed since is not overwritten unseen.
	patch := map[string]any{"languages": []string{"et", "en", "fr"}}
	if _, _, err = contacts.Patch(ctx, made.ID, meta.ETag, patch); err != nil {
		log.Fatal(err)
	}
	_, _, err = contacts.Patch(ctx, made.ID, meta.ETag, patch)
	var refused *client.Problem
	if errors.As(err, &refused) {
		fmt.Println(refused.Kind(), refused.Status)
	}

	for c, err := range contacts.All(ctx, url.Values{"state": {"EE"}, "language": {"fr"}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Languages)
	}
	if _, _, err = contacts.Act(ctx, made.ID, "confirm"); err != nil {
		log.Fatal(err)
	}
	revisions, _, err := contacts.History(ctx, made.ID, 0, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range revisions {
		fmt.Println(r.Act, "by a", r.By.Role)
	}
	// Output:
	// Duty desk +3726000100
	// stale 412
	// [et en fr]
	// confirmed by a delegate
	// replaced by a delegate
	// created by a delegate
}

func ExampleClient_Trail() {
	ctx := context.Background()
	for row, err := range as("auditor").Trail(ctx, 0, "FI") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Noun, row.Act, "by the", row.By.Role)
	}
	// Output:
	// state loaded by the system
	// delegation opened by the secretariat
	// token issued by the secretariat
	// role granted by the secretariat
	// token issued by the head_of_delegation
	// role granted by the head_of_delegation
	// token issued by the head_of_delegation
	// role granted by the head_of_delegation
	// delegation mode_chosen by the head_of_delegation
}

func ExampleClient_Reach() {
	reach, err := as("cert PL").Reach(context.Background(), client.ReachQuestion{States: []string{"LV"}, Languages: []string{"en"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range reach.States[0].Steps {
		fmt.Println(step.Step, step.Part)
	}
	// Output:
	// 1 framework
	// 2 framework
	// 3 framework
	// 4 own_diplomatic
}

func ExampleClient_Search() {
	ctx := context.Background()
	in := map[string]any{"state": "PL", "kind": "csirt", "audience": "public", "name": "Urząd w mieście Łódź", "name_en": "Office of the city"}
	if _, _, err := as("delegate PL").Organisations().Add(ctx, in); err != nil {
		log.Fatal(err)
	}
	found, err := as("").Search(ctx, "ofice lodz", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, hit := range found.Items {
		fmt.Println(hit.Title, "is", hit.Basis)
	}
	// Output: Urząd w mieście Łódź is nominated
}

func ExampleClient_Import() {
	ctx := context.Background()
	c := as("delegate NL")
	in := map[string]any{"state": "NL", "kind": "policy", "office_title": "Desk", "channels": []map[string]any{{"type": "email", "value": "desk@example.nl"}}}
	if _, _, err := c.Contacts().Add(ctx, in); err != nil {
		log.Fatal(err)
	}
	file, err := c.ExportContacts(ctx, "NL")
	if err != nil {
		log.Fatal(err)
	}
	same, err := c.Import(ctx, client.ImportContacts, file, false)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(same.Rows, "row,", same.Unchanged, "unchanged")

	broken := bytes.ReplaceAll(file, []byte("desk@example.nl"), []byte("nowhere"))
	var refused *client.Problem
	if _, err = c.Import(ctx, client.ImportContacts, broken, false); errors.As(err, &refused) {
		fmt.Println(refused.Errors[0].Where())
	}
	// Output:
	// 1 row, 1 unchanged
	// line 2, channel_1_value:
}

func ExampleProblem() {
	_, _, err := as("").Contacts().Add(context.Background(), desk)
	var refused *client.Problem
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Detail)
	}
	// Output: 401 this wants a token: send it as Authorization: Bearer
}
