import ReconnectingEventSource from "reconnecting-eventsource";

export async function follow(url, { report }) {
  const answer = await fetch(url.replace("/sse/", "/api/v1/challenges/"));
  if (!answer.ok) return report({ refused: answer.status });
  const source = new ReconnectingEventSource(url);
  source.onopen = () => report({ opened: true });
  source.onmessage = (event) => {
    const message = JSON.parse(event.data);
    report({ message, id: event.lastEventId });
    if (message.type === "challenge.end") source.close();
  };
  source.onerror = () => report({ error: "disconnected" });
}
