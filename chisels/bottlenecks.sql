-- name: bottlenecks
-- category: Performance
-- about: The slowest calls
-- description: The ten calls that took longest, each with who made it and on what.
-- differs: sysdig prints two lines of the listing for each, enter and exit; the call is one row here.
-- top: 10
SELECT evt_latency, evt_type, proc_name, thread_tid, fd_name, evt_num
FROM calls
ORDER BY evt_latency DESC, evt_num
LIMIT 10
