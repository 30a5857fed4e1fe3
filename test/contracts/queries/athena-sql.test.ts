import { parseQueryText } from "../../../contracts/queries/parse-query";
import { Resolver } from "../../../contracts/queries/resolve";

const tables = new Map([
  ["db.t", ["id", "a", "b", "c", "d", "j", "arr", "m", "x", "price"]],
  ["db.u", ["id", "x", "y"]],
]);

/** What Athena takes: each of these is right, and a checker that refuses it would be in the way. */
const right = [
  "SELECT t.a, count(*) AS n FROM db.t t JOIN db.u AS u ON t.id = u.id WHERE d BETWEEN date '2020-01-01' AND current_date GROUP BY 1 HAVING count(*) > 1 ORDER BY n DESC, 1 LIMIT 10",
  "WITH c AS (SELECT date_trunc('month', d) AS mm, sum(price) s FROM db.t GROUP BY 1) SELECT mm, s, row_number() OVER (PARTITION BY mm ORDER BY s DESC) rn FROM c",
  "SELECT approx_percentile(price, 0.5) FILTER (WHERE price > 0), try_cast(x AS bigint), cast(a AS decimal(10,2)), x IS NOT NULL FROM db.t",
  "SELECT t.id, e, i FROM db.t CROSS JOIN UNNEST(arr, t.m) WITH ORDINALITY AS z(e, i)",
  "SELECT id FROM db.t FOR TIMESTAMP AS OF timestamp '2024-01-01 00:00:00 UTC' WHERE id = 1",
  'SELECT s.snapshot_id, anything FROM "db"."t$snapshots" s',
  'SELECT "$path", id FROM db.t',
  "SELECT date_add('day', 1, d), current_timestamp, d + interval '1' day, date_format(d, '%Y-%m') FROM awsdatacatalog.db.t",
  "SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END k, CASE a WHEN 1 THEN 2 END, filter(arr, z -> z > b), arr[1], m['k'], reduce(arr, 0, (s, z) -> s + z, s -> s) FROM db.t",
  "SELECT x AT TIME ZONE 'Europe/Berlin', EXTRACT(year FROM d), a || b, NOT a, a LIKE 'x%' ESCAPE '\\' FROM db.t",
  "SELECT a FROM db.t UNION ALL SELECT x FROM db.u EXCEPT (SELECT y FROM db.u) ORDER BY a",
  "SELECT a, b, sum(c) FROM db.t GROUP BY GROUPING SETS ((a), (b), ())",
  "SELECT a, b, sum(c), grouping(a, b) FROM db.t GROUP BY ROLLUP(a, b), CUBE(a)",
  "SELECT count(DISTINCT a), max_by(a, b), lag(a, 1) IGNORE NULLS OVER w FROM db.t WINDOW w AS (ORDER BY b NULLS FIRST)",
  "SELECT a FROM db.t WHERE (a, b) IN (SELECT x, y FROM db.u) AND EXISTS (SELECT 1 FROM db.u WHERE u.id = t.id)",
  "SELECT v.x, v.y FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y)",
  "SELECT a, array_agg(b ORDER BY c), -- comment\n 1 /* c */ FROM db.t LEFT OUTER JOIN db.u USING (id) WHERE id > 0 OFFSET 5 LIMIT 10",
  "SELECT if(a > 1, 'x', 'y'), TIMESTAMP '2020-01-01 00:00:00', 1.5e3, .5, 'it''s', t.\"price\" FROM db.t",
  "SELECT avg(x) OVER (PARTITION BY a ORDER BY b RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW) FROM db.t",
  "SELECT sum(x) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING) FROM db.t",
  "SELECT row(1, 2), CAST(ROW(1, 'a') AS ROW(x bigint, y array(varchar(3)))), map(ARRAY[1], ARRAY[]), CAST(d AS timestamp(3) with time zone), CAST(m AS json) FROM db.t",
  "SELECT json_extract_scalar(j, '$.a'), a NOT IN (1, 2), a IS DISTINCT FROM b, a IS NOT DISTINCT FROM NULL FROM db.t",
  "SELECT listagg(a, ',' ON OVERFLOW TRUNCATE '...' WITHOUT COUNT) WITHIN GROUP (ORDER BY a) FROM db.t",
  "SELECT z.y, u.* FROM db.t u, LATERAL (SELECT u.a AS y) z",
  "SELECT position('a' IN b), substring(b FROM 1 FOR 2), trim(LEADING 'x' FROM b), trim(b) FROM db.t",
  "SELECT json_value(j, 'lax $.a' RETURNING varchar), json_exists(j, 'strict $.x') FROM db.t",
  "SELECT a = ALL (SELECT x FROM db.u), a > ANY (VALUES 1, 2) FROM db.t",
  "SELECT id FROM db.t t1 JOIN db.u u1 USING (id) FULL JOIN db.u u2 USING (id)",
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r",
  "(SELECT a FROM db.t) ORDER BY a",
  "TABLE db.t",
  "SELECT * FROM db.t t, db.u u WHERE t.id = ? AND db.u.x = 1".replace("db.u u ", "db.u "),
  'SELECT rank, date, year(d) AS year, m."field" FROM (SELECT a AS rank, b AS date, d, m FROM db.t) ORDER BY date',
  "SELECT sum(price) AS total FROM db.t ORDER BY sum(price)",
  "SELECT a FROM db.t FETCH FIRST 5 ROWS ONLY",
  "SELECT x -> y FROM db.u".replace("x -> y", "any_match(ARRAY[1], k -> k = x)"),
];

test.each(right)("%s", (sql) => {
  const resolver = new Resolver(tables);
  resolver.query(parseQueryText(sql));
  expect(resolver.unknowns).toEqual([]);
});

test("a large statement is checked in no time", () => {
  const sql = `SELECT ${Array.from({ length: 500 }, (_, i) => `((((t.a + ${i}))))`).join(", ")} FROM db.t`;
  const start = performance.now();
  new Resolver(tables).query(parseQueryText(sql));
  expect(performance.now() - start).toBeLessThan(1000);
});
