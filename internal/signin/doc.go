// Package signin is how people come in: who was invited, how each proves who they
// are, and which browsers are signed in. What they then may do is package access's
// to say.
//
// People and their roles change through the door, as all that the participants rely
// on. Sessions, methods and failures are beside it: a stranger who keeps failing
// takes no lock of the register and empties no cache. No secret is kept: of each,
// a hash is, and it is shown once.
//
// A link and a code, sent apart, bring somebody in:
//
//	offer, err := store.Invite(ctx, register.Act{By: head}, register.Sent[signin.InviteInput]{Body: in})
//	// offer.Link goes into an address, offer.Code on another way.
//	invitation, err := store.Opened(ctx, browser, link)    // shows for whom it is; uses nothing up
//	in, err := store.Accept(ctx, browser, link, code)      // once; in.Session.Kind is signin.Enrolling
//
// with a session that is good for setting up how to sign in, and nothing else.
// Whichever is set up first signs the person in: the session gives way to the one
// that comes back.
//
//	offer, err := store.OfferTOTP(ctx, in.Session)         // offer.URL as a QR code
//	in, err = store.EnrolTOTP(ctx, browser, in.Session, signin.TOTPInput{Ref: offer.Ref, Password: …, Code: …})
//
//	in, codes, err := store.EnrolPrinted(ctx, browser, in.Session, password)
//
//	options, ref, err := store.OfferPasskey(ctx, in.Session)          // options for navigator.credentials.create
//	in, err = store.EnrolPasskey(ctx, browser, in.Session, signin.PasskeyInput{Ref: ref, Label: …, Answer: …})
//
//	away, err := store.LeaveToBind(ctx, in.Session)         // away.URL to go to, away.Cookie to keep
//	in, next, err := store.Return(ctx, browser, &session, signin.Back{…})   // what the state's provider led back with
//
// Afterwards one signs in by
//
//	in, err := store.Password(ctx, browser, signin.PasswordInput{Email: …, Password: …, Code: …})
//
//	options, ref, err := store.ChallengePasskey(ctx, browser)         // options for navigator.credentials.get
//	in, err := store.Passkey(ctx, browser, ref, answer, "")
//
//	away, err := store.LeaveToSignIn(ctx, browser, "EE", next)        // and Return, with no session
//
// and keeps in.Reference in the session's cookie, in.Known in the long-lived one.
// Each request then asks
//
//	session, err := store.Find(ctx, reference)             // or ErrNoSession
//	by := session.Actor()                                  // acts in one role
//
// What manages people and tokens, or approves a proposal, wants a sign-in of the last
// five minutes: it answers ErrStepUp, and a stronger session takes the place of the one
// there is with
//
//	in, err := store.StepUpPassword(ctx, browser, session, signin.PasswordInput{Password: …, Code: …})
//
//	options, ref, err := store.ChallengeStepUp(ctx, session)
//	in, err := store.StepUpPasskey(ctx, browser, session, ref, answer)
//
// A person with several roles goes from one to another with Switch. Who is locked out
// enrols anew by an invitation to that: Reenrol makes it, Confirm is the second
// person's word, and Accept ends what they signed in by before. An office's duty
// device comes by EnrolDevice and Accept, and only reads.
package signin
