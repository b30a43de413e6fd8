drop table state_instruments, membership, co_chair, participation, state;
