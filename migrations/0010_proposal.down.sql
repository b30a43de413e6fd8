drop policy trail_change_insert on trail_change;
create policy trail_change_insert on trail_change for insert with check (
    actor_writes() and role = actor_role() and actor is not distinct from actor_account()
    and actor_state is not distinct from actor_state()
    and (actor_of(state) or actor_role() in ('secretariat', 'system'))
    and version = (select h.version from register_head h));
create or replace function delegation_stays() returns trigger language plpgsql as $$
begin
    if not actor_pair() and (new.id, new.state, new.authority, new.status, new.since, new.until)
        is distinct from (old.id, old.state, old.authority, old.status, old.since, old.until) then
        raise exception 'two of the secretariat open, contest and close delegations' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
drop policy suspension_select on suspension;
create policy suspension_select on suspension for select using (
    exists (select from entry e where e.id = entry)
    or actor_may_suspend(state, imposed_by) and exists (select from withheld_entry w where w.id = entry));
drop table proposal;
drop function proposal_only_ends, acts_alone, actor_decides, role_stands, state_takes_two;
alter table delegation drop column mode;
