#!/bin/sh
# backup.sh FOLDER
#
# Writes a backup of the registry into FOLDER, while it runs, and prints its
# name: NAME.dump (pg_dump's custom format), NAME.roles.sql (the database roles
# that it wants) and NAME.sha256. They hold everything that the registry holds:
# encrypt them, and keep them elsewhere.
#
# It connects as pocreg_owner, whom row-level security does not hold back, to
# what libpq's environment says: PGHOST, PGPASSFILE, PGSSLMODE … PGUSER is
# pocreg_owner and PGDATABASE pocreg unless they are set.
set -eu
umask 077

test $# -eq 1 || { echo "usage: backup.sh FOLDER" >&2; exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export PGUSER="${PGUSER:-pocreg_owner}" PGDATABASE="${PGDATABASE:-pocreg}"

mkdir -p -- "$1"
cd -- "$1"
name=pocreg-$(date -u +%Y%m%dT%H%M%SZ)
test ! -e "$name.dump" || { echo "backup.sh: there is a $name.dump already" >&2; exit 1; }
trap 'rm -f -- "$name.partial"' EXIT

pg_dump --format=custom --no-password --file="$name.partial"
# A dump that cannot be read is none.
pg_restore --list "$name.partial" >/dev/null

cp -- "$here/roles.sql" "$name.roles.sql"
mv -- "$name.partial" "$name.dump"
sha256sum -- "$name.dump" "$name.roles.sql" >"$name.sha256"
sync
echo "$PWD/$name.dump"
