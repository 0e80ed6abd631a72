-- name: io_by_type
-- category: I/O
-- about: Calls and their time by kind of file
-- description: The view of csysdig of this name: events on files, sockets, pipes and others, and the time in their calls.
-- key: fd_type
-- value: time time sum
-- value: events count sum
-- top: 0
SELECT fd_type, sum(evt_latency) AS time, count(*) AS events
FROM events
WHERE fd_type IS NOT NULL
GROUP BY fd_type
