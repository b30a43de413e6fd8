#!/bin/sh
# restore.sh BACKUP.dump
#
# Restores a backup of backup.sh into an empty database, proves the trail and
# begins a new epoch of the register: what was written after the backup is lost,
# and its version numbers will be given out again.
#
# The roles and the database are there already, made as a superuser:
#
#     psql -v ON_ERROR_STOP=1 -f BACKUP.roles.sql
#     createdb --owner pocreg_owner --template template0 --locale C --encoding UTF8 pocreg
#
# It connects as backup.sh does. `pocreg` is looked for in the PATH; it is of the
# release that made the backup, or newer.
set -eu

test $# -eq 1 || { echo "usage: restore.sh BACKUP.dump" >&2; exit 2; }
fail() { echo "restore.sh: $1" >&2; exit 1; }
export PGUSER="${PGUSER:-pocreg_owner}" PGDATABASE="${PGDATABASE:-pocreg}"

# pocreg goes where psql and pg_restore go, whatever else it was told before.
unset POCREG_OWNER_DATABASE_URL_FILE
export POCREG_OWNER_DATABASE_URL=postgres://

command -v pocreg >/dev/null || fail "there is no pocreg in the PATH"
folder=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)
name=$(basename -- "$1" .dump)
(cd -- "$folder" && sha256sum --check --quiet -- "$name.sha256") || fail "the backup is not as it was written"

tables=$(psql --no-password -XAtc "select count(*) from pg_class where relnamespace = 'public'::regnamespace")
test "$tables" -eq 0 || fail "the database $PGDATABASE is not empty: restore into a new one"

pg_restore --no-password --exit-on-error --single-transaction --no-owner \
	--dbname="$PGDATABASE" -- "$folder/$name.dump"
psql --no-password -Xqc 'analyze'

pocreg migrate
pocreg verify
pocreg new-epoch
