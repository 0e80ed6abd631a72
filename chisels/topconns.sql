-- name: topconns
-- category: Net
-- about: Connections by bytes received and sent
-- description: What the calls returned, summed up: bytes that were read or written.
-- key: fd_l4proto
-- key: fd_name
-- value: bytes bytes sum
-- top: 30
SELECT fd_l4proto, fd_name, sum(evt_rawarg_res) AS bytes
FROM events
WHERE (fd_type = 'ipv4' OR fd_type = 'ipv6') AND evt_is_io AND evt_rawarg_res > 0 AND fd_l4proto IS NOT NULL AND fd_name IS NOT NULL
GROUP BY fd_l4proto, fd_name
