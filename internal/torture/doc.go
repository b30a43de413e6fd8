// Package torture proves that nothing acknowledged is ever lost. Its tests run
// the real program on a real, durable PostgreSQL, write to it from all sides,
// kill one or the other as no program can prevent, and look afterwards whether
// each acknowledged write is there, whole and once.
//
// It holds tests only. `make test` runs a short cut of them, `make torture` all:
// 200 kills of the server and 50 of PostgreSQL.
package torture
