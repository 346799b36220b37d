const SESSION_ENDED = ["signed_out", "disabled"];

/**
 * The wire format of a stream with one topic. `parse` returns `{topic, seq, data}` for a message,
 * `{topic, state, …}` for a control message, and null for any other frame.
 */
export const singleTopic = {
  url: (urls, [cursor]) => urls.stream(cursor.topic),
  lastEventId: ([cursor]) => (cursor.lastSeq === null ? "" : String(cursor.lastSeq)),
  parse(frame, [cursor]) {
    if (frame.event === "stream") return { topic: cursor.topic, ...JSON.parse(frame.data) };
    if (frame.event !== "message") return null;
    return { topic: cursor.topic, seq: Number(frame.id), data: frame.data };
  },
};

/**
 * The wire format of a stream with several topics: the event name of a message is its topic, and each
 * id is the vector of all cursors, `12.45_13.7_n.3`.
 */
export const manyTopics = {
  url: (urls, cursors) => urls.multiplexedStream(cursors.map(({ topic }) => topic)),
  lastEventId: (cursors) =>
    cursors
      .filter(({ lastSeq }) => lastSeq !== null)
      .map(({ topic, lastSeq }) => `${shortName(topic)}.${lastSeq}`)
      .join("_"),
  parse(frame) {
    if (frame.event === "stream") return JSON.parse(frame.data);
    if (!frame.event || frame.event === "message") return null;
    return { topic: frame.event, seq: seqIn(frame.id, frame.event), data: frame.data };
  },
};

const shortName = (topic) => (topic === "notifications" ? "n" : topic.split("/")[1]);

function seqIn(vector, topic) {
  const start = `${shortName(topic)}.`;
  const part = vector.split("_").find((each) => each.startsWith(start));
  return Number(part?.slice(start.length));
}

/** Return the end that a `closing` control message announces; final, with the status 401, if the session has ended. */
export function orderlyEnd(control) {
  const isFinal = SESSION_ENDED.includes(control.reason);
  return { ...control, isOrderly: true, ...(isFinal && { isFinal, status: 401 }) };
}
