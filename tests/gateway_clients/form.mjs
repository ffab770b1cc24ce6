// The usual ways of bots: fetch with a form, with parts, or with JSON.
const [url, key, mark, how] = process.argv.slice(2);

const bodies = {
  form: (fields) => ({ body: new URLSearchParams(fields) }),
  parts: (fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return { body };
  },
  json: (fields) => ({ body: JSON.stringify(fields), headers: { "Content-Type": "application/json" } }),
};

async function call(fields, by = key) {
  const answer = await fetch(url, { method: "POST", ...bodies[how]({ key: by, ...fields }) });
  return answer.json();
}

const link = `https://example.com/${mark}`;
const order = { action: "add", service: 1, link: `${link}/1`, quantity: 100, ref: `${mark}-1` };
const likes = await call(order);
const again = await call(order);
const talk = await call({ action: "add", service: 4, link: `${link}/2`, comments: "Nice\nسلام دنیا" });
console.log(
  JSON.stringify({
    services: (await call({ action: "services" })).length,
    balance: await call({ action: "balance" }),
    likes,
    again,
    talk,
    status: await call({ action: "status", order: likes.order }),
    statuses: await call({ action: "status", orders: `${likes.order},${talk.order},999999` }),
    wrong: await call({ action: "balance" }, "wrong"),
  }),
);
