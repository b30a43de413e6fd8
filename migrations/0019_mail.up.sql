-- River's tables, as its own migrations make them up to version 8 of its line
-- "main": the registry's background work. They hold kinds of work and ids, never
-- what an entry says and never a secret. A test compares them with what River makes.
create type river_job_state as enum (
    'available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled');

create table river_migration (
    line       text        not null,
    version    bigint      not null,
    created_at timestamptz not null default now(),
    constraint line_length check (char_length(line) > 0 and char_length(line) < 128),
    constraint version_gte_1 check (version >= 1),
    primary key (line, version)
);
insert into river_migration (line, version) select 'main', generate_series(1, 8);

create table river_job (
    id            bigserial       primary key,
    state         river_job_state not null default 'available',
    attempt       smallint        not null default 0,
    max_attempts  smallint        not null default 25,
    attempted_at  timestamptz,
    created_at    timestamptz     not null default now(),
    finalized_at  timestamptz,
    scheduled_at  timestamptz     not null default now(),
    priority      smallint        not null default 1,
    args          jsonb           not null,
    attempted_by  text[],
    errors        jsonb[],
    kind          text            not null,
    metadata      jsonb           not null default '{}',
    queue         text            not null default 'default',
    tags          varchar(255)[]  not null default '{}',
    unique_key    bytea,
    unique_states bit(8),
    constraint finalized_or_finalized_at_null check (
        (finalized_at is null and state not in ('cancelled', 'completed', 'discarded')) or
        (finalized_at is not null and state in ('cancelled', 'completed', 'discarded'))),
    constraint max_attempts_is_positive check (max_attempts > 0),
    constraint priority_in_range check (priority >= 1 and priority <= 4),
    constraint queue_length check (char_length(queue) > 0 and char_length(queue) < 128),
    constraint kind_length check (char_length(kind) > 0 and char_length(kind) < 128)
);
create index river_job_kind on river_job using btree (kind);
create index river_job_state_and_finalized_at_index on river_job using btree (state, finalized_at) where finalized_at is not null;
create index river_job_prioritized_fetching_index on river_job using btree (state, queue, priority, scheduled_at, id);
create index river_job_args_index on river_job using gin (args);
create index river_job_metadata_index on river_job using gin (metadata);

create function river_job_state_in_bitmask(bitmask bit(8), state river_job_state) returns boolean
language sql immutable as $$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$$;
create unique index river_job_unique_idx on river_job (unique_key)
    where unique_key is not null and unique_states is not null and river_job_state_in_bitmask(unique_states, state);

create unlogged table river_leader (
    elected_at timestamptz not null,
    expires_at timestamptz not null,
    leader_id  text        not null,
    name       text        primary key default 'default',
    constraint name_length check (name = 'default'),
    constraint leader_id_length check (char_length(leader_id) > 0 and char_length(leader_id) < 128)
);

create table river_queue (
    name       text        primary key not null,
    created_at timestamptz not null default now(),
    metadata   jsonb       not null default '{}',
    paused_at  timestamptz,
    updated_at timestamptz not null default current_timestamp
);

create table river_notification (
    id         bigserial   primary key,
    created_at timestamptz not null default now(),
    payload    text        not null,
    topic      text        not null,
    constraint topic_length check (length(topic) > 0 and length(topic) < 128)
);
create index river_notification_created_at_idx on river_notification (created_at);
create index river_notification_topic_id_idx on river_notification (topic, id);

grant select, insert, update, delete on river_job, river_leader, river_queue to pocreg_server;
grant usage on sequence river_job_id_seq to pocreg_server;

-- How far the trail has been read for notices. Whoever reads holds this row: one at
-- a time, of however many servers. It goes on with the jobs that it makes, in one
-- transaction, so that nothing is passed over and nothing is read twice.
create table notice_reader (
    only_row boolean primary key default true check (only_row),
    version  bigint  not null
);
insert into notice_reader (version) select version from register_head;
grant select, update (version) on notice_reader to pocreg_server;

create function notice_reader_goes_on() returns trigger language plpgsql as $$
begin
    if new.version < old.version or new.version > (select h.version from register_head h) then
        raise exception 'the trail is read forwards, as far as it goes' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger notice_reader_goes_on before update on notice_reader for each row execute function notice_reader_goes_on();

