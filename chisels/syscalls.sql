-- name: syscalls
-- category: Performance
-- about: System calls: how many, their time, mean and longest
-- description: Finished calls by name. analyze topscalls has percentiles, failures and rates, and analyze compare says what changed.
-- key: evt_type
-- value: time time sum
-- value: calls count sum
-- value: mean time
-- value: longest time
-- top: 30
SELECT evt_type, sum(evt_latency) AS time, count(*) AS calls, sum(evt_latency) / count(*) AS mean, max(evt_latency) AS longest
FROM calls
GROUP BY evt_type
