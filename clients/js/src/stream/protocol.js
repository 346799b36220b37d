/**
 * How topics travel on a stream. Frames are read as `{topic, number, data}` for a message and
 * `{topic, state, …}` for what the transport says; null is neither.
 */
export const oneTopic = {
  url: (base, [place]) => base.stream(place.topic),
  lastEventId: ([place]) => (place.cursor === null ? "" : String(place.cursor)),
  read(frame, [place]) {
    if (frame.event === "stream") return { topic: place.topic, ...JSON.parse(frame.data) };
    if (frame.event !== "message") return null;
    return { topic: place.topic, number: Number(frame.id), data: frame.data };
  },
};

/** Several, and the id says of each where it is: `12.45_13.7_n.3`. */
export const manyTopics = {
  url: (base, places) => base.streamOfAll(places.map((place) => place.topic)),
  lastEventId: (places) =>
    places
      .filter((place) => place.cursor !== null)
      .map((place) => `${shortName(place.topic)}.${place.cursor}`)
      .join("_"),
  read(frame) {
    if (frame.event === "stream") return JSON.parse(frame.data);
    if (!frame.event || frame.event === "message") return null;
    return { topic: frame.event, number: numberIn(frame.id, frame.event), data: frame.data };
  },
};

const shortName = (topic) => (topic === "notifications" ? "n" : topic.split("/")[1]);

function numberIn(vector, topic) {
  const start = `${shortName(topic)}.`;
  const part = vector.split("_").find((each) => each.startsWith(start));
  return Number(part?.slice(start.length));
}
