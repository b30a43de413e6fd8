package cluster

// mode is the supervisor's word for what it shall do.
func (p place) mode() string {
	if p.ephemeral {
		return "ephemeral"
	}
	return "durable"
}

// settings returns PostgreSQL's command line. They are given there, not in
// postgresql.conf, so that a new release of this program changes old clusters.
func (p place) settings() []string {
	set := []string{
		"listen_addresses=",
		"unix_socket_directories=" + p.sockets,
		"port=" + port,
		"timezone=UTC",
		"log_timezone=UTC",
		// Statements and rows hold people's names and numbers: none in the log.
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
	}
	if p.ephemeral {
		set = append(set,
			"fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0",
			"max_connections=300", "shared_buffers=32MB",
			// With hundreds of databases it would never rest.
			"autovacuum=off",
			// Each clone is two checkpoints.
			"log_checkpoints=off",
		)
	}
	args := make([]string, 0, 2*len(set))
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}
