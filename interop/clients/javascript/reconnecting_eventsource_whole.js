import ReconnectingEventSource from "reconnecting-eventsource";

export function follow(url, { report }) {
  const source = new ReconnectingEventSource(url);
  let hasOpened = false;
  source.onopen = () => {
    hasOpened = true;
    report({ opened: true });
  };
  source.onmessage = (event) => {
    const message = JSON.parse(event.data);
    report({ message, id: event.lastEventId });
    if (message.type === "challenge.end") source.close();
  };
  source.onerror = () => {
    report({ error: "disconnected" });
    if (!hasOpened) source.close();
  };
}
