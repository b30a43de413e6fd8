-- One change a version up to bench.length: contacts made, one state after the
-- other, each in two parts. Triggers and foreign keys look away, for speed: this
-- is a trail to be read, not one to be verified.
set local session_replication_role = replica;
set local synchronous_commit = off;

create temp table line on commit drop as
select n as version, a.id as actor, a.state, lpad(to_hex(n), 32, '0')::uuid as entry
from register_head h
cross join generate_series(h.version + 1, current_setting('bench.length')::bigint) n
join (
	select id, state, row_number() over (order by state) - 1 as number, count(*) over () as many
	from account
	where state is not null
) a on a.number = n % a.many;

insert into trail_change (version, ordinal, at, actor, credential, role, actor_state, act, noun, key, entry, state,
	audience, audience_states)
select version, 0, now(), actor, actor, 'head_of_delegation', state, 'created', 'contact', entry::text, entry, state,
	'participants', '{}'
from line
order by version;

insert into trail_part (version, ordinal, part, name, commitment)
select version, 0, p.part, p.name, sha256(int8send(version * 2 + p.part))
from line
cross join (values (0, 'metadata'), (1, 'entry')) p (part, name)
order by version, p.part;

insert into trail_leaf (version, hash)
select version, sha256(int8send(version))
from line
order by version;

update register_head
set version = greatest(version, current_setting('bench.length')::bigint), epoch = replace(gen_random_uuid()::text, '-', '');
