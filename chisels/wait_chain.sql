-- name: wait_chain
-- category: Compare
-- about: Who waits for a lock, and who wakes them
-- description: Futex waits by thread, joined with the wakes of the same address by other threads that ended within the same
--   millisecond as the wait did: who was waited for. In our recording of four threads with one lock, all wait longer for each
--   of the others when the holder keeps it for 1 ms instead of 150 us. Several wakers of one address in a millisecond all count.
-- key: waiter
-- key: waker
-- value: time time sum
-- value: waits count sum
-- top: 20
WITH entered AS (
  SELECT capture, thread_tid AS tid, evt_rawtime AS at, evt_arg_addr AS addr
  FROM events
  WHERE evt_type = 'futex' AND evt_dir = '>'
),
ended AS (
  SELECT capture, thread_tid AS tid, evt_rawtime - evt_latency AS at, evt_rawres AS res, evt_latency AS latency,
    evt_rawtime - evt_rawtime % 1000000 AS ms
  FROM events
  WHERE evt_type = 'futex' AND evt_dir = '<'
),
futexes AS (
  SELECT ended.capture AS capture, ended.tid AS tid, entered.addr AS addr, ended.res AS res, ended.latency AS latency, ended.ms AS ms
  FROM ended
  JOIN entered ON ended.capture = entered.capture AND ended.tid = entered.tid AND ended.at = entered.at
),
waits AS (
  SELECT capture, tid AS waiter, addr, ms, latency
  FROM futexes
  WHERE latency >= 100000 AND res = 0
),
wakes AS (
  SELECT DISTINCT capture, tid AS waker, addr, ms
  FROM futexes
  WHERE res > 0
)
SELECT waiter, waker, sum(latency) AS time, count(*) AS waits
FROM waits
JOIN wakes ON waits.capture = wakes.capture AND waits.addr = wakes.addr AND waits.ms = wakes.ms
WHERE waiter <> waker
GROUP BY waiter, waker