-- What happened beside the trail as people signed in that they are to be told of:
-- put here in its own transaction, since its numbers become visible in no order.
create table signin_notice (
    event bigint primary key
);
grant select, insert, delete on signin_notice to pocreg_server;

create function signin_event_is_told() returns trigger language plpgsql as $$
begin
    insert into signin_notice (event) values (new.id);
    return new;
end $$;
create trigger signin_event_is_told after insert on signin_event for each row
    when (new.account is not null and (new.outcome in ('enrolled', 'removed', 'flagged') or new.outcome = 'signed_in' and not new.known))
    execute function signin_event_is_told();

-- What was sent, or came to an end otherwise: once for each event and recipient. An
-- event is named by what it was, never by what it said.
create table notice (
    event      text        not null constraint notice_event_length check (char_length(event) between 1 and 200),
    recipient  text        not null constraint notice_recipient_length check (char_length(recipient) between 1 and 200),
    message_id text        not null,
    outcome    text        not null constraint notice_outcome_known check (outcome in ('sent', 'refused', 'given_up', 'not_theirs')),
    at         timestamptz not null default now(),
    primary key (event, recipient)
);
create index notice_age on notice (at);
grant select, insert, delete on notice to pocreg_server;
alter table notice enable row level security, force row level security;
create policy notice_select on notice for select using (actor_role() = 'system');
create policy notice_insert on notice for insert with check (actor_role() = 'system');
create policy notice_delete on notice for delete using (actor_role() = 'system' and at < now() - interval '400 days');

-- What opens an invitation by a link that was mailed, made while it was sent. Of the
-- link only a hash is kept; there is one for each time that it was sent.
create table invitation_link (
    link_hash  bytea       primary key,
    invitation uuid        not null references invitation (id),
    made_at    timestamptz not null
);
create index invitation_link_invitation on invitation_link (invitation);
grant select, insert on invitation_link to pocreg_server;
alter table invitation_link enable row level security, force row level security;
create policy invitation_link_select on invitation_link for select using (actor_role() = 'system');
create policy invitation_link_insert on invitation_link for insert with check (actor_role() = 'system');

-- The code again, hashed slowly and without the link that it was made with, for the
-- links that are made later. Invitations of before have none, and are not mailed.
alter table invitation_secret add column code_slow text;

-- What a person wants to be told of other states' changes: null is any.
create table subscription (
    id         uuid        primary key,
    account    uuid        not null references account (id),
    number     int         not null constraint subscription_number_range check (number between 1 and 20),
    state      text        references state (alpha2),
    kind       text        constraint subscription_kind_known check (kind in
        ('diplomatic', 'technical', 'law_enforcement', 'policy', 'strategy', 'organisation')),
    framework  text        constraint subscription_framework_length check (char_length(framework) between 1 and 40),
    delivery   text        not null constraint subscription_delivery_known check (delivery in ('at_once', 'daily')),
    created_at timestamptz not null,
    constraint subscription_number_once unique (account, number),
    constraint subscription_once unique nulls not distinct (account, state, kind, framework)
);
grant select, insert, delete on subscription to pocreg_server;
alter table subscription enable row level security, force row level security;

-- A person's own, and nobody else's. The registry reads them to know whom to tell.
create function actor_subscribes(of_account uuid) returns boolean language sql stable parallel safe return
    of_account = actor_account() and actor_role() in ('cert', 'delegate', 'head_of_delegation', 'secretariat', 'auditor');
create policy subscription_select on subscription for select using (actor_role() = 'system' or actor_subscribes(account));
create policy subscription_insert on subscription for insert with check (
    actor_subscribes(account) and exists (select from account a where a.id = account and a.kind = 'person'));
create policy subscription_delete on subscription for delete using (actor_subscribes(account));

-- Up to which version somebody's last daily digest told.
create table digest (
    account uuid   primary key references account (id),
    version bigint not null
);
grant select, insert, update on digest to pocreg_server;
alter table digest enable row level security, force row level security;
create policy digest_select on digest for select using (actor_role() = 'system');
create policy digest_insert on digest for insert with check (actor_role() = 'system');
create policy digest_update on digest for update using (actor_role() = 'system');
