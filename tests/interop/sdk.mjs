// The openai package of npm against the server: OPENAI_BASE_URL and OPENAI_API_KEY say where.
import assert from "node:assert/strict";
import net from "node:net";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

const client = new OpenAI({ maxRetries: 0 });
const hello = { type: "message", role: "user", content: "Hello!" };

// The eight operations.
const made = await client.conversations.create({ metadata: { topic: "demo" }, items: [hello] });
assert.equal((await client.conversations.retrieve(made.id)).metadata.topic, "demo");
const updated = await client.conversations.update(made.id, { metadata: { topic: "project-x" } });
assert.equal(updated.metadata.topic, "project-x");
await client.conversations.items.create(made.id, { items: Array(20).fill(hello) });
await client.conversations.items.create(made.id, { items: Array(10).fill(hello) });
const page = await client.conversations.items.list(made.id, { limit: 10, order: "asc" });
assert.equal(page.data.length, 10);
assert.equal(page.has_more, true);
const first = page.data[0];
const item = await client.conversations.items.retrieve(first.id, { conversation_id: made.id });
assert.equal(item.content[0].text, "Hello!");
await client.conversations.items.delete(first.id, { conversation_id: made.id });

// Auto-paging.
let count = 0;
for await (const one of client.conversations.items.list(made.id, { limit: 7 })) count += one.id ? 1 : 0;
assert.equal(count, 30);

// Streaming.
const names = [];
const stream = await client.responses.create({ model: "gpt-4.1", input: "echo", conversation: made.id, stream: true });
for await (const event of stream) names.push(event.type);
assert.equal(names[0], "response.created");
assert.equal(names.at(-1), "response.completed");
const response = await client.responses.create({ model: "gpt-4.1", input: "echo" });
assert.equal(response.output_text, "echo");

// Error classes.
await assert.rejects(client.conversations.retrieve("conv_nowhere"), OpenAI.NotFoundError);
await assert.rejects(client.conversations.retrieve("nowhere"), OpenAI.BadRequestError);
await assert.rejects(new OpenAI({ apiKey: "sk-wrong" }).conversations.retrieve(made.id), OpenAI.AuthenticationError);
await assert.rejects(client.models.list(), (error) => error.status === 501 && error.code === "convsim_unknown_route");
assert.equal((await client.conversations.delete(made.id)).deleted, true);

// Realtime over ws. The SDK always asks for TLS, so it is given a connection without.
const createConnection = ({ host, port }) => net.connect({ host, port });
const realtime = new OpenAIRealtimeWS({ model: "gpt-realtime", options: { createConnection } }, client);
const told = [];
await new Promise((resolve, reject) => {
  realtime.on("error", reject);
  realtime.on("event", (event) => {
    told.push(event.type);
    if (event.type === "session.created") {
      const content = [{ type: "input_text", text: "Hello!" }];
      realtime.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    }
    if (event.type === "conversation.item.done") resolve();
  });
});
realtime.close();
assert.deepEqual(told, ["session.created", "conversation.item.added", "conversation.item.done"]);
console.log("eight operations, auto-paging, streaming, error classes, Realtime over ws");
