-- Who assumed which role, from where?
SELECT eventtime, account, useridentity.arn AS who, json_extract_scalar(requestparameters, '$.roleArn') AS role, sourceipaddress, errorcode
FROM trail
WHERE day >= '2026/01/01'
  AND eventsource = 'sts.amazonaws.com'
  AND eventname IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity')
ORDER BY eventtime DESC
