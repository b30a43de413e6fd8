package cluster

// Folders returns where the files and the sockets of a durable cluster lie.
func Folders(data string) (home, sockets string, err error) {
	at, err := newPlace(Config{Data: data})
	return at.home, at.sockets, err
}
