-- Who read, wrote or deleted one object? Set bucket, key and day.
SELECT eventtime, useridentity.arn AS who, eventname, sourceipaddress, errorcode
FROM trail
WHERE day >= '2026/01/01'
  AND eventsource = 's3.amazonaws.com'
  AND json_extract_scalar(requestparameters, '$.bucketName') = 'lake-prod-raw-333333333333-eu-west-1'
  AND json_extract_scalar(requestparameters, '$.key') = 'sales/orders/part.parquet'
ORDER BY eventtime
