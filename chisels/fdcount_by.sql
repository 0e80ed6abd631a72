-- name: fdcount_by
-- category: I/O
-- about: Number of files, by any field
-- description: Different files (by number and name) that events were about, by the field that is named.
-- arg: key column - the field to group by
-- key: key
-- value: files count
-- top: 0
SELECT key, count(*) AS files
FROM (
  SELECT DISTINCT $key AS key, fd_num AS num, fd_name AS name
  FROM events
  WHERE fd_num > 0 AND fd_name <> '' AND $key IS NOT NULL
) AS files
GROUP BY key
