-- What two of the secretariat hand out is proposed as what they settle is: a delegation
-- with its first head, and a head in place of those who are gone.
alter table proposal drop constraint proposal_does_known;
alter table proposal add constraint proposal_does_known check (does in
    ('add', 'replace', 'patch', 'nominate', 'reject', 'retire', 'withdraw', 'restore', 'upsert', 'upsert_new', 'import',
    'contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint'));

drop policy proposal_insert on proposal;
create policy proposal_insert on proposal for insert with check (
    actor_writes() and status = 'open' and proposed_by = actor_account() and proposed_role = actor_role()
    and actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
        or actor_role() = 'secretariat' and does in ('contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint')
        or actor_role() = 'cert' and state = actor_state() and noun = 'contact' and does <> 'import'));
