-- name: fdbytes_by
-- category: I/O
-- about: Bytes read and written, by any field
-- description: What the calls returned, summed up, by the field that is named: fd.name, fd.type, proc.name, fd.directory…
-- arg: key column - the field to group by
-- key: key
-- value: bytes bytes sum
-- top: 30
SELECT $key AS key, sum(evt_rawarg_res) AS bytes
FROM events
WHERE evt_is_io AND NOT evt_failed AND evt_rawarg_res > 0 AND $key IS NOT NULL
GROUP BY $key
