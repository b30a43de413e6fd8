# Runs one private PostgreSQL for as long as the process at the other end of
# standard input lives, however that ends. Descriptor 3 is the lock that says
# "something of this cluster still runs": all that must be gone before another
# may start holds it, and the rest closes it.
set -u
umask 077
mode=$1 home=$2 bin=$3 sockets=$4
shift 4 # what is left are PostgreSQL's settings

data=$home/data
stop=$sockets/stop # exists once PostgreSQL shall not run again

case $mode in
durable) signal=INT initdb=--data-checksums leave=$sockets ;;
ephemeral) signal=QUIT initdb=--no-sync leave=$home ;;
esac

test ! -e "$home/log" || mv -f "$home/log" "$home/log.old"
exec 4<&0 </dev/null >"$home/log" 2>&1

# The name "data" is only ever given to a whole cluster: an initdb that was cut
# short leaves "new", which nobody has written to.
if test ! -e "$data"; then
	rm -rf "$home/new"
	"$bin/initdb" "$initdb" -D "$home/new" -U postgres -E UTF8 --no-locale \
		--auth-local=trust --auth-host=reject || exit 1
	mv "$home/new" "$data" || exit 1
fi

# keep starts PostgreSQL again when it was killed. That can take several tries:
# what the killed one leaves behind needs a moment to notice and to go. When it
# was stopped, or cannot run, starting it again would not help.
keep() {
	tries=0
	while :; do
		"$bin/postgres" -D "$data" "$@"
		status=$?
		test ! -e "$stop" || return
		test "$status" -le 128 || tries=150
		if test "$status" -eq 0 || test "$tries" -eq 0; then
			kill -s TERM $$
			return
		fi
		tries=$((tries - 1))
		sleep 0.2
	done
}

keep "$@" 4<&- &
keeper=$!

cat <&4 >/dev/null 3>&-
: >"$stop"

# Asked again and again, because PostgreSQL may just be starting anew.
while :; do
	kill -s "$signal" "$(head -n 1 "$data/postmaster.pid")"
	sleep 0.05
done 2>/dev/null 3>&- 4<&- &
nag=$!

wait "$keeper"
kill "$nag"
rm -rf "$leave"
