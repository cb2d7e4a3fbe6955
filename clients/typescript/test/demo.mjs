// A `tributary demo` on free ports. TRIBUTARY names the binary.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary = process.env.TRIBUTARY ?? fileURLToPath(new URL("../../../.build/debug/tributary", import.meta.url));

/** Runs `work` with the URL of a demo, and ends it. */
export async function withDemo(options, work) {
  const demo = spawn(binary, ["demo", "--port", "0", "--upstream-port-base", "0", ...options], {
    env: { ...process.env, TRIBUTARY_ADMIN_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => demo.once("exit", resolve));
  try {
    await work(await address(demo));
  } finally {
    demo.kill("SIGTERM");
    await ended;
  }
}

function address(demo) {
  return new Promise((resolve, reject) => {
    demo.once("error", reject);
    demo.once("exit", (code) => reject(new Error(`the demo ended with ${code}`)));
    createInterface({ input: demo.stdout }).on("line", (line) => {
      const found = /"Server started and listening on ([\d.]+:\d+)"/.exec(line);
      if (found) resolve(`http://${found[1]}`);
    });
  });
}
