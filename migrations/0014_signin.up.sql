-- A person's sign-in name. It proves nothing and recovers nothing: it finds the
-- methods that do.
create table person (
    account     uuid        primary key references account (id),
    state       text,
    email       text        not null constraint person_email_form check (email = lower(email) and char_length(email) between 3 and 254),
    language    text        not null constraint person_language_known check (language in ('en', 'pl')),
    disabled_at timestamptz,
    version     bigint      not null,
    constraint person_email_once unique (email),
    foreign key (account, state) references account (id, state)
);

-- A role, a duty device or a fresh start for an account, offered to whoever has
-- the link and the code. What opens it stands apart, in invitation_secret.
create table invitation (
    id           uuid        primary key default gen_random_uuid(),
    account      uuid        not null references account (id),
    state        text        references state (alpha2),
    purpose      text        not null constraint invitation_purpose_known check (purpose in ('join', 'device', 'reenrol')),
    role         text,
    co_chair     text,
    delegation   uuid,
    email        text,
    language     text        not null constraint invitation_language_known check (language in ('en', 'pl')),
    invited_by   uuid        references account (id),
    confirmed_by uuid        references account (id),
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    confirmed_at timestamptz,
    withdrawn_at timestamptz,
    accepted_at  timestamptz,
    version      bigint      not null,
    constraint invitation_of_account foreign key (account, state) references account (id, state),
    constraint invitation_of_delegation foreign key (delegation, state) references delegation (id, state),
    constraint invitation_offers check (
        case purpose when 'reenrol' then role is null
                     when 'device' then role = 'cert' and email is null
                     else role in ('cert', 'delegate', 'head_of_delegation', 'partner', 'secretariat', 'auditor') and email is not null end),
    constraint invitation_lapses check (expires_at > created_at and expires_at <= created_at + interval '30 days'),
    constraint invitation_accepted_in_time check (accepted_at < expires_at and accepted_at >= confirmed_at),
    constraint invitation_ends_once check (num_nonnulls(withdrawn_at, accepted_at) <= 1)
);
create index invitation_account on invitation (account);
create index invitation_state on invitation (state, created_at, id);

-- Hashes of the link's secret and of the code, and how often the code was wrong:
-- beside the door, because a stranger who guesses must not take its lock.
create table invitation_secret (
    invitation uuid        primary key references invitation (id),
    link_hash  bytea       not null constraint invitation_secret_once unique,
    code_hash  bytea       not null,
    tries      int         not null default 0,
    voided_at  timestamptz
);

-- A browser that is signed in, known by the hash of its cookie. It acts in one
-- role; one that only enrols has none.
create table session (
    id           uuid        primary key,
    hash         bytea       not null constraint session_hash_once unique,
    kind         text        not null constraint session_kind_known check (kind in ('person', 'enrolment', 'duty_device')),
    account      uuid        not null references account (id),
    state        text,
    role_grant   uuid        references role_grant (id),
    method       text        not null,
    browser      text        not null constraint session_browser_length check (char_length(browser) <= 200),
    created_at   timestamptz not null,
    seen_at      timestamptz not null,
    idle_until   timestamptz,
    expires_at   timestamptz not null,
    strong_until timestamptz,
    ended_at     timestamptz,
    constraint session_has_role check ((kind = 'enrolment') = (role_grant is null)),
    constraint session_idles check ((kind = 'duty_device') = (idle_until is null)),
    constraint session_of_account foreign key (account, state) references account (id, state)
);
create index session_account on session (account, created_at);
create index session_state on session (state, kind);

-- What happened when somebody signed in, or tried. Of nobody known, it has no
-- account; it keeps no address.
create table signin_event (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null,
    account uuid,
    state   text,
    method  text        not null,
    outcome text        not null,
    browser text        not null,
    known   boolean     not null
);
create index signin_event_account on signin_event (account, id);
create index signin_event_state on signin_event (state, id);
create index signin_event_age on signin_event (at);

create table passkey (
    id           uuid        primary key,
    account      uuid        not null references account (id),
    credential   bytea       not null constraint passkey_credential_once unique,
    record       bytea       not null,
    label        text        not null constraint passkey_label_length check (char_length(label) between 1 and 100),
    created_at   timestamptz not null,
    last_used_at timestamptz,
    flagged_at   timestamptz
);
create index passkey_account on passkey (account);

create table password (
    account uuid        primary key references account (id),
    hash    text        not null,
    set_at  timestamptz not null
);

-- last_step is the 30 seconds whose code was last taken: none is taken twice.
create table totp (
    account    uuid        primary key references account (id),
    secret     text        not null,
    last_step  bigint      not null,
    created_at timestamptz not null
);

