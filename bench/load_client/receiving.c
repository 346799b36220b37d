/* Counts what arrives on each stream, and recognises what is lost, doubled or out of order. */
#include "load_client.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

uint64_t doubled, disordered, delivered, received;
static uint32_t *latencies;      /* in microseconds */
static size_t latency_count, latency_capacity;

static void note_latency(ns_t nanoseconds) {
    if (latency_count == latency_capacity) {
        latency_capacity = latency_capacity ? 2 * latency_capacity : 1 << 20;
        latencies = realloc(latencies, latency_capacity * sizeof *latencies);
    }
    latencies[latency_count++] = nanoseconds / 1000;
}

static void note(struct stream *stream, uint32_t number, ns_t sent_at, ns_t at) {
    uint64_t bit = 1ull << (number % 64), *word = &stream->seen[number % REMEMBERED / 64];
    if (number > stream->last) {
        uint32_t skipped = number - stream->last - 1;
        for (uint32_t i = 1; i <= skipped && i <= REMEMBERED; i++)
            stream->seen[(number - i) % REMEMBERED / 64] &= ~(1ull << ((number - i) % 64));
        stream->last = number;
    } else if (stream->last - number < REMEMBERED && !(*word & bit)) {
        disordered++;            /* it arrives after a later message */
    } else {
        doubled++;
        return;
    }
    *word |= bit;
    stream->arrived++;
    received++;
    if (at >= counted_from && at < counted_until) delivered++;
    if (sent_at >= counted_from) note_latency(at - sent_at);
    if (window) {
        struct waiting *waiting = &topics[stream->topic].waiting[number % window];
        if (waiting->number == number && waiting->missing && !--waiting->missing) in_flight--;
    }
}

static char *read_uint(char *at, uint64_t *value) {
    *value = 0;
    while (*at >= '0' && *at <= '9') *value = *value * 10 + (*at++ - '0');
    return at;
}

/* Count every mark; return where one begins that may not be complete yet. */
static char *scan(struct stream *stream, char *at, char *end, ns_t time) {
    while ((at = memchr(at, '<', end - at))) {
        if (end - at < 2) return at;
        if (at[1] != '~') { at++; continue; }
        char *close = memmem(at, end - at < LONGEST_MARK ? end - at : LONGEST_MARK, "~>", 2);
        if (!close) {
            if (end - at < LONGEST_MARK) return at;
            at++;
            continue;
        }
        uint64_t topic, number = 0, sent_at = 0;
        char *next = read_uint(at + 2, &topic);
        if (*next == '.') next = read_uint(next + 1, &number);
        if (*next == '.') next = read_uint(next + 1, &sent_at);
        if (next != close) fail("not a mark: %.*s", (int)(close - at), at);
        if (topic != stream->topic) fail("topic %u received a message of topic %lu", stream->topic, topic);
        if (!number || number > topics[topic].published) fail("number %lu was not published", number);
        note(stream, number, sent_at, time);
        at = close + 2;
    }
    return end;
}

static void pong(struct stream *stream, const char *ping) {
    size_t size = ping[1] & 0x7f;
    char answer[6 + 125] = {(char)0x8a, (char)(0x80 | size)};  /* masked with zeros */
    if (size > 125) return;
    memcpy(answer + 6, ping + 2, size);
    if (send(stream->fd, answer, 6 + size, MSG_NOSIGNAL) < 0) fail("pong: %s", strerror(errno));
}

static void answer_ping(struct stream *stream, char *at, size_t size) {
    uint8_t first = at[0];
    if (first == 0x88) fail("a WebSocket was closed by the server");
    /* A ping without content is found anywhere; one with content, only where a read begins. */
    char *ping = first == 0x89 && size >= 2 ? at : memmem(at, size, "\x89\x00", 2);
    if (ping) pong(stream, ping);
}

/* Read what has arrived; return whether this opened the stream. */
int receive(uint32_t index) {
    struct stream *stream = &streams[index];
    char *at = buffer + LONGEST_MARK - stream->carried;
    ssize_t size = recv(stream->fd, buffer + LONGEST_MARK, BUFFER - 1, 0);
    if (size < 0 && errno == EAGAIN) return 0;
    if (size <= 0)
        fail("stream %u was %s: %s", index, stream->is_open ? "closed early" : "refused",
             size ? strerror(errno) : "end of file");
    char *end = buffer + LONGEST_MARK + size;
    *end = 0;
    memcpy(at, stream->carry, stream->carried);
    int has_opened = 0;
    if (!stream->is_open) {
        /* The first read has the status; later ones follow the last bytes of the read before. */
        if (!stream->carried) {
            int status = size > 12 ? atoi(at + 9) : 0;
            if (status != 200 && status != 101)
                fail("stream %u was refused: %.200s", index, at);
            stream->is_websocket = status == 101;
        }
        char *body = memmem(at, end - at, "\r\n\r\n", 4);
        if (!body) {
            stream->carried = end - at < 3 ? end - at : 3;
            memcpy(stream->carry, end - stream->carried, stream->carried);
            return 0;
        }
        at = body + 4;
        stream->is_open = has_opened = 1;
        stream->carried = 0;
    }
    if (stream->is_websocket && end - at > stream->carried)
        answer_ping(stream, at + stream->carried, end - at - stream->carried);
    char *rest = scan(stream, at, end, now());
    stream->carried = end - rest;
    memcpy(stream->carry, rest, stream->carried);
    return has_opened;
}

uint64_t missing(void) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < stream_count; i++)
        count += topics[streams[i].topic].published - streams[i].arrived;
    return count;
}

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

void sort_latencies(void) {
    qsort(latencies, latency_count, sizeof *latencies, by_size);
}

/* Of sorted latencies. */
double quantile_ms(double share) {
    if (!latency_count) return 0;
    size_t index = share * latency_count;
    return latencies[index < latency_count ? index : latency_count - 1] / 1e3;
}
