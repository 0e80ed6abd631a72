-- name: proc_exec_time
-- category: Performance
-- about: How long processes ran that ended
-- description: From their clone to their end; none for those that are older than the capture.
-- top: 0
SELECT proc_duration, proc_name, proc_args
FROM events
WHERE evt_type = 'procexit' AND proc_duration IS NOT NULL
ORDER BY evt_num
