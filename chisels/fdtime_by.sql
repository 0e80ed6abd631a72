-- name: fdtime_by
-- category: I/O
-- about: Time spent reading and writing, by any field
-- description: Latencies of the calls that read or write, summed up, by the field that is named.
-- arg: key column - the field to group by
-- key: key
-- value: time time sum
-- top: 10
SELECT $key AS key, sum(evt_latency) AS time
FROM events
WHERE evt_is_io AND evt_latency > 0 AND $key IS NOT NULL
GROUP BY $key
