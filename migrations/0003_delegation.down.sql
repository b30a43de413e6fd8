drop function credential_stands;
drop table token_use, token, role_grant, account, delegation;
drop function actor_may_appoint;
drop extension btree_gist;
drop function delegation_stays, token_only_ends;
