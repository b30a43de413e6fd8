-- What the tests try to read and to change: for each of the 46 states entries
-- of every noun, audience and basis with all their details, and changes in the
-- trail. Ids are hashes of what a row is, so that statements find them unseen.
create temp table ring on commit drop as
select state, states[i % 46 + 1] as next, states[(i + 1) % 46 + 1] as second
from (select array_agg(alpha2 order by alpha2) as states from state) a
cross join lateral unnest(states) with ordinality u (state, i);

create temp table variant (name text, audience text, basis text) on commit drop;
insert into variant
values ('public', 'public', 'nominated'), ('participants', 'participants', 'nominated'),
    ('selected', 'selected', 'nominated'), ('found', 'public', 'public_source');

create temp table kind (noun text, kind text) on commit drop;
insert into kind
values ('organisation', 'csirt'), ('contact', 'technical'), ('contact', 'policy'), ('strategy', 'strategy');

-- Entries at version 1 lack their details: those are what the tests add. An
-- organisation of the kind technical never has any.
insert into entry (id, noun, state, kind, version, audience, audience_states, tlp, basis, standing,
    standing_since, created_at, changed_at, nominated_at, confirmed_at)
select md5(concat_ws(' ', k.noun, k.kind, v.name, r.state, b.version))::uuid, k.noun, r.state, k.kind, b.version, v.audience,
    case when v.audience = 'selected' then array[r.next] else '{}' end, 'TLP:CLEAR', v.basis, 'active', now(), now(), now(),
    case when v.basis = 'nominated' then now() end, case when v.basis = 'nominated' then now() end
from ring r
cross join variant v
cross join (table kind union all values ('organisation', 'technical')) k
cross join (values (0), (1)) b (version)
where b.version = 0 and not (k.noun = 'organisation' and k.kind = 'technical') and (k.kind <> 'policy' or v.name = 'participants')
or b.version = 1 and v.name in ('participants', 'found') and k.kind <> 'policy';

insert into organisation (id, state, kind, name)
select id, state, kind, 'A body' from entry where noun = 'organisation' and version = 0;

insert into strategy (id, state, kind, original_title, titles, summaries, objectives, status, documents, focus_areas, norms, cbms)
select id, state, kind, 'A plan', '{}', '{}', '{}', 'draft', '[]', '{}', '[]', '[]' from entry where noun = 'strategy' and version = 0;

insert into contact (id, state, kind, rank, covers, sectors, networks, office_title, languages, capabilities)
select id, state, kind, 1, '{}', '{}', '{}', 'A desk', '{}', '{}' from entry where noun = 'contact' and version = 0;

insert into channel (id, contact, state, position, type, value, audience, audience_states, changed_at)
select md5(concat_ws(' ', 'channel', a.audience, e.id))::uuid, e.id, e.state, 0, 'email', 'desk@example.org', a.audience,
    case when a.audience = 'selected' then array[r.next] else '{}' end, now()
from entry e
join ring r on r.state = e.state
cross join (values ('public'), ('participants'), ('selected')) a (audience)
where e.noun = 'contact' and e.version = 0;

insert into contact_key (contact, state, position, type, fingerprint, user_ids, algorithm, created_at, material, added_at)
select id, state, 0, 'openpgp', 'AA', '{}', 'none', now(), 'none', now() from entry where noun = 'contact' and version = 0;

insert into external_id (entry_id, noun, state, basis, system, value)
select id, noun, state, basis, 'un', id::text from entry where version = 0;

insert into source (entry_id, state, position, pointer, value, source, dated)
select id, state, 0, '/name', 'A body', 'https://example.org', '2026-01-01' from entry where version = 0;

insert into suspension (entry, state, imposed_by, reason, since, until)
select id, state, imposer, 'A test', now(), now() + interval '72 hours'
from entry
cross join (values ('state'), ('secretariat')) b (imposer)
where noun = 'organisation' and version = 0;

insert into state_instruments (state, instruments, version)
select state, '[]', 0 from ring;

-- Suggestions about each state's strategies: by the second state from it, whom none
-- of them names, and by the secretariat.
insert into suggestion (id, entry, noun, state, audience, text, from_state, from_role, made_at, status, version)
select md5(concat_ws(' ', 'suggestion', b.role, e.id))::uuid, e.id, e.noun, e.state, e.audience, 'Look', case when b.role = 'cert' then r.second end,
    b.role, now(), 'open', 0
from entry e
join ring r on r.state = e.state
cross join (values ('cert'), ('secretariat')) b (role)
where e.noun = 'strategy' and e.version = 0;

-- A freeze of each token by each side, long past; and a second token of those who
-- act for a state or a co-chair, with an id that statements find unseen.
insert into token_freeze (token, imposed_by, reason, since, until)
select id, imposer, 'A test', '2020-01-01', '2020-01-02'
from token
cross join (values ('state'), ('secretariat')) b (imposer);

