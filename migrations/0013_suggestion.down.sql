drop index trail_change_told;
drop policy trail_change_told on trail_change;
drop policy trail_change_insert on trail_change;
create policy trail_change_insert on trail_change for insert with check (
    actor_writes() and role = actor_role() and actor is not distinct from actor_account()
    and actor_state is not distinct from actor_state()
    and (actor_of(state) or actor_role() in ('secretariat', 'system'))
    and version = (select h.version from register_head h)
    and (actor_role() in ('secretariat', 'system')
        or acts_alone(noun, act)
        or actor_role() in ('delegate', 'head_of_delegation') and (
            not (select state_takes_two(actor_state()))
            or exists (
                select from proposal p
                where p.version = trail_change.version and p.status = 'approved' and p.decided_by = actor_account()))));
drop function suggestions_open;
drop table suggestion;
drop function suggestion_is_answered_once;
drop function actor_may_answer;
drop function actor_suggested;
