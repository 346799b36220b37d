import ReconnectingEventSource from "reconnecting-eventsource";

export async function follow(url, { report }) {
  const answer = await fetch(url.replace("/sse/", "/api/v1/challenges/"));
  if (!answer.ok) return report({ refused: answer.status });
  const source = new ReconnectingEventSource(url);
  source.onopen = () => report({ opened: true });
  source.addEventListener("message", ({ data, lastEventId }) => report({ message: JSON.parse(data), id: lastEventId }));
  source.addEventListener("stream", ({ data }) => {
    const { state, reason } = JSON.parse(data);
    if (state === "over" || reason === "signed_out") source.close();
  });
  source.onerror = () => report({ error: "disconnected" });
}
