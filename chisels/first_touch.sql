-- name: first_touch
-- category: Compare
-- about: Cold against warm: a path's first lookup against its later ones
-- description: Mean latency of the first call of a kind on each path and of all later ones. A cold cache makes the first
--   slow and leaves the others alone; pressure on the dentry cache makes all of them slow.
-- key: evt_type
-- value: later_mean time
-- value: first_mean time
-- value: paths count
-- value: calls count
-- top: 20
WITH looked AS (
  SELECT capture, evt_num, evt_type, evt_latency, coalesce(evt_arg_path, evt_arg_name) AS path
  FROM calls
  WHERE evt_arg_path IS NOT NULL OR evt_arg_name IS NOT NULL
),
firsts AS (
  SELECT capture, evt_type, path, min(evt_num) AS first_num, count(*) AS times, sum(evt_latency) AS total
  FROM looked
  GROUP BY capture, evt_type, path
),
touched AS (
  SELECT firsts.evt_type AS evt_type, firsts.times AS times, firsts.total AS total, looked.evt_latency AS first_latency
  FROM firsts
  JOIN looked ON firsts.capture = looked.capture AND firsts.first_num = looked.evt_num
)
SELECT evt_type,
  (sum(total) - sum(first_latency)) / (sum(times) - count(*)) AS later_mean,
  sum(first_latency) / count(*) AS first_mean,
  count(*) AS paths,
  sum(times) AS calls
FROM touched
GROUP BY evt_type
HAVING sum(times) > count(*)
