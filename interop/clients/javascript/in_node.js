/** Runs one client program in Node: node in_node.js PROGRAM URL COOKIE */
const [program, url, cookie] = process.argv.slice(2);
const { follow } = await import(`./${program}.js`);
follow(url, {
  headers: { Cookie: `sessionid=${cookie}` },
  report: (said) => console.log(JSON.stringify(said)),
});
// A real program has more to do than this one: eventsource 5 does not keep a process alive while it waits to reconnect.
setInterval(() => {}, 60_000);
