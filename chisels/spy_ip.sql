-- name: spy_ip
-- category: Net
-- about: Data exchanged with an address
-- description: Every read and write on a connection of which one end has the address, with the data as far as it was captured.
-- arg: ip text 127.0.0.1 the address
-- differs: sysdig does not find the addresses of a UDP socket that was bound before the capture.
-- top: 0
SELECT evt_time, proc_name, evt_is_io_read AS reads, evt_rawres AS bytes, fd_name, evt_buffer
FROM events
WHERE evt_is_io AND (fd_type = 'ipv4' OR fd_type = 'ipv6') AND (fd_cip = $ip OR fd_sip = $ip) AND evt_dir = '<' AND evt_rawres > 0
ORDER BY evt_num
