-- name: enoent_storm
-- category: Compare
-- about: Who fails to open what does not exist, how often
-- description: Path lookups that end with ENOENT, by process and container. Each leaves a negative dentry in the
--   kernel, and enough of them make every path lookup on the machine slower: in our recording of a worker
--   beside a trasher, the trasher has 16,180 a second, and the worker's lstat is 3.7 times slower.
-- key: container_name
-- key: proc_name
-- key: evt_type
-- value: failed count sum
-- value: time time sum
-- top: 20
SELECT container_name, proc_name, evt_type, count(*) AS failed, sum(evt_latency) AS time
FROM calls
WHERE evt_res = 'ENOENT'
GROUP BY container_name, proc_name, evt_type
