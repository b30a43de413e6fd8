drop table suspension;
drop function actor_may_suspend;
