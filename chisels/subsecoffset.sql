-- name: subsecoffset
-- category: Performance
-- about: When within a second calls are made
-- description: Enter events by hundredth of the second. What a timer does stands in few of them; a machine that does one thing at a time has gaps.
-- differs: sysdig draws them as a picture, line by line; here are the numbers.
-- key: hundredth
-- value: events count sum
-- top: 100
SELECT floor((evt_rawtime - evt_rawtime_s * 1000000000) / 10000000) AS hundredth, count(*) AS events
FROM events
WHERE evt_dir = '>'
GROUP BY floor((evt_rawtime - evt_rawtime_s * 1000000000) / 10000000)
