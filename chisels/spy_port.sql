-- name: spy_port
-- category: Net
-- about: Data exchanged over a port
-- description: Every read and write on a connection of which one end has the port, with the data as far as it was captured.
-- arg: port int 80 the port
-- top: 0
SELECT evt_time, proc_name, evt_is_io_read AS reads, evt_rawres AS bytes, fd_name, evt_buffer
FROM events
WHERE evt_is_io AND (fd_type = 'ipv4' OR fd_type = 'ipv6') AND (fd_cport = $port OR fd_sport = $port) AND evt_dir = '<' AND evt_rawres > 0
ORDER BY evt_num
