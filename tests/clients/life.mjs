// The life of a function through the AWS SDK for JavaScript.
// Needs: AWS_ENDPOINT_URL_LAMBDA and credentials in the environment; arguments: the folder with node_modules, and the zip of
// hello_python.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const sdk = createRequire(`${process.argv[2]}/package.json`)("@aws-sdk/client-lambda");
const client = new sdk.LambdaClient({ region: "us-west-2", endpoint: process.env.AWS_ENDPOINT_URL_LAMBDA, maxAttempts: 1 });
const send = (name, input) => client.send(new sdk[`${name}Command`](input));
const FunctionName = "FromJs";

const created = await send("CreateFunction", {
  FunctionName,
  Code: { ZipFile: readFileSync(process.argv[3]) },
  Role: "arn:aws:iam::123456789012:role/lambda_basic_execution",
  Handler: "hello_python.my_handler",
  Runtime: "python3.6",
  Timeout: 15,
  MemorySize: 512,
});
assert.equal(created.MemorySize, 512);
await sdk.waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 1 }, { FunctionName });

const Payload = JSON.stringify({ first_name: "Ada", last_name: "Lovelace" });
const answer = await send("Invoke", { FunctionName, Payload, LogType: "Tail" });
assert.equal(Buffer.from(answer.Payload).toString(), '{"message": "Hello Ada Lovelace!"}');
assert.match(Buffer.from(answer.LogResult, "base64").toString(), /^START RequestId: /);
assert.equal((await send("Invoke", { FunctionName, Payload: "{}" })).FunctionError, "Unhandled");

const stream = await send("InvokeWithResponseStream", { FunctionName, Payload });
const chunks = [];
let complete = false;
for await (const event of stream.EventStream) {
  if (event.PayloadChunk) chunks.push(event.PayloadChunk.Payload);
  if (event.InvokeComplete) complete = true;
}
assert.equal(Buffer.concat(chunks).toString(), '{"message": "Hello Ada Lovelace!"}');
assert.ok(complete);

await assert.rejects(send("GetFunction", { FunctionName: "gone" }), { name: "ResourceNotFoundException" });
await assert.rejects(send("UpdateFunctionConfiguration", { FunctionName, MemorySize: 1 }), { name: "ValidationException" });
await send("DeleteFunction", { FunctionName });
console.log("the AWS SDK for JavaScript is content");
