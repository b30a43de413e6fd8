#!/bin/sh
# Makes the passwords of docker-compose.yml's database at the first start, each
# in a volume of its own. What is there is kept.
set -eu
umask 077

pocreg=65532 # the account of deploy/Dockerfile

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# put FILE ACCOUNT TEXT: whole or not at all, and readable by the account alone.
put() {
	test ! -s "$1" || return 0
	printf '%s\n' "$3" >"$1.new"
	chown "$2" "$1.new"
	mv "$1.new" "$1"
}

put /secrets/admin/password postgres "$(random)"
for role in owner server; do
	put "/secrets/$role/password" root "$(random)"
	password=$(cat "/secrets/$role/password")
	put "/secrets/$role/url" "$pocreg" "postgres://pocreg_$role:$password@db:5432/pocreg?sslmode=disable"
done
put /secrets/server/metrics-token "$pocreg" "$(random)"
put /secrets/server/secret-key "$pocreg" "$(random)" # 32 bytes: back it up apart from the database

# The folders may be entered; the files say who may read them.
chmod 0711 /secrets/admin /secrets/owner /secrets/server
