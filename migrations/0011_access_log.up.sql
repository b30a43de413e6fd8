-- Who read what: reads of entries that are not public. It stands beside the door:
-- noting a read takes no lock of the register's. There are two tables, because
-- they are for two sorts of people, and neither can be asked for more than it
-- holds. The server's role reaches both through what follows, and not themselves.

-- Person and minute: for the head of the reader's own state, and the auditor.
create table access_read (
    id           uuid        primary key default gen_random_uuid(),
    minute       timestamptz not null,
    noun         text        not null constraint access_read_noun_known check (noun in
        ('contact', 'organisation', 'strategy', 'access_log', 'not_recorded')),
    entry        uuid,
    state        text,   -- whose entry it is
    credential   uuid,
    account      uuid,
    role         text,
    reader_state text,   -- the reader's own
    until        timestamptz,
    reads        bigint,
    constraint access_read_has_a_reader check (
        (noun = 'not_recorded') = (account is null) and (noun = 'not_recorded') = (credential is null) and (noun = 'not_recorded') = (role is null)),
    constraint access_read_counts_what_is_lost check (
        (noun = 'not_recorded') = (reads is not null) and (noun = 'not_recorded') = (until is not null))
);
create unique index access_read_once on access_read (minute, credential, noun, entry, state) nulls not distinct
    where noun <> 'not_recorded';
create index access_read_reader on access_read (reader_state, minute);
create index access_read_entry on access_read (entry, minute);

-- Reading state and day: for the owner. The day is the one on which the read was
-- noted, by the database's clock: so a day that is over never gets another row,
-- whose coming would tell of the moment. The id, by which a day's rows are
-- ordered, is random: it does not tell who came first.
create table access_day (
    id           uuid primary key default gen_random_uuid(),
    day          date not null,
    noun         text not null constraint access_day_noun_known check (noun in
        ('contact', 'organisation', 'strategy', 'access_log', 'not_recorded')),
    entry        uuid,
    state        text,
    reader       text constraint access_day_reader_known check (reader in ('state', 'partner', 'secretariat', 'auditor')),
    reader_state text,
    partner      uuid, -- the partner's account, if that is a system: what is shown of it is its name
    constraint access_day_has_a_reader check ((noun = 'not_recorded') = (reader is null)),
    constraint access_day_names_partners_alone check (partner is null or reader = 'partner')
);
create unique index access_day_once on access_day (day, state, noun, entry, reader, reader_state, partner) nulls not distinct;
create index access_day_state on access_day (state, day);

-- The log grows, and its oldest rows go: none that is younger than 90 days,
-- whoever asks.
create trigger access_read_append_only before update or truncate on access_read
    for each statement execute function trail_is_append_only();
create trigger access_read_is_kept before delete on access_read
    for each row when (old.minute >= now() - interval '90 days') execute function trail_is_append_only();
create trigger access_day_append_only before update or truncate on access_day
    for each statement execute function trail_is_append_only();
create trigger access_day_is_kept before delete on access_day
    for each row when (old.day >= current_date - 90) execute function trail_is_append_only();

alter table access_read enable row level security, force row level security;
alter table access_day enable row level security, force row level security;

-- Notes reads, one for each place in the arrays. Where there is none, a text is
-- empty. Reads of the log itself by the auditor are for all to know, on the day:
-- which entry was looked for is not.
create function access_note(minutes timestamptz[], credentials text[], accounts text[], roles text[], reader_states text[],
    nouns text[], entries text[], states text[]) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if actor_role() is distinct from 'system' then
        raise exception 'the registry itself notes who read what' using errcode = 'insufficient_privilege';
    end if;
    insert into access_read (minute, credential, account, role, reader_state, noun, entry, state)
    select date_trunc('minute', r.minute), r.credential::uuid, r.account::uuid, r.role, nullif(r.reader_state, ''),
        r.noun, nullif(r.entry, '')::uuid, nullif(r.state, '')
    from unnest(minutes, credentials, accounts, roles, reader_states, nouns, entries, states)
        as r (minute, credential, account, role, reader_state, noun, entry, state)
    on conflict do nothing;
    insert into access_day (day, noun, entry, state, reader, reader_state, partner)
    select distinct (now() at time zone 'UTC')::date, r.noun,
        case when r.noun <> 'access_log' then nullif(r.entry, '')::uuid end, nullif(r.state, ''),
        case when r.role in ('partner', 'secretariat', 'auditor') then r.role else 'state' end, nullif(r.reader_state, ''),
        case when r.role = 'partner' and a.kind = 'system' then a.id end
    from unnest(accounts, roles, reader_states, nouns, entries, states) as r (account, role, reader_state, noun, entry, state)
    left join account a on a.id = r.account::uuid
    where r.noun <> 'access_log' or r.role = 'auditor'
    on conflict do nothing;
end $$;

-- Notes that so many reads were not recorded, from a moment to another.
create function access_note_lost(since timestamptz, until timestamptz, reads bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if actor_role() is distinct from 'system' then
        raise exception 'the registry itself notes what it lost' using errcode = 'insufficient_privilege';
    end if;
    insert into access_read (minute, noun, until, reads) values (since, 'not_recorded', until, reads);
    insert into access_day (day, noun) values ((now() at time zone 'UTC')::date, 'not_recorded')
    on conflict do nothing;
end $$;

-- Deletes at most so many of the oldest rows of each table that are older than so
-- many days, and returns how many it deleted. Of several nodes that do so at once,
-- each takes other rows.
create function access_expire(days int, most int) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    reads bigint;
    by_day bigint;
    kept int := greatest(days, 90);
begin
    if actor_role() is distinct from 'system' then
        raise exception 'the registry itself lets the log expire' using errcode = 'insufficient_privilege';
    end if;
    delete from access_read where id in (
        select id from access_read where minute < now() - make_interval(days => kept) order by minute limit most for update skip locked);
    get diagnostics reads = row_count;
    delete from access_day where id in (
        select id from access_day where day < current_date - kept order by day limit most for update skip locked);
    get diagnostics by_day = row_count;
    return reads + by_day;
end $$;

-- What an owner sees: which states, partners and offices read an entry of the own
-- state on a day; and on which days something was not recorded, or the auditor
-- read the log. Only once the day is over, and so long over that all that was
-- noted in it is there: else whoever asks again and again learns the minute. The
-- views run as their owner, past row-level security, so their own conditions are
-- the whole of the rule.
create view access_days with (security_barrier) as
    select d.id, d.day, d.noun, d.entry, d.state, d.reader, d.reader_state, a.name as partner
    from access_day d
    left join account a on a.id = d.partner
    where d.day < ((now() - interval '10 minutes') at time zone 'UTC')::date
    and actor_audiences() @> '{public,participants,selected}'
    and (
        actor_role() = 'auditor'
        or actor_role() in ('delegate', 'head_of_delegation') and coalesce(d.state, actor_state()) = actor_state()
    );

-- What the head of the reader's own state sees, and the auditor of all.
create view access_people with (security_barrier) as
    select r.id, r.minute, r.noun, r.entry, r.state, r.credential, r.account, a.name, r.role, r.reader_state, r.until, r.reads
    from access_read r
    left join account a on a.id = r.account
    where actor_audiences() @> '{public,participants,selected}'
    and (
        actor_role() = 'auditor'
        or actor_role() = 'head_of_delegation' and r.reader_state = actor_state()
    );

grant select on access_days, access_people to pocreg_server;
