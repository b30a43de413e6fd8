drop trigger search_note on entry;
drop function search_scope, search_readable;
drop table search_due, search_value, search_word, search_text, search_audience;
drop function search_follow, search_note, search_rebuild, search_index, search_values, search_documents, search_passages;
drop function search_frequent, search_entries, search_spelling;
drop function search_distance, search_stumps, search_slips, search_words, search_fold;
drop extension fuzzystrmatch;
