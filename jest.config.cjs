const shared = {
  rootDir: __dirname,
  testEnvironment: "node",
  transform: { "\\.ts$": "<rootDir>/tools/jest-transform.cjs" },
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/.lake"],
};

module.exports = {
  // Tests measure no time: a busy machine may be slow, a hanging test must still end.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: "fast",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/local/", "<rootDir>/test/scan/"],
      globalSetup: "<rootDir>/test/support/global-setup.ts",
      globalTeardown: "<rootDir>/test/support/global-teardown.ts",
    },
    // By programs of others, which `npm test` installs.
    { ...shared, displayName: "scan", testMatch: ["<rootDir>/test/scan/**/*.test.ts"] },
    // End to end on the embedded local AWS: real processes, one suite at a time.
    { ...shared, displayName: "local", testMatch: ["<rootDir>/test/local/**/*.test.ts"] },
  ],
};
