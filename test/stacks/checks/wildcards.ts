/**
 * Where a policy may say "everything", and why. Each entry names a statement of a role's or boundary's policy by its id;
 * one that no policy uses any more has to go.
 */

/** Statements that allow actions on every resource. */
export const ANY_RESOURCE: Readonly<Record<string, string>> = {
  AskForForeignKeys: "asking for a key's ARN opens nothing; the key of the audit account decides whom it tells",
  DeliverLogs: "Step Functions delivers logs through these, and they know no resources",
  DeliverFlowLogs: "making a flow log asks for these, and they know no resources",
  EncryptJobs: "security configurations have no ARN",
  GovernTheCatalog:
    "no action of Lake Formation knows a resource; the region bounds it, and nothing in it hands out data",
  ReadGovernance: "no action of Lake Formation knows a resource; only settings, tags and grants are read",
  FindClusters: "the action knows no resources; which clusters may be looked at and ended is named beside it",
  FindNetwork: "these actions know no resources; what jobs make in the network is named beside them",
  ChangeNetwork: "EC2 gives ids, not names: the region is all that can bound it",
  MakeApplications: "an application of EMR Serverless has no ARN before it is made",
  MakeClusters: "a cluster has no ARN before it is made; it has to carry the mark of ours",
  MapQueues: "a mapping has no ARN before it is made; the function has to carry the prefix",
  MakeKeys: "a key has no ARN before it is made",
  MakeAnomalies:
    "to make a monitor of cost anomalies knows no resource; of those that are there only settings are read",
  ReadAnomalies: "monitors of cost anomalies have ids, not names; only their settings are read",
  ReadAccount: "these actions know no resources",
  ReadKeys: "keys have ids, not names; only their settings are read",
  ReadUnnamed: "these actions know no resources",
  SeeNetwork: "these actions know no resources; the function's code is denied them",
  SeeMachines: "these actions know no resources",
  WorkInTheLake: "a boundary allows nothing by itself: it is the most that other policies can give",
  ReadWatchers: "most of these actions know no resources; only settings are read",
  WatchTheAccount: "what watches an account has ids and no names; the region bounds it, and the boundary keeps it on",
  WriteMetrics: "the action knows no resources; its namespace is Glue's own",
  WriteTraces: "these actions know no resources",
};

/** Statements that allow every action of a service. */
export const ANY_ACTION: Readonly<Record<string, string>> = {
  GovernTheCatalog:
    "a boundary allows nothing by itself; deployers and planners alone may govern the catalog, as far as their policies say",
  ManageAthena: "the deployer makes, changes and deletes workgroups that carry its prefix",
  ManageCloudtrail:
    "the deployer makes and changes trails that carry its prefix; the boundary keeps it from ending them",
  ManageCloudwatch: "the deployer makes, changes and deletes alarms and dashboards that carry its prefix",
  ManageDynamodb:
    "the deployer makes, changes and deletes tables that carry its prefix; items are kept from it, but for what it defines",
  ManageEmrServerless:
    "the deployer makes, changes and deletes applications of EMR Serverless, which have ids and no names",
  ManageEvents: "the deployer makes, changes and deletes rules that carry its prefix",
  ManageGlue:
    "the deployer makes, changes and deletes databases and tables of the catalog, and jobs, crawlers and connections that carry its prefix",
  ManageLambda: "the deployer makes, changes and deletes functions that carry its prefix",
  ManageLogs: "the deployer makes, changes and deletes log groups that carry its prefix",
  ManageRds:
    "the deployer makes, changes and deletes clusters and their parts that carry its prefix; what they hold is protected",
  ManageScheduler: "the deployer makes, changes and deletes schedules in groups that carry its prefix",
  ManageSns: "the deployer makes, changes and deletes topics that carry its prefix",
  ManageSqs: "the deployer makes, changes and deletes queues that carry its prefix; messages are kept from it",
  ManageStates: "the deployer makes, changes and deletes state machines that carry its prefix",
  WatchTheAccount: "the deployer sets up what watches the account; the boundary keeps it from ending that",
  OwnAccounts: "an endpoint lets pass what own accounts do with what own accounts hold; their policies decide the rest",
  OwnBuckets: "an endpoint lets pass what own accounts do with what own accounts hold; their policies decide the rest",
  OwnTables: "an endpoint lets pass what own accounts do with what own accounts hold; their policies decide the rest",
  WorkInTheLake: "a boundary allows nothing by itself: it is the most that other policies can give",
};
