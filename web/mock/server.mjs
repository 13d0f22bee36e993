// Serves dist/ and made answers to the API, for developing and for the tests.
// Special: user or item "error" and the words "error" answer 500; user "empty" gets an empty list.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { itemById, items, keys, kSources, models, newcomer, quality, training, users } from "./data.mjs";
import { listOf, neighboursOf } from "./lists.mjs";
import { overview } from "./overview.mjs";
import { findItems, rulesInForce, standingOf } from "./rules.mjs";

const kDist = fileURLToPath(new URL("../dist/", import.meta.url));
const kTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

let added = 0;
let shown = 0;

class Refusal {
  constructor(status, title, detail, hint, at = "", code = title.toLowerCase().replaceAll(" ", "_"), values = []) {
    this.status = status;
    this.body = { type: "about:blank", title, status, detail, hint, at, code, values };
  }
}

const broken = () =>
  new Refusal(
    500,
    "Internal Server Error",
    "the ranker ran out of memory",
    "restart haina serve with more memory",
    "ranker",
  );

function itemOf(id) {
  if (id === "error") throw broken();
  const item = itemById.get(id);
  if (item === undefined) {
    throw new Refusal(404, "Not Found", `unknown item '${id}'`, "did you mean '1'?", "id", "unknown_item", [id]);
  }
  return item;
}

function userOf(id) {
  if (id === "error") throw broken();
  return users.get(id) ?? newcomer(id);
}

const kNewest = 100;

function userWithNewest(id) {
  const user = userOf(id);
  return { ...user, events: user.history.length, history: user.history.slice(0, kNewest) };
}

function historyPage(id, query) {
  const { history } = userOf(id);
  const offset = whole(query, "offset", 0);
  const events = history.slice(offset, offset + whole(query, "limit", kNewest));
  return { user: id, total: history.length, offset, events };
}

function foundItems(query) {
  const words = query.get("query") ?? "";
  return findItems(words, query.get("state") ?? "all", whole(query, "offset", 0), whole(query, "limit", 50));
}

// A list gets an id and counts as shown unless the request says record=0.
function recorded(list, record) {
  if (!record) return list;
  shown += 1;
  return { ...list, list: `l_${shown}` };
}

function whole(query, name, otherwise) {
  const value = query.get(name);
  return value === null ? otherwise : Number(value);
}

function addEvents({ events }) {
  let known = 0;
  for (const { user, item, action, value = null } of events) {
    const found = itemById.get(item);
    if (found === undefined) continue;
    const time = new Date().toISOString().replace(/\.\d+/, "");
    if (!users.has(user)) users.set(user, newcomer(user));
    else known += 1;
    users.get(user).history.unshift({ item, title: found.title, action, time, value, live: true });
    found.events += 1;
    added += 1;
  }
  return { accepted: events.length, known };
}

function describe(id) {
  const item = itemOf(id);
  const field = (name, type, values) => ({ name, type, values, present: values.length > 0 });
  return {
    item: item.item,
    title: item.title,
    ...standingOf(item),
    events: item.events,
    fields: [
      field("movies.title", "text", [item.title]),
      field("movies.genres", "tags", [item.genre, "Feature"]),
      field("movies.year", "number", [item.title.slice(-5, -1)]),
      field(
        "movies.plot",
        "text",
        item.events % 3 === 0 ? [] : [`A ${item.genre.toLowerCase()} about what remains. `.repeat(6)],
      ),
    ],
    sources: Object.fromEntries(kSources.slice(0, 5).map((name, i) => [name, 1 / (2 + i)])),
  };
}

function recommend(id, query) {
  const user = userOf(id);
  const list = listOf({
    user: id,
    history: user.history,
    k: whole(query, "k", 10),
    query: query.get("query") ?? "",
    channel: query.get("channel") ?? "fused",
    excludeSeen: query.get("exclude_seen") !== "0",
  });
  return recorded(id === "empty" ? { ...list, items: [] } : list, query.get("record") !== "0");
}

function recommendFor({ user = "", history = [], k, query, channel, explain, exclude_seen, record = true }) {
  const known = history.length > 0 ? [...history].reverse().map(itemOf) : userOf(user).history;
  const list = listOf({
    user,
    history: known,
    k,
    query,
    channel,
    excludeSeen: exclude_seen,
    explain: explain === true,
  });
  return recorded(user === "empty" && history.length === 0 ? { ...list, items: [] } : list, record);
}

function putIntoUse(version) {
  if (!models.models.some((model) => model.version === version)) {
    throw new Refusal(404, "Not Found", `no version '${version}'`, "", "version", "no_such_version", [version]);
  }
  if (version !== models.current) models.previous = models.current;
  models.current = version;
  return { current: models.current };
}

