-- name: around
-- category: Misc
-- about: What a thread did in the milliseconds around certain events
-- description: All events of the same threads, up to range_ms before and behind those that match. The condition is one of SQL on the
--   columns of events: --arg match="evt_type = 'open' AND evt_failed". analyze events --around lists what all threads did.
-- differs: sysdig writes these events into a new capture; here they are rows.
-- arg: match condition evt_failed which events, in SQL
-- arg: range_ms int 1000 how far around each, ms
-- top: 0
WITH timed AS (
  SELECT capture, evt_num, evt_time, evt_cpu, proc_name, thread_tid, evt_dir, evt_type, evt_args, evt_rawtime AS ns,
    evt_rawtime - evt_rawtime % ($range_ms * 1000000 + 1) AS turn,
    evt_rawtime - evt_rawtime % ($range_ms * 1000000 + 1) - $range_ms * 1000000 - 1 AS turn_before,
    evt_rawtime - evt_rawtime % ($range_ms * 1000000 + 1) + $range_ms * 1000000 + 1 AS turn_behind
  FROM events
),
matched AS (
  SELECT capture AS of_capture, thread_tid AS tid, evt_rawtime AS ns, evt_rawtime - evt_rawtime % ($range_ms * 1000000 + 1) AS turn
  FROM events
  WHERE $match
),
near AS (
  SELECT of_capture, tid, turn, min(ns) AS earliest, max(ns) AS latest
  FROM matched
  GROUP BY of_capture, tid, turn
),
before AS (
  SELECT of_capture AS before_capture, tid AS before_tid, turn AS before_turn, latest FROM near
),
behind AS (
  SELECT of_capture AS behind_capture, tid AS behind_tid, turn AS behind_turn, earliest FROM near
),
same AS (
  SELECT of_capture AS same_capture, tid AS same_tid, turn AS same_turn FROM near
)
SELECT capture, evt_num, evt_time, evt_cpu, proc_name, thread_tid, evt_dir, evt_type, evt_args
FROM timed
LEFT JOIN same ON timed.capture = same.same_capture AND timed.thread_tid = same.same_tid AND timed.turn = same.same_turn
LEFT JOIN before ON timed.capture = before.before_capture AND timed.thread_tid = before.before_tid AND timed.turn_before = before.before_turn
LEFT JOIN behind ON timed.capture = behind.behind_capture AND timed.thread_tid = behind.behind_tid AND timed.turn_behind = behind.behind_turn
WHERE same_turn IS NOT NULL OR latest >= ns - $range_ms * 1000000 OR earliest <= ns + $range_ms * 1000000
ORDER BY capture, evt_num
