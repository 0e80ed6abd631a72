-- name: latency_by_path_depth
-- category: Compare
-- about: Path lookups by how deep the path is
-- description: Mean latency by number of slashes in the path that was looked up. A kernel that walks longer hash chains is
--   slower at each step. In our recording of lstat beside a neighbour that fills the dentry cache, it takes 3.4 times as
--   long at a depth of two and 4.3 times at four.
-- key: evt_type
-- key: depth
-- value: mean time
-- value: calls count
-- top: 40
SELECT evt_type, depth, sum(evt_latency) / count(*) AS mean, count(*) AS calls
FROM (
  SELECT evt_type, evt_latency, length(path) - length(replace(path, '/', '')) AS depth
  FROM (
    SELECT evt_type, evt_latency, coalesce(evt_arg_path, evt_arg_name) AS path
    FROM calls
    WHERE evt_arg_path IS NOT NULL OR evt_arg_name IS NOT NULL
  ) AS looked
) AS measured
GROUP BY evt_type, depth