insert into token (id, role_grant, account, state, role, label, hash, hint, audiences, writes, expires_at, version)
select md5(concat_ws(' ', 'token', role, coalesce(state, co_chair)))::uuid, id, account, state, role, 'A test', convert_to(id::text, 'UTF8'), '',
    '{}', true, now() + interval '1 day', 0
from role_grant
where role in ('delegate', 'head_of_delegation', 'secretariat');

insert into token_use (token, last_used_at)
select id, now() from token
on conflict do nothing;

-- Changes of version 0: of organisations for those whom they were for then, of
-- the channels of a public contact, and of links from it to other entries.
create temp table past (entry uuid, state text, channel uuid, link uuid, audience text, part_audience text, named text[], ordinal int) on commit drop;
insert into past
select e.id, e.state, null, null, t.audience, t.audience, t.named, row_number() over ()
from entry e
join ring r on r.state = e.state
cross join lateral (
    values ('public', '{}'), ('participants', '{}'), ('selected', array[r.next]), ('selected', array[r.second])) t (audience, named)
where e.noun = 'organisation' and e.version = 0
and (e.audience = t.audience or (e.basis, e.audience) in (('nominated', 'public'), ('nominated', 'selected')) and t.audience <> 'participants');
insert into past
select e.id, e.state, h.id, null, 'public', t.audience, t.named, 1000 + row_number() over ()
from entry e
join ring r on r.state = e.state
join channel h on h.contact = e.id
cross join lateral (values ('public', '{}'), ('selected', array[r.next]), ('selected', array[r.second])) t (audience, named)
where e.kind = 'technical' and e.noun = 'contact' and e.audience = 'public' and e.basis = 'nominated' and h.audience <> 'participants';

insert into past
select e.id, e.state, null, l.id, 'public', 'public', '{}', 2000 + row_number() over ()
from entry e
join entry l on l.state = e.state and l.noun = 'organisation' and l.version = 0
where e.kind = 'technical' and e.noun = 'contact' and e.audience = 'public' and e.basis = 'nominated';

insert into trail_change (version, ordinal, at, role, act, noun, key, entry, state, audience, audience_states)
select 0, ordinal, now(), 'delegate', 'created', 'entry', entry || ' ' || ordinal, entry, state, audience,
    case when audience = part_audience then named else '{}' end
from past;

insert into trail_part (version, ordinal, part, name, commitment)
select 0, ordinal, part, name, decode(repeat('00', 32), 'hex')
from past
cross join lateral (values (0, case when channel is null then 'entry' else 'channel:' || channel end),
    (1, case when channel is null then 'audience_states' else 'channel_audience_state:' || channel end)) p (part, name)
where part = 0 or part_audience = 'selected';

insert into trail_content (version, ordinal, part, salt, content, channel, link, audience, audience_states)
select 0, ordinal, part, 'salt', '{}', case when part = 0 then channel end, link, part_audience, case when part = 0 then named else '{}' end
from past
join trail_part using (ordinal)
where version = 0;

-- People who sign in: everybody, and what is offered to them.
insert into person (account, state, email, language, version)
select id, state, id || '@example.org', 'en', 1 from account where kind = 'person';

insert into invitation (account, state, purpose, role, co_chair, delegation, email, language, invited_by, created_at, expires_at, version)
select a.id, a.state, o.purpose, o.role, null, case when o.role is not null then g.delegation end,
    case when o.purpose = 'join' then 'new@example.org' end, 'en', h.account, now(), now() + interval '1 hour', 1
from role_grant g
join account a on a.id = g.account
join role_grant h on h.state = g.state and h.role = 'head_of_delegation'
cross join (values ('join', 'delegate'), ('join', 'head_of_delegation'), ('device', 'cert'), ('reenrol', null)) o (purpose, role)
where g.role = 'cert';
insert into invitation (account, purpose, role, email, language, created_at, expires_at, version)
select a.id, o.purpose, o.role, case when o.purpose = 'join' then 'new@example.org' end, 'en', now(), now() + interval '1 hour', 1
from account a
cross join (values ('join', 'secretariat'), ('join', 'auditor'), ('reenrol', null)) o (purpose, role)
where a.name = 'secretariat US';

