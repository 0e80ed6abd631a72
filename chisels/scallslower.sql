-- name: scallslower
-- category: Performance
-- about: Calls slower than so many milliseconds, in order of time
-- description: Every event with a latency above the threshold, as sysdig's rule measures it.
-- differs: latencies are whole ns here, and ms with a fraction in sysdig's lines.
-- arg: min_ms int 1 least latency, ms
-- top: 0
SELECT evt_time, proc_name, evt_latency, evt_type
FROM events
WHERE evt_latency > $min_ms * 1000000
ORDER BY evt_num
