/** The service of a file's tests, a bad network before it, and two people of each test's own. */
import { after, afterEach, before, beforeEach } from "node:test";
import { FaultProxy } from "./fault-proxy.js";
import { Player } from "./players.js";
import { Service } from "./service.js";

export let service, proxy, sara, fahad;

/** Start them with these settings of the service. After each test the network is whole, and `close` is called. */
export function setUp(settings, close) {
  before(async () => {
    service = await Service.start({ RETRY_SECONDS: "0.2", ...settings });
    proxy = await FaultProxy.start(service.port);
  });
  // One invite of a type can wait between two people, so each test has people of its own.
  beforeEach(async () => {
    sara = await Player.register(service, "sara");
    fahad = await Player.register(service, "fahad");
  });
  afterEach(async () => {
    await proxy.pass();
    await close();
  });
  after(async () => {
    await proxy.stop();
    await service.stop();
  });
}