create table printed_code (
    account uuid        not null references account (id),
    number  int         not null,
    hash    text        not null,
    used_at timestamptz,
    primary key (account, number)
);

-- A challenge that waits for its one answer.
create table ceremony (
    hash       bytea       primary key,
    kind       text        not null,
    account    uuid,
    session    uuid,
    data       bytea       not null,
    expires_at timestamptz not null
);

-- A browser from which a person has signed in before: what strangers try from
-- elsewhere does not count against it.
create table known_browser (
    hash    bytea       not null,
    account uuid        not null references account (id),
    seen_at timestamptz not null,
    primary key (hash, account)
);

-- How often something was tried in a time that is not over.
create table signin_attempt (
    name  bytea       primary key,
    tries int         not null,
    until timestamptz not null
);
create index signin_attempt_until on signin_attempt (until);

grant select, insert, update on person, invitation, invitation_secret to pocreg_server;
grant select, insert, update, delete on session, passkey, password, totp, printed_code, known_browser, signin_attempt to pocreg_server;
grant select, insert, delete on ceremony, signin_event to pocreg_server;

alter table person enable row level security, force row level security;
alter table invitation enable row level security, force row level security;
alter table invitation_secret enable row level security, force row level security;
alter table session enable row level security, force row level security;
alter table signin_event enable row level security, force row level security;
alter table passkey enable row level security, force row level security;
alter table password enable row level security, force row level security;
alter table totp enable row level security, force row level security;
alter table printed_code enable row level security, force row level security;
alter table ceremony enable row level security, force row level security;
alter table known_browser enable row level security, force row level security;
alter table signin_attempt enable row level security, force row level security;

-- Who may offer what: a role, whoever may give it; a duty device, the head; a fresh
-- start, a head for the own state's people (which a second confirms), two of the
-- secretariat for anybody, the operator for the secretariat.
create function actor_may_invite(of_state text, purpose text, role text) returns boolean
language sql stable parallel safe return
    case purpose
        when 'join' then actor_may_appoint(of_state, role)
        when 'device' then role = 'cert' and actor_may_appoint(of_state, role)
        when 'reenrol' then actor_writes() and (
            actor_role() = 'head_of_delegation' and of_state = actor_state()
            or actor_role() = 'secretariat' and actor_pair()
            or actor_role() = 'system' and of_state is null)
        else false
    end;

-- Who agrees to a fresh start: a second person of the delegation, who neither
-- asked for it nor is the one to start anew.
create function actor_may_confirm(of_state text, purpose text, account uuid, invited_by uuid) returns boolean
language sql stable parallel safe return
    actor_writes() and purpose = 'reenrol' and actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state()
    and actor_account() <> account and actor_account() <> invited_by;

-- Whether the register made this change to a grant because an invitation to it
-- was accepted in the same version.
create function was_invited(of_account uuid, in_role text, of_state text, for_co_chair text, in_delegation uuid, at_version bigint) returns boolean
language sql stable return
    actor_writes() and actor_role() = 'system' and at_version = (select h.version from register_head h)
    and (in_delegation is null or exists (select from delegation d where d.id = in_delegation and d.status = 'open'))
    and exists (
        select from invitation i
        where i.account = of_account and i.accepted_at is not null and i.version = at_version
        and (in_role is null or (i.role, coalesce(i.co_chair, ''), coalesce(i.delegation::text, ''), coalesce(i.state, ''))
            = (in_role, coalesce(for_co_chair, ''), coalesce(in_delegation::text, ''), coalesce(of_state, ''))));

-- Only the registry accepts, in time; only a second person confirms; what has
-- ended stays so, and what was offered to whom never changes.
create function invitation_stays() returns trigger language plpgsql as $$
begin
    if actor_role() is null then
        return new;
    end if;
    if old.withdrawn_at is not null or old.accepted_at is not null
        or to_jsonb(new) - '{confirmed_by,confirmed_at,withdrawn_at,accepted_at,version}'::text[]
            is distinct from to_jsonb(old) - '{confirmed_by,confirmed_at,withdrawn_at,accepted_at,version}'::text[]
        or new.accepted_at is not null and (actor_role() <> 'system' or old.confirmed_at is null)
        or (new.confirmed_by, new.confirmed_at) is distinct from (old.confirmed_by, old.confirmed_at)
            and not (old.confirmed_at is null and new.confirmed_by = actor_account()
                and actor_may_confirm(old.state, old.purpose, old.account, old.invited_by)) then
        raise exception 'an invitation is confirmed by a second person, accepted or withdrawn once, and changes in nothing else'
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger invitation_stays before update on invitation for each row execute function invitation_stays();

