// Stages that MongoDB has and we do not: their refusal says so, instead of calling them unknown.
export const KNOWN_STAGES: ReadonlySet<string> = new Set([
  ...[
    '$bucket',
    '$bucketAuto',
    '$changeStream',
    '$changeStreamSplitLargeEvent',
    '$collStats',
    '$currentOp',
    '$densify',
  ],
  ...[
    '$documents',
    '$facet',
    '$fill',
    '$geoNear',
    '$graphLookup',
    '$indexStats',
    '$listLocalSessions',
    '$listSessions',
  ],
  ...['$lookup', '$merge', '$out', '$planCacheStats', '$redact', '$replaceRoot', '$replaceWith', '$sample', '$search'],
  ...['$searchMeta', '$setWindowFields', '$sortByCount', '$unionWith', '$vectorSearch'],
]);
