-- name: topports_server
-- category: Net
-- about: Server ports by bytes received and sent
-- description: What the calls returned, summed up: bytes that were read or written.
-- key: fd_sport
-- value: bytes bytes sum
-- top: 100
SELECT fd_sport, sum(evt_rawarg_res) AS bytes
FROM events
WHERE (fd_type = 'ipv4' OR fd_type = 'ipv6') AND evt_is_io AND evt_rawarg_res > 0 AND fd_sport IS NOT NULL
GROUP BY fd_sport
