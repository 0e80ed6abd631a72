-- name: topscalls_time
-- category: Performance
-- about: System calls by time
-- description: Latencies as sysdig's rule has them, summed up; analyze topscalls leaves out what that rule measures wrongly.
-- key: evt_type
-- value: time time sum
-- top: 30
SELECT evt_type, sum(evt_latency) AS time
FROM events
WHERE evt_latency > 0 AND evt_type IS NOT NULL
GROUP BY evt_type
