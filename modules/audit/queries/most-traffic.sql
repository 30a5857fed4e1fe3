-- Who sent most, and to which service? Set the day.
SELECT account, pkt_srcaddr, pkt_dst_aws_service, dstport, sum(bytes) AS bytes
FROM flows
WHERE year = 2026 AND month = 1 AND day = 31
  AND flow_direction = 'egress'
GROUP BY account, pkt_srcaddr, pkt_dst_aws_service, dstport
ORDER BY bytes DESC