-- A head disables a person; only the registry, for who accepted an invitation,
-- changes the rest.
create function person_stays() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (new.account, new.state) is distinct from (old.account, old.state)
        or actor_role() <> 'system' and (old.disabled_at is not null or new.disabled_at is null
            or (new.email, new.language) is distinct from (old.email, old.language)) then
        raise exception 'a person is disabled, and changes in nothing else' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger person_stays before update on person for each row execute function person_stays();

-- Whoever is not the registry ends a session, and changes nothing else of it. One
-- that has ended stays so.
create function session_only_ends() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (old.ended_at is not null
        or to_jsonb(new) - '{ended_at,seen_at,idle_until}'::text[] is distinct from to_jsonb(old) - '{ended_at,seen_at,idle_until}'::text[]
        or actor_role() <> 'system' and (new.ended_at is null
            or (new.seen_at, new.idle_until) is distinct from (old.seen_at, old.idle_until))) then
        raise exception 'a session ends, and changes in nothing else' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger session_only_ends before update on session for each row execute function session_only_ends();

-- What a person is to the register stands behind the door; how they sign in, beside
-- it, where the registry alone writes.
create policy person_select on person for select using (
    actor_role() = 'system' or account = actor_account()
    or actor_role() = 'head_of_delegation' and state = actor_state()
    or actor_role() = 'secretariat' and actor_pair());
create policy person_insert on person for insert with check (was_invited(account, null, null, null, null, version));
create policy person_update on person for update using (
    actor_writes() and (actor_role() = 'system' or actor_role() = 'head_of_delegation' and state = actor_state()
        or actor_role() = 'secretariat' and actor_pair()));

create policy invitation_select on invitation for select using (
    actor_role() = 'system' or actor_account() in (invited_by, confirmed_by)
    or actor_role() = 'head_of_delegation' and state = actor_state()
    or actor_role() = 'delegate' and state = actor_state() and purpose = 'reenrol'
    or actor_role() = 'secretariat' and actor_pair());
create policy invitation_insert on invitation for insert with check (
    actor_may_invite(state, purpose, role) and invited_by is not distinct from actor_account()
    and withdrawn_at is null and accepted_at is null
    and (confirmed_at is null or purpose <> 'reenrol' or actor_role() <> 'head_of_delegation')
    -- Whoever accepts acts in all roles of the account: none may be another's to give.
    and (purpose = 'reenrol' and actor_role() = 'secretariat' or not exists (
        select from role_grant g
        where g.account = invitation.account and g.revoked_at is null and not actor_may_appoint(g.state, g.role))));
create policy invitation_update on invitation for update using (
    actor_may_invite(state, purpose, role) or actor_may_confirm(state, purpose, account, invited_by)
    or actor_writes() and actor_role() = 'system');

create policy invitation_secret_select on invitation_secret for select using (actor_role() = 'system');
create policy invitation_secret_insert on invitation_secret for insert with check (
    actor_writes() and exists (
        select from invitation i
        where i.id = invitation and i.invited_by is not distinct from actor_account() and i.version = (select h.version from register_head h)));
create policy invitation_secret_update on invitation_secret for update using (actor_role() = 'system');

create policy session_select on session for select using (
    actor_role() = 'system' or account = actor_account() or actor_role() = 'head_of_delegation' and state = actor_state());
create policy session_insert on session for insert with check (actor_role() = 'system');
create policy session_update on session for update using (
    actor_role() = 'system' or account = actor_account() or actor_role() = 'head_of_delegation' and state = actor_state());
create policy session_delete on session for delete using (actor_role() = 'system');

create policy signin_event_select on signin_event for select using (
    actor_role() = 'system' or account = actor_account() or actor_role() = 'head_of_delegation' and state = actor_state());
create policy signin_event_insert on signin_event for insert with check (actor_role() = 'system');
create policy signin_event_delete on signin_event for delete using (actor_role() = 'system');