insert into session (id, hash, kind, account, state, role_grant, method, browser, created_at, seen_at, idle_until, expires_at)
select gen_random_uuid(), g.id::text::bytea, 'person', g.account, g.state, g.id, 'passkey', '', now(), now(), now() + interval '30 minutes', now() + interval '12 hours'
from role_grant g;
update session set strong_until = now() + interval '1 day' where account in (select account from token where role in ('delegate', 'head_of_delegation') and state in ('EE', 'LV', 'PL'));
insert into token_opening (token, until)
select md5(concat_ws(' ', 'token', 'head_of_delegation', state))::uuid, now() + interval '1 minute' from unnest(array['EE', 'LV', 'PL']) s (state);
insert into signin_event (at, account, state, method, outcome, browser, known)
select now(), id, state, 'passkey', 'signed_in', '', true from account
union all
select now(), null, null, 'totp', 'refused', '', false;

insert into invitation_secret (invitation, link_hash, code_hash) select id, id::text::bytea, 'code' from invitation where purpose = 'join' and state is not null;
with three as (select id from account order by name limit 3),
    k as (insert into passkey (id, account, credential, record, label, created_at) select gen_random_uuid(), id, id::text::bytea, '', 'Key', now() from three),
    w as (insert into password (account, hash, set_at) select id, 'hash', now() from three),
    t as (insert into totp (account, secret, last_step, created_at) select id, 'secret', 0, now() from three),
    p as (insert into printed_code (account, number, hash) select id, 1, 'hash' from three),
    c as (insert into ceremony (hash, kind, account, data, expires_at) select id::text::bytea, 'passkey', id, '', now() from three),
    b as (insert into known_browser (hash, account, seen_at) select id::text::bytea, id, now() from three)
insert into signin_attempt (name, tries, until) select id::text::bytea, 1, now() from three;

insert into identity_provider (id, delegation, state, issuer, client_id, set_by, since, version)
select gen_random_uuid(), g.delegation, g.state, 'https://login.example', 'registry', g.account, now(), 1
from role_grant g
where g.role = 'head_of_delegation';
insert into identity_provider_secret (provider, version, sealed) select id, 1, 'sealed' from identity_provider where state in ('EE', 'LV', 'PL');
insert into provider_subject (provider, subject, account, bound_at) select id, 'head', set_by, now() from identity_provider where state in ('EE', 'LV', 'PL');
-- What everybody asked to be told of, and some were.
insert into subscription (id, account, number, state, delivery, created_at)
select gen_random_uuid(), id, 1, 'EE', 'at_once', now() from account where kind = 'person';
insert into digest (account, version) select account, 1 from subscription;
insert into notice (event, recipient, message_id, outcome, at) select 'event', account, 'id', 'sent', now() - interval '500 days' from subscription;
insert into invitation_link (link_hash, invitation, made_at) select id::text::bytea, id, now() from invitation where purpose = 'join';

analyze;

-- What each of a state's people has proposed: a CERT of a technical contact, a delegate
-- of a policy contact, and a head of what all kinds share.
insert into proposal (id, state, delegation, does, noun, about, body, reason, changes, kinds, nouns, keys, proposed_by, proposed_role, proposed_at, base, version)
select gen_random_uuid(), g.state, g.delegation, 'patch', 'contact', '', '{}', '', '[]',
    case g.role when 'cert' then array['technical'] when 'delegate' then array['policy'] end, '{}', '{}', g.account, g.role, now(), h.version, h.version
from role_grant g, register_head h
where g.role in ('cert', 'delegate', 'head_of_delegation');

-- What the secretariat is about to do to each.
insert into proposal (id, state, co_chair, does, noun, about, body, reason, changes, nouns, keys, proposed_by, proposed_role, proposed_at, base, version)
select gen_random_uuid(), s.alpha2, g.co_chair, 'contest', 'delegation', '', '{}', '', '[]', '{}', '{}', g.account, g.role, now(), h.version, h.version
from role_grant g, state s, register_head h
where g.role = 'secretariat';

-- On what the auditor acts, and until when.
update role_grant set basis = 'A decision', since = now() - interval '1 day', until = now() + interval '30 days' where role = 'auditor';

-- A freeze of everybody by each side, long past; and for each state somebody whom nobody
-- froze, another of its heads, and one of no state, with ids that statements find unseen.
insert into person_freeze (account, imposed_by, reason, since, until)
select id, imposer, 'A test', '2020-01-01', '2020-01-02'
from account
cross join (values ('state'), ('secretariat')) b (imposer);
insert into account (id, kind, name, state, version)
select md5(concat_ws(' ', 'fresh', f.role, s.alpha2))::uuid, 'person', concat_ws(' ', 'Fresh', f.role), s.alpha2, 0
from state s
cross join (values ('head_of_delegation'), (null)) f (role)
union all
select md5('fresh')::uuid, 'person', 'Fresh', null, 0;
insert into role_grant (account, role, state, delegation, version)
select md5(concat_ws(' ', 'fresh', 'head_of_delegation', d.state))::uuid, 'head_of_delegation', d.state, d.id, 0 from delegation d;
