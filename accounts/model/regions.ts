/**
 * Letters of the availability zones that a region has for any account; a letter that another account sees is no mistake.
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
 */
const ZONES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "abcd",
  "ap-northeast-2": "abcd",
  "ca-central-1": "abcd",
  "us-east-1": "abcdef",
  "us-west-2": "abcd",
};

const THREE_ZONES =
  /^(af-south-1|ap-(east-[12]|northeast-3|south-[12]|southeast-[1-7])|ca-west-1|eu-(central-[12]|north-1|south-[12]|west-[123])|il-central-1|me-(central|south)-1|mx-central-1|sa-east-1|us-east-2|us-west-1)$/;

/** Letters of the zones of a region; of one that is not known here, all letters that there are. */
export function zonesOf(region: string): string[] {
  return [...(ZONES[region] ?? (THREE_ZONES.test(region) ? "abc" : "abcdef"))];
}