create policy passkey_select on passkey for select using (actor_role() = 'system');
create policy passkey_insert on passkey for insert with check (actor_role() = 'system');
create policy passkey_update on passkey for update using (actor_role() = 'system');
create policy passkey_delete on passkey for delete using (actor_role() = 'system');
create policy password_select on password for select using (actor_role() = 'system');
create policy password_insert on password for insert with check (actor_role() = 'system');
create policy password_update on password for update using (actor_role() = 'system');
create policy password_delete on password for delete using (actor_role() = 'system');
create policy totp_select on totp for select using (actor_role() = 'system');
create policy totp_insert on totp for insert with check (actor_role() = 'system');
create policy totp_update on totp for update using (actor_role() = 'system');
create policy totp_delete on totp for delete using (actor_role() = 'system');
create policy printed_code_select on printed_code for select using (actor_role() = 'system');
create policy printed_code_insert on printed_code for insert with check (actor_role() = 'system');
create policy printed_code_update on printed_code for update using (actor_role() = 'system');
create policy printed_code_delete on printed_code for delete using (actor_role() = 'system');
create policy ceremony_select on ceremony for select using (actor_role() = 'system');
create policy ceremony_insert on ceremony for insert with check (actor_role() = 'system');
create policy ceremony_delete on ceremony for delete using (actor_role() = 'system');
create policy known_browser_select on known_browser for select using (actor_role() = 'system');
create policy known_browser_insert on known_browser for insert with check (actor_role() = 'system');
create policy known_browser_update on known_browser for update using (actor_role() = 'system');
create policy known_browser_delete on known_browser for delete using (actor_role() = 'system');
create policy signin_attempt_select on signin_attempt for select using (actor_role() = 'system');
create policy signin_attempt_insert on signin_attempt for insert with check (actor_role() = 'system');
create policy signin_attempt_update on signin_attempt for update using (actor_role() = 'system');
create policy signin_attempt_delete on signin_attempt for delete using (actor_role() = 'system');

-- A role is given by who may appoint, or to who accepted an invitation of theirs.
drop policy role_grant_insert on role_grant;
create policy role_grant_insert on role_grant for insert with check (
    actor_may_appoint(state, role) or was_invited(account, role, state, co_chair, delegation, version));

-- Whether somebody signs in with an address: inviting another to it is refused, of
-- whatever state they are.
create function email_is_taken(address text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return public.actor_writes() and exists (select from public.person p where p.email = lower(address));

-- A session is a credential as a token is.
create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or d.status = 'closed' then 'no'
            when exists (select from public.token_freeze f where f.token = t.id and f.lifted_at is null and f.until > clock_timestamp()) then 'frozen'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        left join public.delegation d on d.id = g.delegation
        where t.id = credential), (
        select case
            when s.ended_at is not null or s.expires_at <= clock_timestamp() or s.idle_until <= clock_timestamp()
                or g.revoked_at is not null or d.status = 'closed' or p.disabled_at is not null then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.session s
        join public.role_grant g on g.id = s.role_grant
        left join public.delegation d on d.id = g.delegation
        left join public.person p on p.account = s.account
        where s.id = credential), 'no');
end $$;

-- Whether a credential is as strong as managing people and tokens wants: a token, or
-- a session of who signed in within the last minutes.
create function credential_is_strong(credential uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return not exists (
        select from public.session s
        where s.id = credential and (s.strong_until is null or s.strong_until <= clock_timestamp()));
end $$;

-- Who signs in can decide, as who has a token that writes.
create or replace function state_takes_two(of_state text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return coalesce((
        select case d.mode
            when 'single' then false
            when 'two_person' then true
            else 2 <= (
                select count(distinct g.account)
                from public.role_grant g
                join public.account a on a.id = g.account
                where g.delegation = d.id and g.revoked_at is null
                and g.role in ('delegate', 'head_of_delegation') and a.kind = 'person'
                and (exists (
                        select from public.token t
                        where t.role_grant = g.id and t.writes and t.revoked_at is null and t.expires_at > clock_timestamp())
                    or exists (
                        select from public.person p
                        where p.account = g.account and p.disabled_at is null
                        and (exists (select from public.passkey k where k.account = p.account)
                            or exists (select from public.password w where w.account = p.account))))
            ) end
        from public.delegation d
        where d.state = of_state and d.status <> 'closed'), false);

-- Nor is a token the last way in for a state or a co-chair where somebody signs in.
create or replace function token_can_be_spared(credential uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (
        select
        from public.token t
        where t.id = credential and t.role in ('cert', 'partner', 'auditor'))
    or exists (
        select
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        join public.token o on o.id <> credential
        join public.role_grant h on h.id = o.role_grant
        where t.id = credential and o.writes and public.credential_stands(o.id) in ('yes', 'contested')
        and (o.state = t.state and o.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair))
    or exists (
        select
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        join public.role_grant h on h.state = t.state and h.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair
        join public.person p on p.account = h.account and p.disabled_at is null
        left join public.delegation d on d.id = h.delegation
        where t.id = credential and h.revoked_at is null and d.status is distinct from 'closed'
        and (exists (select from public.passkey k where k.account = p.account)
            or exists (select from public.password w where w.account = p.account)));
