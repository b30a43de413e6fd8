drop table heartbeat, idempotency, trail_leaf, trail_content, trail_part, trail_change, register_head;
drop function trail_is_append_only, register_head_goes_up;
drop function actor_may_attest, actor_may_change, actor_may_read, actor_of, actor_pair, actor_writes,
    actor_audiences, actor_account, actor_state, actor_role;
