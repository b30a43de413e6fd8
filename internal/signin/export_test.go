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