function addKey({ name, scope, tenant = "", expires }) {
  if (keys.length === 0) {
    throw new Refusal(
      403,
      "Forbidden",
      "the first key is not added over HTTP",
      "run haina keys add NAME --scope admin",
      "",
      "first_key_over_http",
    );
  }
  if (keys.some((key) => key.name === name)) {
    throw new Refusal(422, "Unprocessable Content", `a key named '${name}' exists already`, "", "name", "key_exists", [
      name,
    ]);
  }
  const until = expires === undefined ? null : `${expires}T00:00:00Z`;
  const made = { name, scope, tenant, created: new Date().toISOString(), expires: until, last_used: null };
  keys.push(made);
  return { ...made, key: `haina_${Buffer.from(name).toString("hex").padEnd(32, "7")}` };
}

function revokeKey(name) {
  const place = keys.findIndex((key) => key.name === name);
  if (place < 0) throw new Refusal(404, "Not Found", `no key is named '${name}'`, "", "name", "no_such_key", [name]);
  keys.splice(place, 1);
  return {};
}

function search(query) {
  const q = query.get("q") ?? "";
  const user = query.get("user") ?? "";
  if (q === "error") throw broken();
  const history = user === "" ? [] : userOf(user).history;
  const list = listOf({ user, history, k: whole(query, "k", 10), query: q, channel: "query", explain: user !== "" });
  const said = list.items.length === 0 ? {} : { notes: [], note_codes: [] };
  return recorded({ ...list, ...said }, query.get("record") !== "0");
}

function answer(method, parts, query, body) {
  const [what, id, more] = parts;
  switch (`${method} ${what}${id === undefined ? "" : "/:id"}${more === undefined ? "" : `/${more}`}`) {
    case "GET overview":
      return overview(added, shown);
    case "GET users": {
      const prefix = query.get("prefix") ?? "";
      return { users: [...users.keys()].filter((user) => user.startsWith(prefix)).slice(0, whole(query, "limit", 20)) };
    }
    case "GET users/:id":
      return userWithNewest(id);
    case "GET users/:id/history":
      return historyPage(id, query);
    case "GET users/:id/recommendations":
      return recommend(id, query);
    case "POST events":
      return addEvents(body);
    case "POST feedback":
      return { accepted: 1 };
    case "POST recommendations":
      return recommendFor(body);
    case "GET search":
      return search(query);
    case "GET items":
      return foundItems(query);
    case "GET items/:id":
      return describe(id);
    case "GET items/:id/similar":
      return { item: id, items: neighboursOf(itemOf(id), whole(query, "k", 10)) };
    case "PATCH items/:id":
      itemOf(id).hidden = body.hidden;
      return describe(id);
    case "GET map":
      return {
        schema: "haina.map/1",
        group_field: "movies.genres",
        items: items
          .slice(0, whole(query, "most", 2000))
          .map(({ item, title, x, y, genre }) => ({ item, title, x, y, group: genre })),
      };
    case "GET quality":
      return quality;
    case "GET training":
      return training;
    case "GET models":
      return {
        current: models.current,
        models: models.models.map((model) => ({ ...model, current: model.version === models.current })),
        swaps: models.swaps,
      };
    case "POST models/:id/use":
      return putIntoUse(id);
    case "POST models/:id":
      if (id === "rollback") return putIntoUse(models.previous);
      break;
    case "GET rules":
      return { rules: rulesInForce() };
    case "GET keys":
      return { keys };
    case "POST keys":
      return addKey(body);
    case "DELETE keys/:id":
      return revokeKey(id);
  }
  throw new Refusal(404, "Not Found", "nothing is at this path", "see /v1/openapi.json", "", "nothing_here");
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? {} : JSON.parse(text);
}

async function serveApi(request, url, response, requiredKey) {
  let status = 200;
  let type = "application/json";
  let body;
  try {
    if (requiredKey !== "" && request.headers["x-api-key"] !== requiredKey) {
      throw new Refusal(401, "Unauthorized", "no API key was sent", "haina keys add makes one", "", "no_key_sent");
    }
    const parts = url.pathname.slice("/v1/".length).split("/").map(decodeURIComponent);
    body = answer(request.method, parts, url.searchParams, await bodyOf(request));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, "Internal Server Error", String(error), "");
    status = refusal.status;
    type = "application/problem+json";
    body = refusal.body;
  }
  response.writeHead(status, { "content-type": type });
  response.end(JSON.stringify(body));
}

async function serveFile(url, response) {
  const path = normalize(join(kDist, url.pathname === "/" ? "index.html" : url.pathname));
  try {
    if (!path.startsWith(kDist)) throw new Error("outside");
    const content = await readFile(path);
    response.writeHead(200, {
      "content-type": kTypes[extname(path)] ?? "application/octet-stream",
      "content-security-policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

export async function startMock({ port = 0, requiredKey = "" } = {}) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname.startsWith("/v1/")) void serveApi(request, url, response, requiredKey);
    else void serveFile(url, response);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await startMock({ port: Number(process.env.PORT ?? 8080), requiredKey: process.env.MOCK_KEY ?? "" });
  console.log(`serving ${url}`);
}
