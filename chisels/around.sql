-- name: around
-- category: Misc
-- about: What a thread did in the milliseconds around certain events
-- description: All events of the same threads, up to range_ms before and behind those that match. The condition is one of SQL on the
--   columns of events: --arg match="evt_type = 'open' AND evt_failed". analyze events --around lists what all threads did.
-- differs: sysdig writes these events into a new capture; here they are rows.
-- arg: match condition evt_failed which events, in SQL
-- arg: range_ms int 1000 how far around each, ms
-- top: 0
WITH near AS (
  SELECT capture, thread_tid AS tid, evt_rawtime AS matched, evt_rawtime - evt_rawtime % ($range_ms * 1000000 + 1) AS begun
  FROM events
  WHERE $match
),
turns AS (
  SELECT capture, tid, matched, begun FROM near
  UNION ALL
  SELECT capture, tid, matched, begun - ($range_ms * 1000000 + 1) AS begun FROM near
  UNION ALL
  SELECT capture, tid, matched, begun + ($range_ms * 1000000 + 1) AS begun FROM near
),
timed AS (
  SELECT capture, evt_num, evt_time, evt_cpu, proc_name, thread_tid, evt_dir, evt_type, evt_args, evt_rawtime AS ns,
    evt_rawtime - evt_rawtime % ($range_ms * 1000000 + 1) AS turn
  FROM events
)
SELECT DISTINCT timed.capture AS capture, timed.evt_num AS evt_num, timed.evt_time AS evt_time, timed.evt_cpu AS evt_cpu,
  timed.proc_name AS proc_name, timed.thread_tid AS thread_tid, timed.evt_dir AS evt_dir, timed.evt_type AS evt_type,
  timed.evt_args AS evt_args
FROM timed
JOIN turns ON timed.capture = turns.capture AND timed.thread_tid = turns.tid AND timed.turn = turns.begun
WHERE timed.ns >= turns.matched - $range_ms * 1000000 AND timed.ns <= turns.matched + $range_ms * 1000000
ORDER BY evt_num
