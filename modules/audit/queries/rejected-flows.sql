-- Which flows did the network refuse? Set the day.
SELECT account, srcaddr, dstaddr, dstport, protocol, flow_direction, count(*) AS flows, sum(packets) AS packets
FROM flows
WHERE year = 2026 AND month = 1 AND day = 31
  AND action = 'REJECT'
GROUP BY account, srcaddr, dstaddr, dstport, protocol, flow_direction
ORDER BY flows DESC
