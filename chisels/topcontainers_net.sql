-- name: topcontainers_net
-- category: Net
-- about: Containers by bytes received and sent
-- description: What the calls returned, summed up: bytes that were read or written.
-- key: container_name
-- value: bytes bytes sum
-- top: 100
SELECT container_name, sum(evt_rawarg_res) AS bytes
FROM events
WHERE (fd_type = 'ipv4' OR fd_type = 'ipv6') AND evt_is_io AND container_name <> 'host' AND evt_rawarg_res > 0 AND container_name IS NOT NULL
GROUP BY container_name
