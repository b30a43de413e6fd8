package signin

func known(password string) bool { return false }
