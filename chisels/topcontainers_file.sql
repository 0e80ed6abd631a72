-- name: topcontainers_file
-- category: I/O
-- about: Containers by bytes read from and written to files
-- description: What the calls returned, summed up: bytes that were read or written.
-- key: container_name
-- value: bytes bytes sum
-- top: 10
SELECT container_name, sum(evt_rawarg_res) AS bytes
FROM events
WHERE fd_type = 'file' AND evt_is_io AND container_name <> 'host' AND evt_rawarg_res > 0 AND container_name IS NOT NULL
GROUP BY container_name
