// A person at the chat page: one browser context (so, one sessionStorage), one page, and what a person does there.
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const screenshots = fileURLToPath(new URL("../../artifacts/screenshots/", import.meta.url));

export function launchBrowser() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  assert.ok(existsSync(executablePath), `No browser at ${executablePath}: install Debian's package chromium, or set CHROMIUM to the path of another.`);
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export class Person {
  /** What the page complained about: console errors and exceptions. */
  complaints = [];

  /** The session ids that the page used, which are secret. */
  sessionIds = new Set();

  static async open(browser, url, name, options = {}) {
    const person = new Person();
    person.name = name;
    person.context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(15_000);
    person.page.on("console", (message) => message.type() === "error" && person.complaints.push(message.text()));
    person.page.on("pageerror", (error) => person.complaints.push(error.stack));
    person.page.on("request", (request) => {
      const id = new URL(request.url()).searchParams.get("sid");
      id && person.sessionIds.add(id);
    });
    await person.page.goto(url);
    return person;
  }

  static async enter(browser, url, name, options) {
    const person = await Person.open(browser, url, name, options);
    await person.giveName(name);
    await person.connected();
    return person;
  }

  see(id) {
    return this.page.getByTestId(id);
  }

  async giveName(name) {
    await this.see("name").fill(name);
    await this.see("enter").click();
  }

  /** Connected over WebSocket, and in the room that the page opens with. */
  async connected() {
    await this.state("Connected");
    await this.see("transport").filter({ hasText: "websocket" }).waitFor();
    await this.see("members").getByText("you", { exact: true }).waitFor({ state: "attached" });
  }

  state(text) {
    return this.see("state").filter({ hasText: text }).waitFor();
  }

  async say(text) {
    await this.see("composer").fill(text);
    await this.see("composer").press("Enter");
  }

  message(text) {
    return this.see("message").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  reads(text) {
    return this.message(text).waitFor();
  }

  /** The tick of a message of one's own: sending, accepted or delivered. */
  tick(text, state) {
    return this.message(text).locator(`[data-testid=tick][data-state=${state}]`).waitFor();
  }

  line(text) {
    return this.see("system").filter({ hasText: text }).first().waitFor();
  }

  async screenshot(name) {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: `${screenshots}${name}.png`, animations: "disabled" });
  }
}
