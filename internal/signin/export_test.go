package signin

// TakeStrangersTurns takes all turns at the slow hash that strangers have, until free
// is called.
func (s *Store) TakeStrangersTurns() (free func()) {
	for range hashesOfStrangers {
		s.hasher.strangers <- struct{}{}
	}
	return func() {
		for range hashesOfStrangers {
			<-s.hasher.strangers
		}
	}
}

// ReadPrinted reads a printed code as it was typed.
var ReadPrinted = readPrinted

// FoldPassword brings a password into the form that is hashed.
var FoldPassword = foldPassword

// StepOf finds the half minute that an app's code is of.
var StepOf = stepOf
