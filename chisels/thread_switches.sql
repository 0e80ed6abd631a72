-- name: thread_switches
-- category: Performance
-- about: Threads by how often they left a processor
-- description: Scheduler switches away from each thread, where the capture has them.
-- key: proc_name
-- key: thread_tid
-- value: switches count sum
-- top: 20
SELECT proc_name, thread_tid, count(*) AS switches
FROM events
WHERE evt_type = 'switch' AND proc_name IS NOT NULL
GROUP BY proc_name, thread_tid
