create extension if not exists btree_gist;

-- Who may speak for a state. At most one at a time.
create table delegation (
    id        uuid        primary key default gen_random_uuid(),
    state     text        not null references state (alpha2),
    authority text        not null constraint delegation_authority_length check (char_length(authority) between 1 and 500),
    status    text        not null constraint delegation_status_known check (status in ('open', 'contested', 'closed')),
    since     timestamptz not null default now(),
    until     timestamptz,
    channels  jsonb       not null default '[]',
    version   bigint      not null,
    constraint delegation_id_state unique (id, state),
    constraint delegation_closed_has_end check ((status = 'closed') = (until is not null)),
    constraint delegation_one_open_per_state exclude using gist (state with =, tstzrange(since, until) with &&)
);

-- People and systems that act. A name is all the register keeps of a person here.
create table account (
    id      uuid   primary key default gen_random_uuid(),
    state   text   references state (alpha2),
    kind    text   not null constraint account_kind_known check (kind in ('person', 'system')),
    name    text   not null constraint account_name_length check (char_length(name) between 1 and 200),
    version bigint not null,
    constraint account_name_once unique nulls not distinct (state, name),
    constraint account_id_state unique (id, state)
);

create table role_grant (
    id         uuid   primary key default gen_random_uuid(),
    account    uuid   not null references account (id),
    role       text   not null constraint role_grant_role_known check (role in
        ('cert', 'delegate', 'head_of_delegation', 'partner', 'secretariat', 'auditor')),
    state      text   references state (alpha2),
    co_chair   text   references state (alpha2),
    delegation uuid,
    revoked_at timestamptz,
    version    bigint not null,
    constraint role_grant_whole unique (id, account, role),
    constraint role_grant_whole_of_state unique (id, account, role, state),
    constraint role_grant_of_account foreign key (account, state) references account (id, state),
    constraint role_grant_of_delegation foreign key (delegation, state) references delegation (id, state),
    constraint role_grant_names_a_state check (
        case when role in ('cert', 'delegate', 'head_of_delegation') then state is not null and delegation is not null
             when role = 'partner' then true
             else state is null end),
    constraint role_grant_names_a_co_chair check ((role = 'secretariat') = (co_chair is not null))
);
create unique index role_grant_once on role_grant (account, role) where revoked_at is null;

-- A token acts in one role of its account. Only its hash is kept.
create table token (
    id         uuid        primary key default gen_random_uuid(),
    role_grant uuid        not null references role_grant (id),
    account    uuid        not null references account (id),
    state      text        references state (alpha2),
    role       text        not null,
    label      text        not null constraint token_label_length check (char_length(label) between 1 and 200),
    hash       bytea       not null constraint token_hash_unique unique,
    hint       text        not null,
    audiences  text[]      not null,
    writes     boolean     not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    version    bigint      not null,
    -- A token says nothing that its grant does not: nobody hangs one on another's.
    constraint token_of_grant foreign key (role_grant, account, role) references role_grant (id, account, role),
    constraint token_of_grant_of_state foreign key (role_grant, account, role, state)
        references role_grant (id, account, role, state)
);
create index token_state on token (state, created_at, id);

-- Beside the door: using a token changes nothing that participants rely on.
create table token_use (
    token        uuid        primary key references token (id),
    last_used_at timestamptz not null
);

grant select, insert, update on delegation, role_grant, token to pocreg_server;
grant select, insert on account to pocreg_server;
grant select, insert, update on token_use to pocreg_server;

alter table delegation enable row level security, force row level security;
alter table account enable row level security, force row level security;
alter table role_grant enable row level security, force row level security;
alter table token enable row level security, force row level security;

-- Whose role or token the actor may give or take: a head for the own state, two
-- of the secretariat for heads, auditors and partners without a state, and the
-- system only for the secretariat, so that an operator cannot speak
-- for a state without leaving a trace.
create function actor_may_appoint(of_state text, appointed text) returns boolean
language sql stable parallel safe return
    actor_writes() and (
        actor_role() = 'head_of_delegation' and of_state = actor_state()
            and appointed in ('cert', 'delegate', 'partner')
        or actor_role() = 'secretariat' and actor_pair()
            and (appointed = 'head_of_delegation' or appointed in ('auditor', 'partner') and of_state is null)
        or actor_role() = 'system' and appointed = 'secretariat' and of_state is null);

-- Whether a credential still stands: 'yes', 'no', or 'contested' while writes in
-- its delegation's name are frozen. Asked within every write, for whoever asks.
create function credential_stands(credential uuid) returns text
language sql stable security definer set search_path = pg_catalog, public
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or d.status = 'closed' then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        left join public.delegation d on d.id = g.delegation
        where t.id = credential), 'no');

-- A state's own people change their delegation's channels, and nothing else of
-- it: a row's policy cannot tell one column from another.
create function delegation_stays() returns trigger language plpgsql as $$
begin
    if not actor_pair() and (new.id, new.state, new.authority, new.status, new.since, new.until)
        is distinct from (old.id, old.state, old.authority, old.status, old.since, old.until) then
        raise exception 'two of the secretariat open, contest and close delegations' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger delegation_stays before update on delegation for each row execute function delegation_stays();

-- All that an actor does to a token is to end it, once. The operator may end
-- any: that speaks for nobody.
create function token_only_ends() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (old.revoked_at is not null or to_jsonb(new) - '{revoked_at,version}'::text[]
        is distinct from to_jsonb(old) - '{revoked_at,version}'::text[]) then
        raise exception 'a token ends, and changes in nothing else' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger token_only_ends before update on token for each row execute function token_only_ends();

create policy delegation_select on delegation for select using (actor_may_read(state, 'participants', '{}'));
create policy delegation_insert on delegation for insert with check (
    actor_writes() and actor_role() = 'secretariat' and actor_pair());
create policy delegation_update on delegation for update using (
    actor_may_change(state, 'nominated') or actor_writes() and actor_role() = 'secretariat' and actor_pair());

create policy account_select on account for select using (
    actor_role() in ('system', 'auditor') or actor_of(state) or id = actor_account()
    or actor_role() = 'secretariat' and actor_pair());
create policy account_insert on account for insert with check (
    actor_writes() and (
        actor_role() = 'head_of_delegation' and state = actor_state()
        or actor_role() = 'secretariat' and actor_pair()
        or actor_role() = 'system' and state is null));
create policy role_grant_select on role_grant for select using (
    actor_role() in ('system', 'auditor') or account = actor_account()
    or actor_role() = 'head_of_delegation' and state = actor_state()
    or actor_role() = 'secretariat' and actor_pair());
create policy role_grant_insert on role_grant for insert with check (actor_may_appoint(state, role));
create policy role_grant_update on role_grant for update using (actor_may_appoint(state, role));
create policy token_select on token for select using (
    actor_role() in ('system', 'auditor') or account = actor_account()
    or actor_role() = 'head_of_delegation' and state = actor_state()
    or actor_role() = 'secretariat' and actor_pair());
create policy token_insert on token for insert with check (actor_may_appoint(state, role));
create policy token_update on token for update using (
    actor_may_appoint(state, role) or actor_writes() and actor_role() = 'system');
