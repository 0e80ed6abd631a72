-- name: slow_calls_overlap
-- category: Compare
-- about: What else was called in the milliseconds in which a call was slow
-- description: Calls of all processes that ended in the same millisecond as a slow call of the given kind, against how many
--   there were in all. A share far above the others' is worth a look; it is a correlation. Slow calls themselves are
--   among them.
-- arg: call text lstat the call that is slow
-- arg: min_us int 5 latency from which it is, us
-- key: container_name
-- key: proc_name
-- key: evt_type
-- value: during count
-- value: calls count
-- value: share
-- top: 20
WITH timed AS (
  SELECT capture, container_name, proc_name, evt_type, evt_latency, evt_rawtime - evt_rawtime % 1000000 AS ms
  FROM calls
),
slow AS (
  SELECT capture, ms
  FROM timed
  WHERE evt_type = $call AND evt_latency >= $min_us * 1000
  GROUP BY capture, ms
),
marked AS (
  SELECT timed.container_name AS container_name, timed.proc_name AS proc_name, timed.evt_type AS evt_type,
    CASE WHEN slow.ms IS NULL THEN 0 ELSE 1 END AS hit
  FROM timed
  LEFT JOIN slow ON timed.capture = slow.capture AND timed.ms = slow.ms
)
SELECT container_name, proc_name, evt_type, sum(hit) AS during, count(*) AS calls, 1.0 * sum(hit) / count(*) AS share
FROM marked
GROUP BY container_name, proc_name, evt_type
